//! The few operations of services whose crates are not worth building, over the SDK's own ways.
//!
//! `aws-sdk-ec2` takes longer to build than everything else together, and eight gigabytes. Of it and of `aws-sdk-rds`, seven
//! operations are called. Both services speak the Query protocol: a form is posted, XML comes back ("Making requests to the Amazon EC2
//! API"; "Amazon RDS query API"). Signing, connections, repetitions, time limits and credentials are those of the SDK: what is
//! ours is the form, and the reading of the answer.

use super::call::At;
use super::lane::Watch;
use aws_runtime::auth::sigv4::{SCHEME_ID, SigV4AuthScheme};
use aws_runtime::auth::{SigV4OperationSigningConfig, SigningOptions};
use aws_runtime::retries::classifiers::AwsErrorCodeClassifier;
use aws_smithy_runtime::client::orchestrator::operation::Operation;
use aws_smithy_runtime::client::retries::RetryPartition;
use aws_smithy_runtime::client::retries::classifiers::{
    HttpStatusCodeClassifier, TransientErrorClassifier,
};
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::auth::AuthSchemeOptionResolverParams;
use aws_smithy_runtime_api::client::auth::static_resolver::StaticAuthSchemeOptionResolver;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse, OrchestratorError};
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponentsBuilder;
use aws_smithy_runtime_api::client::runtime_plugin::StaticRuntimePlugin;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::Layer;
use aws_smithy_types::error::metadata::{ErrorMetadata, ProvideErrorMetadata};
use aws_smithy_types::timeout::TimeoutConfig;
use aws_smithy_xml::decode::{Document, ScopedDecoder, XmlDecodeError, try_data};
use aws_types::SigningName;
use aws_types::region::{Region, SigningRegion};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use std::fmt;

/// A service that is spoken to in forms.
#[derive(Debug)]
pub(super) struct Service {
    /// Its name in addresses and signatures.
    pub(super) name: &'static str,
    /// The version of its API.
    pub(super) version: &'static str,
    /// Elements of its answers that hold others which are looked at. All others are texts, or passed over.
    pub(super) holders: &'static [&'static str],
}

/// The members of a form.
pub(super) type Form = Vec<(&'static str, String)>;

/// A client of such a service for a place.
#[derive(Debug)]
pub(super) struct Client {
    service: &'static Service,
    operation: Operation<Form, Element, Refusal>,
}

/// An element of an answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Element {
    name: String,
    text: String,
    children: Vec<Element>,
}

impl Element {
    /// The first element of that name in this one.
    pub(super) fn child(&self, name: &str) -> Option<&Element> {
        self.children.iter().find(|child| child.name == name)
    }

    /// All elements of that name in this one.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Element> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// The text of the first element of that name, unless it is empty.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        let text = self.child(name)?.own_text();
        (!text.is_empty()).then_some(text)
    }

    pub(super) fn own_text(&self) -> &str {
        &self.text
    }
}

/// What a service says where it does not do what it was asked for.
#[derive(Debug)]
pub(super) struct Refusal(ErrorMetadata);

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl std::error::Error for Refusal {}

impl ProvideErrorMetadata for Refusal {
    fn meta(&self) -> &ErrorMetadata {
        &self.0
    }
}

impl Client {
    pub(super) fn new(at: &At, service: &'static Service) -> Self {
        let config = at.config();
        let url = match config.endpoint_url() {
            Some(url) => url.to_owned(),
            None => {
                let end = match at.session.partition.as_str() {
                    "aws-cn" => "amazonaws.com.cn",
                    _ => "amazonaws.com",
                };
                format!("https://{}.{}.{end}", service.name, at.region)
            }
        };
        let mut layer = Layer::new("query");
        layer.store_put(SigningName::from_static(service.name));
        layer.store_put(SigningRegion::from(Region::new(at.region.clone())));
        layer.store_put(SigV4OperationSigningConfig {
            signing_options: SigningOptions::default(),
            ..SigV4OperationSigningConfig::default()
        });
        layer.store_put(AuthSchemeOptionResolverParams::new(()));
        // A budget of repetitions of its own, as all clients here have it.
        layer.store_put(RetryPartition::custom("keyaki").build());
        let mut components = RuntimeComponentsBuilder::new("query")
            .with_auth_scheme(SigV4AuthScheme::new())
            .with_auth_scheme_option_resolver(Some(StaticAuthSchemeOptionResolver::new(vec![
                SCHEME_ID,
            ])))
            .with_identity_cache(config.identity_cache())
            .with_sleep_impl(config.sleep_impl())
            .with_time_source(config.time_source())
            .with_interceptor(Watch)
            .with_retry_classifier(TransientErrorClassifier::<Refusal>::new())
            .with_retry_classifier(AwsErrorCodeClassifier::<Refusal>::new())
            .with_retry_classifier(HttpStatusCodeClassifier::default());
        if let Some(credentials) = config.credentials_provider() {
            components.set_identity_resolver(SCHEME_ID, credentials);
        }
        if let Some(http) = config.http_client() {
            components.set_http_client(Some(http));
        }
        let plugin = StaticRuntimePlugin::new()
            .with_config(layer.freeze())
            .with_runtime_components(components);
        let timeouts = config.timeout_config().cloned();
        let mut operation = Operation::builder()
            .service_name(service.name)
            .operation_name("query")
            .endpoint_url(&url)
            .timeout_config(timeouts.unwrap_or_else(TimeoutConfig::disabled))
            .with_connection_poisoning()
            .runtime_plugin(plugin);
        if let Some(version) = config.behavior_version() {
            operation = operation.behavior_version(version);
        }
        let operation = match config.retry_config() {
            Some(retries) => operation.standard_retry(retries),
            None => operation.no_retry(),
        };
        Self {
            service,
            operation: operation
                .serializer(|form: Form| post(&form))
                .deserializer(|response| read(response, service.holders))
                .build(),
        }
    }

