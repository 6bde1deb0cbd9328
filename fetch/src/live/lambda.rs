//! Lambda functions and layers.
//!
//! A function costs three calls, and two more for each alias: policy and URL belong to the function itself or to one alias
//! of it, and each that has one of the two is a record of its own. What is attached to a numbered version is not read.

use super::call::{At, Failure, client, or_none};
use super::collect::{Collect, Collecting, Failures, Out, Record, Scope, Stop};
use super::operations::{
    GET_FUNCTION_URL_CONFIG, GET_LAYER_VERSION_POLICY, GET_POLICY, LIST_ALIASES, LIST_FUNCTIONS,
    LIST_LAYER_VERSIONS, LIST_LAYERS,
};
use aws_sdk_lambda::Client;
use aws_sdk_lambda::types::LayerVersionsListItem;
use futures_util::future::join;
use serde_json::{Value, json};

pub(super) struct Functions;

pub(super) struct Layers;

/// What Lambda answers where there is no policy, or no URL.
const NOTHING: &[&str] = &["ResourceNotFoundException"];

impl Collect for Functions {
    fn resource_type(&self) -> &'static str {
        "AWS::Lambda::Function"
    }

    fn member(&self) -> &'static str {
        "lambdaFunction"
    }

    fn scope(&self) -> Scope {
        Scope::Region
    }

    fn collect<'a>(&'a self, at: &'a At, out: &'a Out) -> Collecting<'a> {
        Box::pin(async move {
            let client = client!(aws_sdk_lambda, at);
            let mut pages = client
                .list_functions()
                .max_items(50)
                .into_paginator()
                .send();
            loop {
                let page = match at.next(&LIST_FUNCTIONS, None, &mut pages).await {
                    Ok(Some(page)) => page,
                    Ok(None) => return Ok(()),
                    Err(failure) => return out.fail(failure),
                };
                // Of the description, which holds environment variables, only the name goes further.
                let mut functions = Vec::new();
                for function in page.functions.unwrap_or_default() {
                    match (function.function_arn, function.function_name) {
                        (Some(arn), Some(name)) => functions.push(Named { arn, name }),
                        _ => out.fail(at.incomplete(
                            &LIST_FUNCTIONS,
                            None,
                            "ARN or name of a function",
                        ))?,
                    }
                }
                out.each(functions.clone(), |named| {
                    function(at, &client, named, None)
                })
                .await?;
                let aliases = aliases(at, out, &client, functions).await?;
                out.each(aliases, |(named, alias)| {
                    function(at, &client, named, Some(alias))
                })
                .await?;
            }
        })
    }
}

/// A function. It is asked for by name: emulators take an ARN there for the name of another one, which has no policy.
#[derive(Clone)]
struct Named {
    arn: String,
    name: String,
}

/// All aliases of some functions.
async fn aliases(
    at: &At,
    out: &Out,
    client: &Client,
    functions: Vec<Named>,
) -> Result<Vec<(Named, String)>, Stop> {
    let lists = functions.into_iter().map(|named| async move {
        let arn = named.arn.clone();
        let mut pages = client
            .list_aliases()
            .function_name(&named.name)
            .max_items(50)
            .into_paginator()
            .send();
        let mut found = Vec::new();
        while let Some(page) = at.next(&LIST_ALIASES, Some(&arn), &mut pages).await? {
            for alias in page.aliases.unwrap_or_default() {
                let name = alias
                    .name
                    .ok_or_else(|| at.incomplete(&LIST_ALIASES, Some(&arn), "name of an alias"))?;
                found.push((named.clone(), name));
            }
        }
        Ok::<_, Failure>(found)
    });
    let mut all = Vec::new();
    for list in futures_util::future::join_all(lists).await {
        match list {
            Ok(found) => all.extend(found),
            Err(failure) => out.fail(failure)?,
        }
    }
    Ok(all)
}

