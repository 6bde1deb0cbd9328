//! DynamoDB tables and their streams: one list a Region, one call each.

use super::call::{At, Failure, client, or_none};
use super::collect::{Collect, Collecting, Failures, Out, Record, Scope};
use super::operations::{
    GET_STREAM_POLICY, GET_TABLE_POLICY, LIST_STREAMS, LIST_TABLES, Operation,
};
use aws_sdk_dynamodb::Client;
use serde_json::{Value, json};

pub(super) struct Tables;

pub(super) struct Streams;

impl Collect for Tables {
    fn resource_type(&self) -> &'static str {
        "AWS::DynamoDB::Table"
    }

    fn member(&self) -> &'static str {
        "dynamodbTable"
    }

    fn scope(&self) -> Scope {
        Scope::Region
    }

    fn collect<'a>(&'a self, at: &'a At, out: &'a Out) -> Collecting<'a> {
        Box::pin(async move {
            let client = client!(aws_sdk_dynamodb, at);
            let mut pages = client.list_tables().limit(100).into_paginator().send();
            loop {
                let names = match at.next(&LIST_TABLES, None, &mut pages).await {
                    Ok(Some(page)) => page.table_names.unwrap_or_default(),
                    Ok(None) => return Ok(()),
                    Err(failure) => return out.fail(failure),
                };
                let before = format!(
                    "arn:{}:dynamodb:{}:{}:table",
                    at.session.partition,
                    at.region,
                    at.account()
                );
                let arns: Vec<String> = names
                    .iter()
                    .map(|name| format!("{before}/{name}"))
                    .collect();
                out.each(arns, |arn| {
                    read(at, &client, arn, &GET_TABLE_POLICY, "tablePolicy")
                })
                .await?;
            }
        })
    }
}

impl Collect for Streams {
    fn resource_type(&self) -> &'static str {
        "AWS::DynamoDB::Stream"
    }

    fn member(&self) -> &'static str {
        "dynamodbStream"
    }

    fn scope(&self) -> Scope {
        Scope::Region
    }

    fn collect<'a>(&'a self, at: &'a At, out: &'a Out) -> Collecting<'a> {
        Box::pin(async move {
            let (client, lists) = (
                client!(aws_sdk_dynamodb, at),
                client!(aws_sdk_dynamodbstreams, at),
            );
            let mut after = None;
            loop {
                let call = lists
                    .list_streams()
                    .limit(100)
                    .set_exclusive_start_stream_arn(after)
                    .send();
                let page = match at.call(&LIST_STREAMS, None, call).await {
                    Ok(page) => page,
                    Err(failure) => return out.fail(failure),
                };
                let mut arns = Vec::new();
                for stream in page.streams.unwrap_or_default() {
                    match stream.stream_arn {
                        Some(arn) => arns.push(arn),
                        None => out.fail(at.incomplete(&LIST_STREAMS, None, "ARN of a stream"))?,
                    }
                }
                out.each(arns, |arn| {
                    read(at, &client, arn, &GET_STREAM_POLICY, "streamPolicy")
                })
                .await?;
                after = page.last_evaluated_stream_arn;
                if after.is_none() {
                    return Ok(());
                }
            }
        })
    }
}

async fn read(
    at: &At,
    client: &Client,
    arn: String,
    operation: &'static Operation,
    member: &str,
) -> Result<Option<Record>, Failures> {
    let policy = policy(at, client, &arn, operation).await?;
    let configuration = policy.map_or_else(|| json!({}), |policy| json!({member: policy}));
    Ok(Some(Record {
        arn,
        region: at.region.clone(),
        configuration,
    }))
}

async fn policy(
    at: &At,
    client: &Client,
    arn: &str,
    operation: &'static Operation,
) -> Result<Option<Value>, Failure> {
    let answer = at
        .call(
            operation,
            Some(arn),
            client.get_resource_policy().resource_arn(arn).send(),
        )
        .await;
    match or_none(answer, &["PolicyNotFoundException"])? {
        Some(answer) => match answer.policy {
            Some(policy) => Ok(Some(policy.into())),
            None => Err(at.incomplete(operation, Some(arn), "policy")),
        },
        None => Ok(None),
    }
}
