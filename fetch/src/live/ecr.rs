//! ECR repositories: one list a Region, one call a repository.

use super::call::{At, client, or_none};
use super::collect::{Collect, Collecting, Failures, Out, Record, Scope};
use super::operations::{DESCRIBE_REPOSITORIES, GET_REPOSITORY_POLICY};
use aws_sdk_ecr::Client;
use aws_sdk_ecr::types::Repository;
use serde_json::json;

pub(super) struct Repositories;

impl Collect for Repositories {
    fn resource_type(&self) -> &'static str {
        "AWS::ECR::Repository"
    }

    fn member(&self) -> &'static str {
        "ecrRepository"
    }

    fn scope(&self) -> Scope {
        Scope::Region
    }

    fn collect<'a>(&'a self, at: &'a At, out: &'a Out) -> Collecting<'a> {
        Box::pin(async move {
            let client = client!(aws_sdk_ecr, at);
            let mut pages = client
                .describe_repositories()
                .max_results(1000)
                .into_paginator()
                .send();
            loop {
                match at.next(&DESCRIBE_REPOSITORIES, None, &mut pages).await {
                    Ok(Some(page)) => {
                        out.each(page.repositories.unwrap_or_default(), |item| {
                            repository(at, &client, item)
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

async fn repository(
    at: &At,
    client: &Client,
    item: Repository,
) -> Result<Option<Record>, Failures> {
    let (Some(arn), Some(name)) = (item.repository_arn, item.repository_name) else {
        return Err(at
            .incomplete(&DESCRIBE_REPOSITORIES, None, "ARN or name of a repository")
            .into());
    };
    let call = client.get_repository_policy().repository_name(&name).send();
    let answer = at.call(&GET_REPOSITORY_POLICY, Some(&arn), call).await;
    let configuration = match or_none(answer, &["RepositoryPolicyNotFoundException"])? {
        Some(answer) => {
            let missing = || at.incomplete(&GET_REPOSITORY_POLICY, Some(&arn), "policy");
            json!({"repositoryPolicy": answer.policy_text.ok_or_else(missing)?})
        }
        None => json!({}),
    };
    Ok(Some(Record {
        arn,
        region: at.region.clone(),
        configuration,
    }))
}
