//! The configuration file: the operator's rules, checked like a manifest.

use std::collections::BTreeSet;
use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;

use super::diagnostic::{Diagnostic, Span};
use super::kinds::{self, Period};
use super::node::{Node, Tree};
use super::settings::{self, Setting};
use super::{SourceFile, advice, check, config_rules, mask, node, schema};
use crate::model::arn::Arn;
use crate::model::desired::Policy;
use crate::model::envelope::Envelope;
use crate::model::id::Installation;
use crate::model::inventory::PruneRules;

/// What holds without a file.
const EMPTY: &str = "apiVersion: evenkeel.dev/v1alpha1\nkind: Config\ninstallation: default\n";

/// The keys of the configuration. An absent key has its default; every key is a flag and a variable too.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct ConfigSpec {
    /// Owner id in tags.
    #[schemars(length(min = 1, max = 63), regex(pattern = r"^[a-z0-9]([a-z0-9-]*[a-z0-9])?$"))]
    #[schemars(extend("patternErrorMessage" = advice::INSTALLATION))]
    pub installation: Option<String>,
    /// Where evenkeel may work.
    pub aws: AwsSpec,
    /// Where the manifests come from, for the daemon: one of `git` and `dir`.
    pub source: Option<SourceSpec>,
    /// How often the daemon looks.
    pub sweep: SweepSpec,
    /// Where the daemon hears of changes.
    pub events: EventsSpec,
    /// How many rollouts, and how soon.
    pub rollouts: RolloutsSpec,
    /// How fast AWS is called.
    pub limits: LimitsSpec,
    /// The keys of values that `age` encrypted.
    pub age: AgeSpec,
    /// What may be touched; absent: everything.
    pub envelope: Option<EnvelopeSpec>,
    /// Whether what is no longer wanted is deleted.
    pub prune: PruneSpec,
    /// The daemon's own server.
    pub http: HttpSpec,
}

/// Where evenkeel may work: it refuses to run anywhere else.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, PartialEq)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct AwsSpec {
    /// The account.
    #[schemars(regex(pattern = "^[0-9]{12}$"))]
    #[schemars(extend("patternErrorMessage" = "takes the twelve digits of an account"))]
    pub account_id: Option<String>,
    /// The Region.
    #[schemars(regex(pattern = kinds::REGION))]
    #[schemars(extend("patternErrorMessage" = "takes a Region, such as eu-central-1"))]
    pub region: Option<String>,
}

/// One of two sources.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("minProperties" = 1, "maxProperties" = 1))]
pub struct SourceSpec {
    /// A Git repository.
    pub git: Option<GitSpec>,
    /// A folder.
    pub dir: Option<String>,
}

/// A Git repository.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GitSpec {
    /// `https://…` or `ssh://…`.
    pub url: String,
    /// What of it: a branch, a tag or a commit.
    pub r#ref: Option<RefSpec>,
    /// The folder in it.
    pub path: Option<String>,
    /// How often it is fetched.
    pub interval: Option<Period>,
    /// How evenkeel signs in: with a token of one of two places.
    pub auth: Option<AuthSpec>,
    /// Commits that count as ancestors after a rewritten history.
    pub rewind_from: Option<Vec<String>>,
    /// Which commits are believed. `Head` and `EveryCommit` need a list of signers, in one of two places.
    pub verify: Option<VerifySpec>,
}

/// One of a branch, a tag and a commit.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("maxProperties" = 1))]
pub struct RefSpec {
    /// A branch.
    pub branch: Option<String>,
    /// A tag.
    pub tag: Option<String>,
    /// A commit.
    pub commit: Option<String>,
}

/// Where the token is: one of two places.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("minProperties" = 1, "maxProperties" = 1))]
pub struct AuthSpec {
    /// A variable that holds it.
    pub token_env: Option<String>,
    /// A file that holds it.
    pub token_file: Option<String>,
}

/// Which commits are believed; with `Head` and `EveryCommit`, by exactly one list of signers.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct VerifySpec {
    /// How many must be signed.
    #[schemars(extend("enum" = ["None", "Head", "EveryCommit"]))]
    pub mode: String,
    /// A file of allowed signers, as `ssh-keygen` reads it.
    pub allowed_signers: Option<String>,
    /// A variable that holds the lines of such a file.
    pub allowed_signers_env: Option<String>,
}

/// How often the daemon looks.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct SweepSpec {
    /// Between two bulk looks.
    pub interval: Option<Period>,
    /// Between two exact looks.
    pub full: Option<Period>,
}

