//! Credentials, and the way into each account.

use super::call::{At, Failure, Gate, Refused, client, retries};
use super::failure::LiveError;
use super::operations::{ASSUME_ROLE, GET_CALLER_IDENTITY};
use super::{Options, profiles};
use aws_config::identity::IdentityCache;
use aws_config::timeout::TimeoutConfig;
use aws_config::{AppName, BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{self, ProvideCredentials, SharedCredentialsProvider, future};
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use aws_smithy_runtime_api::client::dns::{DnsFuture, ResolveDns, ResolveDnsError};
use std::env;
use std::net::{IpAddr, Ipv4Addr, ToSocketAddrs};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// What each session of ours is called in the logs of an account.
const SESSION_NAME: &str = "keyaki";

/// How long before their end credentials are made anew.
const EARLY: Duration = Duration::from_secs(300);

/// An account, and credentials for it.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) account: String,
    /// `aws`, `aws-cn`, `aws-us-gov`.
    pub(super) partition: String,
    config: SdkConfig,
    /// The Regions that were asked for; all if empty.
    regions: Vec<String>,
}

impl Session {
    /// Whether resources of the Region were asked for.
    pub(super) fn wants(&self, region: &str) -> bool {
        self.regions.is_empty() || self.regions.iter().any(|wanted| wanted == region)
    }

    /// The same account, of which some Regions are asked for.
    pub(super) fn limited_to(&self, regions: &[String]) -> Self {
        Self {
            account: self.account.clone(),
            partition: self.partition.clone(),
            config: self.config.clone(),
            regions: regions.to_vec(),
        }
    }

    /// The SDK's configuration for a Region.
    pub(super) fn config(&self, region: &str) -> SdkConfig {
        self.config
            .to_builder()
            .region(Region::new(region.to_owned()))
            .build()
    }

    /// Where what has no Region is asked for.
    pub(super) fn home(&self) -> &'static str {
        match self.partition.as_str() {
            "aws-cn" => "cn-north-1",
            "aws-us-gov" => "us-gov-west-1",
            _ => "us-east-1",
        }
    }

    /// Whoever the default chain of credentials says that we are.
    pub(super) async fn own(
        options: &Options,
        gate: impl FnOnce() -> Arc<Gate>,
    ) -> Result<Self, LiveError> {
        let profile = options
            .profile
            .clone()
            .or_else(|| env::var("AWS_PROFILE").ok())
            .filter(|name| !name.is_empty());
        if let Some(name) = &options.profile {
            let known = profiles::names();
            if !known.contains(name) {
                return Err(LiveError::NoProfile {
                    name: name.clone(),
                    known: known.into_iter().collect(),
                });
            }
        }
        let config = load(options).await;
        let region = config
            .region()
            .map_or("us-east-1", |region| region.as_ref())
            .to_owned();
        let nobody = Self {
            account: String::new(),
            partition: "aws".to_owned(),
            config,
            regions: Vec::new(),
        };
        let mut session = nobody.limited_to(&options.regions);
        let at = At {
            session: Arc::new(nobody),
            region,
            gate: gate(),
            since: Arc::default(),
        };
        let client = client!(aws_sdk_sts, at);
        let answer = at
            .call(
                &GET_CALLER_IDENTITY,
                None,
                client.get_caller_identity().send(),
            )
            .await
            .map_err(|failure| match failure.code.as_str() {
                // The chain says of each of its links why it has none, which helps nobody.
                "CredentialsError" => no_credentials(failure.message, profile),
                _ => failure.into(),
            })?;
        let missing = |what| at.incomplete(&GET_CALLER_IDENTITY, None, what);
        session.account = answer.account.ok_or_else(|| missing("account"))?;
        let arn = answer.arn.ok_or_else(|| missing("ARN"))?;
        session.partition = arn.split(':').nth(1).unwrap_or("aws").to_owned();
        Ok(session)
    }

    /// The role of that name in another account.
    pub(super) async fn assume(
        own: &At,
        account: &str,
        role: &str,
        external_id: Option<&str>,
        regions: &[String],
    ) -> Result<Self, Failure> {
        let partition = own.session.partition.clone();
        let provider = Assumed {
            own: own.clone(),
            arn: format!("arn:{partition}:iam::{account}:role/{role}"),
            external_id: external_id.map(str::to_owned),
            current: Arc::default(),
        };
        provider.credentials().await?;
        let config = own
            .session
            .config
            .to_builder()
            .credentials_provider(SharedCredentialsProvider::new(provider))
            .identity_cache(IdentityCache::lazy().build())
            .build();
        Ok(Self {
            account: account.to_owned(),
            partition,
            config,
            regions: regions.to_vec(),
        })
    }
}