/// The function, or one alias; an alias with neither policy nor URL is nothing to judge.
async fn function(
    at: &At,
    client: &Client,
    named: Named,
    alias: Option<String>,
) -> Result<Option<Record>, Failures> {
    let Named { arn, name } = named;
    let full = alias
        .as_ref()
        .map_or_else(|| arn.clone(), |alias| format!("{arn}:{alias}"));
    let resource = Some(full.as_str());
    let policy = async {
        let call = client
            .get_policy()
            .function_name(&name)
            .set_qualifier(alias.clone())
            .send();
        match or_none(at.call(&GET_POLICY, resource, call).await, NOTHING)? {
            Some(answer) => answer
                .policy
                .map(Some)
                .ok_or_else(|| at.incomplete(&GET_POLICY, resource, "policy")),
            None => Ok(None),
        }
    };
    let url = async {
        let call = client
            .get_function_url_config()
            .function_name(&name)
            .set_qualifier(alias.clone())
            .send();
        Ok(or_none(at.call(&GET_FUNCTION_URL_CONFIG, resource, call).await, NOTHING)?
            .map(|answer| json!({"authType": answer.auth_type.as_str(), "functionUrl": answer.function_url})))
    };
    let (policy, url) = join(policy, url).await;
    let mut failures = Failures::default();
    let (policy, url) = (
        failures.take(policy).flatten(),
        failures.take(url).flatten(),
    );
    failures.check()?;
    if alias.is_some() && policy.is_none() && url.is_none() {
        return Ok(None);
    }
    let mut configuration = json!({});
    if let Some(policy) = policy {
        configuration["functionPolicy"] = policy.into();
    }
    if let Some(url) = url {
        configuration["functionUrls"] = Value::from(vec![url]);
    }
    Ok(Some(Record {
        arn: full,
        region: at.region.clone(),
        configuration,
    }))
}

impl Collect for Layers {
    fn resource_type(&self) -> &'static str {
        "AWS::Lambda::LayerVersion"
    }

    fn member(&self) -> &'static str {
        "lambdaLayerVersion"
    }

    fn scope(&self) -> Scope {
        Scope::Region
    }

    fn collect<'a>(&'a self, at: &'a At, out: &'a Out) -> Collecting<'a> {
        Box::pin(async move {
            let client = client!(aws_sdk_lambda, at);
            let mut pages = client.list_layers().max_items(50).into_paginator().send();
            loop {
                let page = match at.next(&LIST_LAYERS, None, &mut pages).await {
                    Ok(Some(page)) => page,
                    Ok(None) => return Ok(()),
                    Err(failure) => return out.fail(failure),
                };
                for layer in page.layers.unwrap_or_default() {
                    match layer.layer_name {
                        Some(name) => versions(at, out, &client, &name).await?,
                        None => out.fail(at.incomplete(&LIST_LAYERS, None, "name of a layer"))?,
                    }
                }
            }
        })
    }
}

async fn versions(at: &At, out: &Out, client: &Client, layer: &str) -> Result<(), Stop> {
    let mut pages = client
        .list_layer_versions()
        .layer_name(layer)
        .max_items(50)
        .into_paginator()
        .send();
    loop {
        match at.next(&LIST_LAYER_VERSIONS, None, &mut pages).await {
            Ok(Some(page)) => {
                out.each(page.layer_versions.unwrap_or_default(), |item| {
                    version(at, client, layer, item)
                })
                .await?;
            }
            Ok(None) => return Ok(()),
            Err(failure) => return out.fail(failure),
        }
    }
}

async fn version(
    at: &At,
    client: &Client,
    layer: &str,
    item: LayerVersionsListItem,
) -> Result<Option<Record>, Failures> {
    let missing = || at.incomplete(&LIST_LAYER_VERSIONS, None, "ARN of a version");
    let arn = item.layer_version_arn.ok_or_else(missing)?;
    let call = client
        .get_layer_version_policy()
        .layer_name(layer)
        .version_number(item.version)
        .send();
    let configuration = match or_none(
        at.call(&GET_LAYER_VERSION_POLICY, Some(&arn), call).await,
        NOTHING,
    )? {
        Some(answer) => {
            let missing = || at.incomplete(&GET_LAYER_VERSION_POLICY, Some(&arn), "policy");
            json!({"layerPolicy": answer.policy.ok_or_else(missing)?})
        }
        None => json!({}),
    };
    Ok(Some(Record {
        arn,
        region: at.region.clone(),
        configuration,
    }))
}