/// Where the daemon hears of changes.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, PartialEq)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct EventsSpec {
    /// An SQS queue.
    #[schemars(regex(pattern = config_rules::QUEUE))]
    #[schemars(extend("patternErrorMessage" = "takes the URL of an SQS queue, such as https://sqs.eu-west-1.amazonaws.com/123456789012/NAME"))]
    pub queue_url: Option<String>,
}

/// How many rollouts, and how soon.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct RolloutsSpec {
    /// How many services are redeployed at once; 5 where absent.
    #[schemars(range(min = 1, max = 5000))]
    pub max_concurrent: Option<usize>,
    /// How long tasks wait after their role was widened; 15s where absent.
    pub settle: Option<Period>,
}

/// How fast AWS is called.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, PartialEq)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct LimitsSpec {
    /// Of AWS's documented rates; 0 turns the limits off, 1 where absent.
    #[schemars(range(min = 0.0, max = 100.0))]
    pub scale: Option<f64>,
    /// May roles be read in bulk? True where absent.
    pub bulk_roles: Option<bool>,
}

/// The keys of values that `age` encrypted.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, PartialEq)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct AgeSpec {
    /// A file of identities, or an SSH key without a passphrase; it is read for each value.
    pub identity_file: Option<String>,
    /// A variable that holds the same; EVENKEEL_AGE_IDENTITY where absent.
    pub identity_env: Option<String>,
    /// For whom `evenkeel secret encrypt` encrypts: `age1…` and SSH public keys.
    pub recipients: Vec<String>,
}

/// What may be touched.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct EnvelopeSpec {
    /// Names of secrets of this account that may be read and written; those of another account by their ARN. Patterns,
    /// as in all of these, know `*` and `?`.
    pub secret_names: Vec<String>,
    /// Names of SSM parameters that may be read, with their first slash or without; those of another account by their
    /// ARN.
    pub parameters: Vec<String>,
    /// KMS keys, as manifests or secrets name them: id, ARN or alias.
    pub kms_keys: Vec<String>,
    /// S3 buckets whose files may be read.
    pub buckets: Vec<String>,
    /// Names of repositories of ECR that may be made and filled through a pull-through cache; those of another account by
    /// their ARN.
    pub pull_through: Vec<String>,
    /// Paths of roles that may be managed and passed, each as a whole.
    pub role_paths: Vec<String>,
    /// ARNs of roles that are not managed and may be passed.
    pub pass_roles: Vec<String>,
    /// The boundary that every role must have.
    pub permissions_boundary: Option<String>,
    /// Policies that may be attached, each as a whole.
    pub managed_policy_arns: Vec<String>,
    /// Who may be let in by a secret's resource policy: ARNs, accounts, services.
    pub secret_policy_principals: Vec<String>,
    /// Names of clusters.
    pub clusters: Vec<String>,
}

/// Whether what is no longer wanted is deleted.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct PruneSpec {
    /// False where absent.
    pub enabled: Option<bool>,
    /// The largest part of the inventory that one pass may delete; 0.2 where absent.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub max_fraction: Option<f64>,
}

/// The daemon's own server.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, PartialEq)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct HttpSpec {
    /// Address and port.
    #[schemars(regex(pattern = config_rules::LISTEN))]
    #[schemars(extend("patternErrorMessage" = "takes ADDRESS:PORT, such as 127.0.0.1:8080"))]
    pub listen: Option<String>,
}

