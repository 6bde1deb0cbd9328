//! Lambda functions and layers.
//!
//! A function costs three calls, two more for each alias and one for each version: a policy belongs to the function itself,
//! to an alias or to a numbered version, a URL to the function or to an alias, and each that has one of the two is a record of
//! its own. Versions stand in the list of functions, so no call is needed to find them.

use super::call::{At, Failure, client, or_none};
use super::collect::{Collect, Collecting, Failures, Out, Record, Scope, Stop};
use super::operations::{
    GET_FUNCTION_URL_CONFIG, GET_LAYER_VERSION_POLICY, GET_POLICY, LIST_ALIASES, LIST_FUNCTIONS,
    LIST_LAYER_VERSIONS, LIST_LAYERS,
};
use aws_sdk_lambda::Client;
use aws_sdk_lambda::types::{FunctionVersion, LayerVersionsListItem};
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
                .function_version(FunctionVersion::All)
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
                let (mut functions, mut versions) = (Vec::new(), Vec::new());
                for function in page.functions.unwrap_or_default() {
                    let (Some(arn), Some(name), Some(version)) = (
                        function.function_arn,
                        function.function_name,
                        function.version,
                    ) else {
                        out.fail(at.incomplete(
                            &LIST_FUNCTIONS,
                            None,
                            "ARN, name or version of a function",
                        ))?;
                        continue;
                    };
                    // In this list every ARN ends in the version.
                    let bare = arn.strip_suffix(&format!(":{version}")).unwrap_or(&arn);
                    let named = Named {
                        arn: bare.to_owned(),
                        name,
                    };
                    if version == UNPUBLISHED {
                        functions.push(named);
                    } else {
                        versions.push((named, Qualifier::Version(version)));
                    }
                }
                out.each(functions.clone(), |named| {
                    function(at, &client, named, Qualifier::None)
                })
                .await?;
                let mut qualified = aliases(at, out, &client, functions).await?;
                qualified.extend(versions);
                out.each(qualified, |(named, qualifier)| {
                    function(at, &client, named, qualifier)
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

/// How the list of functions calls what has no number yet: the function itself.
const UNPUBLISHED: &str = "$LATEST";

/// What a policy is about.
#[derive(Clone, Debug)]
enum Qualifier {
    /// The function itself.
    None,
    Alias(String),
    /// A numbered version, which cannot have a URL.
    Version(String),
}

impl Qualifier {
    fn name(&self) -> Option<&String> {
        match self {
            Self::None => None,
            Self::Alias(name) | Self::Version(name) => Some(name),
        }
    }
}

/// All aliases of some functions.
async fn aliases(
    at: &At,
    out: &Out,
    client: &Client,
    functions: Vec<Named>,
) -> Result<Vec<(Named, Qualifier)>, Stop> {
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
                found.push((named.clone(), Qualifier::Alias(name)));
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

/// The function, an alias or a version; of the latter two, one with neither policy nor URL is nothing to judge.
async fn function(
    at: &At,
    client: &Client,
    named: Named,
    qualifier: Qualifier,
) -> Result<Option<Record>, Failures> {
    let Named { arn, name } = named;
    let full = match qualifier.name() {
        Some(name) => format!("{arn}:{name}"),
        None => arn,
    };
    let resource = Some(full.as_str());
    let policy = async {
        let call = client
            .get_policy()
            .function_name(&name)
            .set_qualifier(qualifier.name().cloned())
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
        if matches!(qualifier, Qualifier::Version(_)) {
            return Ok(None);
        }
        let call = client
            .get_function_url_config()
            .function_name(&name)
            .set_qualifier(qualifier.name().cloned())
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
    if qualifier.name().is_some() && policy.is_none() && url.is_none() {
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
