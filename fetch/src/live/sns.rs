//! SNS topics: one list a Region, one call a topic.

use super::call::{At, client};
use super::collect::{Collect, Collecting, Failures, Out, Record, Scope};
use super::operations::{GET_TOPIC_ATTRIBUTES, LIST_TOPICS};
use aws_sdk_sns::Client;
use aws_sdk_sns::types::Topic;
use serde_json::json;

pub(super) struct Topics;

impl Collect for Topics {
    fn resource_type(&self) -> &'static str {
        "AWS::SNS::Topic"
    }

    fn member(&self) -> &'static str {
        "snsTopic"
    }

    fn scope(&self) -> Scope {
        Scope::Region
    }

    fn collect<'a>(&'a self, at: &'a At, out: &'a Out) -> Collecting<'a> {
        Box::pin(async move {
            let client = client!(aws_sdk_sns, at);
            let mut pages = client.list_topics().into_paginator().send();
            loop {
                match at.next(&LIST_TOPICS, None, &mut pages).await {
                    Ok(Some(page)) => {
                        out.each(page.topics.unwrap_or_default(), |item| {
                            topic(at, &client, item)
                        })
                        .await?
                    }
                    Ok(None) => return Ok(()),
                    Err(failure) => return out.fail(failure),
                }
            }
        })
    }
}

async fn topic(at: &At, client: &Client, item: Topic) -> Result<Option<Record>, Failures> {
    let arn = item
        .topic_arn
        .ok_or_else(|| at.incomplete(&LIST_TOPICS, None, "ARN of a topic"))?;
    let call = client.get_topic_attributes().topic_arn(&arn).send();
    let mut attributes = at
        .call(&GET_TOPIC_ATTRIBUTES, Some(&arn), call)
        .await?
        .attributes
        .unwrap_or_default();
    // Every topic has one, if only that of its owner.
    let policy = attributes
        .remove("Policy")
        .ok_or_else(|| at.incomplete(&GET_TOPIC_ATTRIBUTES, Some(&arn), "policy"))?;
    Ok(Some(Record {
        arn,
        region: at.region.clone(),
        configuration: json!({"topicPolicy": policy}),
    }))
}