impl ConfigSpec {
    /// Reads a configuration file.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn read(file: &SourceFile) -> Result<Self, Vec<Diagnostic>> {
        Self::read_with(file, &[])
    }

    /// The configuration without a file: [`EMPTY`], by no name.
    ///
    /// # Errors
    /// Everything that is wrong with the settings.
    pub fn of(settings: &[Setting]) -> Result<Self, Vec<Diagnostic>> {
        Self::read_with(&SourceFile { name: String::new(), text: EMPTY.to_owned() }, settings)
    }

    /// Reads a configuration file, with keys over it that are given elsewhere.
    ///
    /// # Errors
    /// Everything that is wrong with either.
    pub fn read_with(file: &SourceFile, settings: &[Setting]) -> Result<Self, Vec<Diagnostic>> {
        let SourceFile { name, text } = file;
        let mut documents = node::parse(name, text).map_err(|error| vec![error])?;
        let (Some(mut document), true) = (documents.pop(), documents.is_empty()) else {
            let message = "a configuration is one document";
            let help = "keep one, with `kind: Config`; `evenkeel schema Config` prints what it takes";
            return Err(vec![Diagnostic::error(name, &Span::default(), message).help(help)]);
        };
        let checker = check::Checker::new(schema::config());
        let mut found = Vec::new();
        let hidden = mask::Hidden::nothing(&checker.schema);
        check::duplicates(name, &mut document, &hidden, &mut found);
        check::quote(&mut document, &checker.schema, text);
        settings::lay(settings, &checker.schema, &mut document);
        empty(name, &document, &mut found);
        check::leave_out_nulls(&mut document, &checker.schema);
        check::against(name, &document, &checker, &hidden, &mut found);
        config_rules::check(name, &document, &mut found);
        if !found.is_empty() {
            settings::name(settings, &mut found);
            return Err(found);
        }
        without_type(&mut document);
        serde_json::from_value(document.to_value())
            .map_err(|error| vec![Diagnostic::error(name, &document.span, error.to_string())])
    }

    /// Whose objects these are; `default` without a configuration.
    pub fn installation(&self) -> Installation {
        Installation::new(self.installation.as_deref().unwrap_or("default"))
    }

    /// The rules that the planner follows.
    pub fn policy(&self) -> Policy {
        let default = Policy::default();
        Policy {
            settle: self.rollouts.settle.map_or(default.settle, |Period(settle)| settle),
            max_concurrent: self.rollouts.max_concurrent.unwrap_or(default.max_concurrent),
            envelope: self.envelope.as_ref().map(EnvelopeSpec::envelope),
            prune: self.prune.rules(),
        }
    }

    /// Of AWS's documented rates.
    pub fn scale(&self) -> f64 {
        self.limits.scale.unwrap_or(1.0)
    }

    /// May roles be read in bulk?
    pub fn bulk_roles(&self) -> bool {
        self.limits.bulk_roles.unwrap_or(true)
    }
}

impl GitSpec {
    /// Between two fetches, where the configuration does not say.
    pub const INTERVAL: Duration = Duration::from_mins(1);
}

impl SweepSpec {
    /// Between two bulk looks, where the configuration does not say.
    pub const INTERVAL: Duration = Duration::from_mins(1);
    /// Between two exact looks, where it does not say.
    pub const FULL: Duration = Duration::from_mins(10);
}

impl AgeSpec {
    /// The variable, where the configuration does not say.
    pub const IDENTITY_ENV: &str = "EVENKEEL_AGE_IDENTITY";
}

impl HttpSpec {
    /// Where the daemon listens if the configuration does not say.
    pub const LISTEN: &str = "127.0.0.1:8080";
}

impl PruneSpec {
    fn rules(&self) -> PruneRules {
        let default = PruneRules::default();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the schema takes 0 to 1")]
        let millionths = |fraction: f64| (fraction * 1_000_000.0).round() as u32;
        PruneRules {
            enabled: self.enabled.unwrap_or(default.enabled),
            max_millionths: self.max_fraction.map_or(default.max_millionths, millionths),
        }
    }
}

impl EnvelopeSpec {
    fn envelope(&self) -> Envelope {
        let Self {
            secret_names,
            parameters,
            kms_keys,
            buckets,
            pull_through,
            role_paths,
            pass_roles,
            permissions_boundary,
            managed_policy_arns,
            secret_policy_principals,
            clusters,
        } = self.clone();
        Envelope {
            secret_names,
            parameters,
            kms_keys,
            buckets,
            pull_through,
            role_paths,
            pass_roles,
            permissions_boundary: permissions_boundary.map(Arn::new),
            managed_policy_arns: managed_policy_arns.into_iter().map(Arn::new).collect::<BTreeSet<_>>(),
            secret_policy_principals,
            clusters,
        }
    }
}

/// A key without a value would count as absent, and an absent envelope allows everything.
fn empty(file: &str, node: &Node, out: &mut Vec<Diagnostic>) {
    for (key, value) in node.entries() {
        if matches!(value.tree, Tree::Null) {
            let instead = if key.text == "envelope" { "write `{}` to forbid everything" } else { "give it a value" };
            let message = format!("`{}` is empty: remove the key, or {instead}", mask::name(&key.text));
            out.push(Diagnostic::error(file, &key.span, message));
        }
        empty(file, value, out);
    }
}

fn without_type(document: &mut Node) {
    if let Tree::Map(entries) = &mut document.tree {
        entries.retain(|(key, _)| key.text != "apiVersion" && key.text != "kind");
    }
}
