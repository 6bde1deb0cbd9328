//! SQS queues: one list a Region, one call a queue.

use super::call::{At, client};
use super::collect::{Collect, Collecting, Failures, Out, Record, Scope};
use super::operations::{GET_QUEUE_ATTRIBUTES, LIST_QUEUES};
use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::QueueAttributeName::{Policy, QueueArn};
use serde_json::json;

pub(super) struct Queues;

impl Collect for Queues {
    fn resource_type(&self) -> &'static str {
        "AWS::SQS::Queue"
    }

    fn member(&self) -> &'static str {
        "sqsQueue"
    }

    fn scope(&self) -> Scope {
        Scope::Region
    }

    fn collect<'a>(&'a self, at: &'a At, out: &'a Out) -> Collecting<'a> {
        Box::pin(async move {
            let client = client!(aws_sdk_sqs, at);
            // Without a size SQS sends one page, and no word of more.
            let mut pages = client
                .list_queues()
                .max_results(1000)
                .into_paginator()
                .send();
            loop {
                match at.next(&LIST_QUEUES, None, &mut pages).await {
                    Ok(Some(page)) => {
                        out.each(page.queue_urls.unwrap_or_default(), |url| {
                            queue(at, &client, url)
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

async fn queue(at: &At, client: &Client, url: String) -> Result<Option<Record>, Failures> {
    let call = client
        .get_queue_attributes()
        .queue_url(&url)
        .attribute_names(QueueArn)
        .attribute_names(Policy)
        .send();
    let name = url.rsplit('/').next().unwrap_or_default();
    let arn = format!(
        "arn:{}:sqs:{}:{}:{name}",
        at.session.partition,
        at.region,
        at.account()
    );
    let answer = at.call(&GET_QUEUE_ATTRIBUTES, Some(&arn), call).await?;
    let mut attributes = answer.attributes.unwrap_or_default();
    // A queue without a policy has no such attribute, so an answer that was lost must not pass for one.
    let arn = attributes
        .remove(&QueueArn)
        .ok_or_else(|| at.incomplete(&GET_QUEUE_ATTRIBUTES, Some(&arn), "ARN"))?;
    let configuration = match attributes.remove(&Policy) {
        Some(policy) => json!({"queuePolicy": policy}),
        None => json!({}),
    };
    Ok(Some(Record {
        arn,
        region: at.region.clone(),
        configuration,
    }))
}