/// Why there are no credentials; the profile is the one that was named, by option or variable.
fn no_credentials(message: String, profile: Option<String>) -> LiveError {
    if let Some(name) = &profile {
        let known = profiles::names();
        if !known.contains(name) {
            return LiveError::NoProfile {
                name: name.clone(),
                known: known.into_iter().collect(),
            };
        }
    }
    let long = message.starts_with("no credentials found in chain");
    let message = if long || message.is_empty() {
        "neither variables, nor a profile, nor web identity, nor instance metadata have any"
            .to_owned()
    } else {
        message
    };
    LiveError::NoCredentials { message, profile }
}

async fn load(options: &Options) -> SdkConfig {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(10))
        .operation_attempt_timeout(options.patience)
        .build();
    let http = aws_smithy_http_client::Builder::new()
        .tls_provider(Provider::Rustls(CryptoMode::AwsLc))
        .build_with_resolver(Loopback);
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .http_client(http)
        .app_name(AppName::new("keyaki").expect("letters are a name"))
        .retry_config(retries(options.attempts, options.pause))
        .timeout_config(timeouts);
    if let Some(profile) = &options.profile {
        loader = loader.profile_name(profile);
    }
    if let Some(endpoint) = &options.endpoint_url {
        loader = loader.endpoint_url(endpoint);
    }
    loader.load().await
}

/// Credentials of an assumed role, kept until shortly before they end.
///
/// The SDK has such a provider. This one makes its call where all are made, and keeps the code of a refusal.
#[derive(Clone, Debug)]
struct Assumed {
    own: At,
    arn: String,
    external_id: Option<String>,
    current: Arc<tokio::sync::Mutex<Option<Credentials>>>,
}

impl Assumed {
    async fn credentials(&self) -> Result<Credentials, Failure> {
        let mut current = self.current.lock().await;
        let lasts = |credentials: &Credentials| {
            credentials
                .expiry()
                .is_none_or(|end| end > SystemTime::now() + EARLY)
        };
        if let Some(credentials) = current.as_ref().filter(|credentials| lasts(credentials)) {
            return Ok(credentials.clone());
        }
        let client = client!(aws_sdk_sts, self.own);
        let call = client
            .assume_role()
            .role_arn(&self.arn)
            .role_session_name(SESSION_NAME)
            .set_external_id(self.external_id.clone())
            .send();
        let answer = self.own.call(&ASSUME_ROLE, Some(&self.arn), call).await?;
        let answer = answer.credentials.ok_or_else(|| {
            self.own
                .incomplete(&ASSUME_ROLE, Some(&self.arn), "credentials")
        })?;
        let end = SystemTime::try_from(answer.expiration).ok();
        let credentials = Credentials::new(
            answer.access_key_id,
            answer.secret_access_key,
            Some(answer.session_token),
            end,
            "AssumeRole",
        );
        Ok(current.insert(credentials).clone())
    }
}

impl ProvideCredentials for Assumed {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(async move {
            let answer: provider::Result = self.credentials().await.map_err(|failure| {
                CredentialsError::provider_error(Refused {
                    code: failure.code,
                    message: failure.message,
                })
            });
            answer
        })
    }
}

/// Names under `localhost` are this machine (RFC 6761, section 6.3), which not every system knows; others are looked up.
///
/// S3 Control puts the account in front of the host, so an emulator here is `111122223333.localhost`.
#[derive(Clone, Debug)]
struct Loopback;

impl ResolveDns for Loopback {
    fn resolve_dns<'a>(&'a self, name: &'a str) -> DnsFuture<'a> {
        if name == "localhost" || name.ends_with(".localhost") {
            return DnsFuture::ready(Ok(vec![IpAddr::V4(Ipv4Addr::LOCALHOST)]));
        }
        let name = name.to_owned();
        DnsFuture::new(async move {
            let look_up = move || (name, 0).to_socket_addrs();
            let found = tokio::task::spawn_blocking(look_up)
                .await
                .map_err(ResolveDnsError::new)?;
            Ok(found
                .map_err(ResolveDnsError::new)?
                .map(|address| address.ip())
                .collect())
        })
    }
}