    /// Asks; the answer is the root of what came.
    pub(super) async fn ask(
        &self,
        action: &'static str,
        mut form: Form,
    ) -> Result<Element, SdkError<Refusal, HttpResponse>> {
        form.insert(0, ("Action", action.to_owned()));
        form.insert(1, ("Version", self.service.version.to_owned()));
        self.operation.invoke(form).await
    }
}

/// What need not be escaped (RFC 3986, section 2.3).
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

fn post(form: &Form) -> Result<HttpRequest, BoxError> {
    let members: Vec<String> = form
        .iter()
        .map(|(name, value)| format!("{name}={}", utf8_percent_encode(value, ESCAPED)))
        .collect();
    let body = members.join("&");
    let length = body.len().to_string();
    let mut request = HttpRequest::new(SdkBody::from(body));
    request.set_method("POST")?;
    request.set_uri("/")?;
    let headers = request.headers_mut();
    headers.insert("content-type", "application/x-www-form-urlencoded");
    headers.insert("content-length", length);
    headers.insert("user-agent", concat!("keyaki/", env!("CARGO_PKG_VERSION")));
    Ok(request)
}

/// What holds an error, of both services.
const ERROR_HOLDERS: [&str; 4] = ["ErrorResponse", "Response", "Errors", "Error"];

fn read(response: &HttpResponse, holders: &[&str]) -> Result<Element, OrchestratorError<Refusal>> {
    let body = response.body().bytes().unwrap_or_default();
    if response.status().is_success() {
        return document(body, holders).map_err(OrchestratorError::response);
    }
    let mut meta = ErrorMetadata::builder();
    // Without a code an answer counts as one that cannot be read.
    if let Ok(root) = document(body, &ERROR_HOLDERS) {
        let errors = root.child("Errors").unwrap_or(&root);
        if let Some(error) = errors.child("Error") {
            if let Some(code) = error.text("Code") {
                meta = meta.code(code);
            }
            if let Some(message) = error.text("Message") {
                meta = meta.message(message);
            }
        }
    }
    Err(OrchestratorError::operation(Refusal(meta.build())))
}

/// How deep answers are looked into.
const DEEPEST: usize = 8;

fn document(body: &[u8], holders: &[&str]) -> Result<Element, BoxError> {
    let text = std::str::from_utf8(body)?;
    let mut document = Document::new(text);
    let mut root = document.root_element()?;
    // The decoder takes the end of a text for the end of every element.
    let whole = format!("</{}>", root.start_el().local());
    let read = element(&mut root, holders, 0)?;
    drop(root);
    let end = text.trim_end();
    if end.ends_with(&whole) || end.ends_with("/>") && read.children.is_empty() {
        Ok(read)
    } else {
        Err("the answer breaks off".into())
    }
}

fn element(
    decoder: &mut ScopedDecoder<'_, '_>,
    holders: &[&str],
    depth: usize,
) -> Result<Element, XmlDecodeError> {
    let name = decoder.start_el().local().to_owned();
    if depth > 0 && !holders.contains(&name.as_str()) {
        // What is no holder and yet holds elements says nothing that is looked at.
        let text = try_data(decoder).map(|text| text.into_owned());
        return Ok(Element {
            name,
            text: text.unwrap_or_default(),
            children: Vec::new(),
        });
    }
    if depth > DEEPEST {
        return Err(XmlDecodeError::custom(
            "elements stand too deep in each other",
        ));
    }
    let mut children = Vec::new();
    while let Some(mut tag) = decoder.next_tag() {
        children.push(element(&mut tag, holders, depth + 1)?);
    }
    Ok(Element {
        name,
        text: String::new(),
        children,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_become_elements() {
        let text = "<?xml version=\"1.0\"?>\n<R xmlns=\"u\"><set><item><id>a&amp;b</id><tags><item><id>x</id></item></tags></item>\
                    <item><id/></item></set><next>t</next></R>\n";
        let root = document(text.as_bytes(), &["set", "item"]).expect("it is whole");
        let items: Vec<Option<&str>> = root
            .child("set")
            .expect("there is one")
            .all("item")
            .map(|item| item.text("id"))
            .collect();
        assert_eq!(items, [Some("a&b"), None]);
        assert_eq!(root.text("next"), Some("t"));
        assert!(document(b"<R/>", &[]).is_ok());
    }

    #[test]
    fn what_breaks_off_or_is_no_xml_is_an_error() {
        let text = "<R><set><item><id>a</id></item></set></R>";
        for end in 0..text.len() {
            assert!(
                document(&text.as_bytes()[..end], &["set", "item"]).is_err(),
                "cut at {end}"
            );
        }
        assert!(document(b"<!doctype html><title>Hello</title>", &[]).is_err());
        assert!(document(b"\xff", &[]).is_err());
        let deep = "<a>".repeat(100_000);
        assert!(document(deep.as_bytes(), &["a"]).is_err());
    }

    #[test]
    fn forms_are_escaped() {
        let form = vec![
            ("Action", "A".to_owned()),
            ("Marker", "a b/+=&ü".to_owned()),
        ];
        let request = post(&form).expect("it can be made");
        assert_eq!(
            request.body().bytes(),
            Some(&b"Action=A&Marker=a%20b%2F%2B%3D%26%C3%BC"[..])
        );
    }
}
