//! Every key of the configuration as a flag and a variable: flag over environment over file.

use std::path::{Path, PathBuf};

use clap::Args;

use super::CliError;
use crate::manifest::config::ConfigSpec;
use crate::manifest::settings::Setting;
use crate::manifest::{Checked, Period, SourceFile};

/// Where the configuration is.
#[derive(Debug, Args)]
pub(crate) struct ConfigFile {
    /// The configuration
    #[arg(long, value_name = "FILE", env = "EVENKEEL_CONFIG")]
    pub(crate) config: Option<PathBuf>,
}

/// The heading of the keys.
pub(crate) const HEADING: &str = "Configuration: every key of the file";

macro_rules! config_args {
    ($(#[doc = $doc:tt] $field:ident = $flag:literal, $env:literal, $path:literal;)*) => {
        /// The configuration and its keys, each absent unless given. What a key may be is checked where the file is.
        #[derive(Debug, Args)]
        pub(crate) struct ConfigArgs {
            #[command(flatten)]
            pub(crate) file: ConfigFile,
            $(
                #[arg(long = $flag, env = $env, value_name = "VALUE", help = str::trim_start($doc), hide_short_help = true, help_heading = HEADING)]
                $field: Option<String>,
            )*
        }

        impl ConfigArgs {
            /// Flag, variable, key and text of those that are given.
            fn given(&self) -> Vec<(&'static str, &'static str, &'static str, &str)> {
                let all = [$(($flag, $env, $path, self.$field.as_deref())),*];
                all.into_iter().filter_map(|(flag, env, path, text)| Some((flag, env, path, text?))).collect()
            }
        }
    };
}

config_args! {
    /// Owner id in tags
    installation = "installation", "EVENKEEL_INSTALLATION", "installation";
    /// Refuse to work in any other account
    aws_account_id = "aws-account-id", "EVENKEEL_AWS_ACCOUNT_ID", "aws.accountId";
    /// Work in this Region
    aws_region = "aws-region", "EVENKEEL_AWS_REGION", "aws.region";
    /// Daemon: the Git repository
    source_git_url = "source-git-url", "EVENKEEL_SOURCE_GIT_URL", "source.git.url";
    /// Daemon: the branch
    source_git_ref_branch = "source-git-ref-branch", "EVENKEEL_SOURCE_GIT_REF_BRANCH", "source.git.ref.branch";
    /// Daemon: the tag
    source_git_ref_tag = "source-git-ref-tag", "EVENKEEL_SOURCE_GIT_REF_TAG", "source.git.ref.tag";
    /// Daemon: the commit
    source_git_ref_commit = "source-git-ref-commit", "EVENKEEL_SOURCE_GIT_REF_COMMIT", "source.git.ref.commit";
    /// Daemon: the folder in the repository
    source_git_path = "source-git-path", "EVENKEEL_SOURCE_GIT_PATH", "source.git.path";
    /// Daemon: how often it is fetched
    source_git_interval = "source-git-interval", "EVENKEEL_SOURCE_GIT_INTERVAL", "source.git.interval";
    /// Daemon: the variable that holds the token
    source_git_auth_token_env = "source-git-auth-token-env", "EVENKEEL_SOURCE_GIT_AUTH_TOKEN_ENV", "source.git.auth.tokenEnv";
    /// Daemon: the file that holds the token
    source_git_auth_token_file = "source-git-auth-token-file", "EVENKEEL_SOURCE_GIT_AUTH_TOKEN_FILE", "source.git.auth.tokenFile";
    /// Daemon: commits that count as ancestors, separated by commas
    source_git_rewind_from = "source-git-rewind-from", "EVENKEEL_SOURCE_GIT_REWIND_FROM", "source.git.rewindFrom";
    /// Daemon: which commits are believed: None, Head or EveryCommit
    source_git_verify_mode = "source-git-verify-mode", "EVENKEEL_SOURCE_GIT_VERIFY_MODE", "source.git.verify.mode";
    /// Daemon: the file of allowed signers
    source_git_verify_allowed_signers = "source-git-verify-allowed-signers", "EVENKEEL_SOURCE_GIT_VERIFY_ALLOWED_SIGNERS", "source.git.verify.allowedSigners";
    /// Daemon: the variable that holds the lines of such a file
    source_git_verify_allowed_signers_env = "source-git-verify-allowed-signers-env", "EVENKEEL_SOURCE_GIT_VERIFY_ALLOWED_SIGNERS_ENV", "source.git.verify.allowedSignersEnv";
    /// Daemon: a folder instead of a repository
    source_dir = "source-dir", "EVENKEEL_SOURCE_DIR", "source.dir";
    /// Daemon: between two bulk looks
    sweep_interval = "sweep-interval", "EVENKEEL_SWEEP_INTERVAL", "sweep.interval";
    /// Daemon: between two exact looks
    sweep_full = "sweep-full", "EVENKEEL_SWEEP_FULL", "sweep.full";
    /// Daemon: the SQS queue of events
    events_queue_url = "events-queue-url", "EVENKEEL_EVENTS_QUEUE_URL", "events.queueUrl";
    /// How many services are redeployed at once
    rollouts_max_concurrent = "rollouts-max-concurrent", "EVENKEEL_ROLLOUTS_MAX_CONCURRENT", "rollouts.maxConcurrent";
    /// How long tasks wait after their role was widened
    rollouts_settle = "rollouts-settle", "EVENKEEL_ROLLOUTS_SETTLE", "rollouts.settle";
    /// Of AWS's documented rates; 0 turns the limits off
    limits_scale = "limits-scale", "EVENKEEL_LIMITS_SCALE", "limits.scale";
    /// May roles be read in bulk?
    limits_bulk_roles = "limits-bulk-roles", "EVENKEEL_LIMITS_BULK_ROLES", "limits.bulkRoles";
    /// Values: the file of age identities
    age_identity_file = "age-identity-file", "EVENKEEL_AGE_IDENTITY_FILE", "age.identityFile";
    /// Values: the variable that holds an age identity
    age_identity_env = "age-identity-env", "EVENKEEL_AGE_IDENTITY_ENV", "age.identityEnv";
    /// Values: age recipients, separated by commas
    age_recipients = "age-recipients", "EVENKEEL_AGE_RECIPIENTS", "age.recipients";
    /// Envelope: names of secrets, separated by commas
    envelope_secret_names = "envelope-secret-names", "EVENKEEL_ENVELOPE_SECRET_NAMES", "envelope.secretNames";
    /// Envelope: SSM parameters, separated by commas
    envelope_parameters = "envelope-parameters", "EVENKEEL_ENVELOPE_PARAMETERS", "envelope.parameters";
    /// Envelope: KMS keys, separated by commas
    envelope_kms_keys = "envelope-kms-keys", "EVENKEEL_ENVELOPE_KMS_KEYS", "envelope.kmsKeys";
    /// Envelope: S3 buckets, separated by commas
    envelope_buckets = "envelope-buckets", "EVENKEEL_ENVELOPE_BUCKETS", "envelope.buckets";
    /// Envelope: repositories of pull-through caches, separated by commas
    envelope_pull_through = "envelope-pull-through", "EVENKEEL_ENVELOPE_PULL_THROUGH", "envelope.pullThrough";
    /// Envelope: paths of managed roles, separated by commas
    envelope_role_paths = "envelope-role-paths", "EVENKEEL_ENVELOPE_ROLE_PATHS", "envelope.rolePaths";
    /// Envelope: roles that may be passed, separated by commas
    envelope_pass_roles = "envelope-pass-roles", "EVENKEEL_ENVELOPE_PASS_ROLES", "envelope.passRoles";
    /// Envelope: the boundary of every managed role
    envelope_permissions_boundary = "envelope-permissions-boundary", "EVENKEEL_ENVELOPE_PERMISSIONS_BOUNDARY", "envelope.permissionsBoundary";
    /// Envelope: policies that may be attached, separated by commas
    envelope_managed_policy_arns = "envelope-managed-policy-arns", "EVENKEEL_ENVELOPE_MANAGED_POLICY_ARNS", "envelope.managedPolicyArns";
    /// Envelope: who a secret's policy may name, separated by commas
    envelope_secret_policy_principals = "envelope-secret-policy-principals", "EVENKEEL_ENVELOPE_SECRET_POLICY_PRINCIPALS", "envelope.secretPolicyPrincipals";
    /// Envelope: clusters, separated by commas
    envelope_clusters = "envelope-clusters", "EVENKEEL_ENVELOPE_CLUSTERS", "envelope.clusters";
    /// Delete what is in no manifest any more?
    prune_enabled = "prune-enabled", "EVENKEEL_PRUNE_ENABLED", "prune.enabled";
    /// The largest part of what is there that one pass may delete
    prune_max_fraction = "prune-max-fraction", "EVENKEEL_PRUNE_MAX_FRACTION", "prune.maxFraction";
    /// Daemon: address and port of its server
    http_listen = "http-listen", "EVENKEEL_HTTP_LISTEN", "http.listen";
}

impl ConfigFile {
    /// The file, if one is named, with these settings over it.
    pub(crate) fn read(&self, settings: &[Setting]) -> Result<ConfigSpec, CliError> {
        let Some(path) = &self.config else {
            return ConfigSpec::of(settings).map_err(|found| CliError::Config(Checked::of_config(found, None)));
        };
        let file = source(path)?;
        ConfigSpec::read_with(&file, settings).map_err(|found| CliError::Config(Checked::of_config(found, Some(&file))))
    }
}

impl ConfigArgs {
    /// The configuration: the file, if there is one, with these keys over it.
    pub(crate) fn resolve(&self) -> Result<ConfigSpec, CliError> {
        let given = self.given().into_iter().filter(|(_, env, _, text)| !text.is_empty() || !is_empty(env));
        let setting = |(flag, env, path, text): (&str, &str, &'static str, &str)| Setting {
            name: format!("--{flag} ({env})"),
            path,
            text: text.to_owned(),
        };
        self.file.read(&given.map(setting).collect::<Vec<_>>())
    }
}

fn source(path: &Path) -> Result<SourceFile, CliError> {
    let name = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|source| CliError::Read { path: name.clone(), source })?;
    Ok(SourceFile { name, text })
}

/// A duration as manifests write them.
pub(crate) fn parse_period(text: &str) -> Result<Period, String> {
    Period::parse(text).ok_or_else(|| format!("`{text}` is no duration such as 30s or 15m"))
}

/// How long rollouts may take, as manifests write it: `rollout.timeout` is no more nothing than this.
pub(crate) fn parse_timeout(text: &str) -> Result<Period, String> {
    match parse_period(text)? {
        Period(time) if time.is_zero() => {
            Err(format!("with a timeout of nothing, `{text}`, nothing is waited for: write one such as 15m"))
        }
        period => Ok(period),
    }
}

/// A variable that is set to nothing counts as absent.
#[expect(clippy::disallowed_methods, reason = "the command line is where the environment is read")]
fn is_empty(variable: &str) -> bool {
    std::env::var_os(variable).is_some_and(|value| value.is_empty())
}
