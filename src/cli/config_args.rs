//! Every key of the configuration as a flag and a variable: flag over environment over file.

use std::path::Path;

use clap::Args;

use super::CliError;
use crate::manifest::Period;
use crate::manifest::config::{AuthSpec, ConfigSpec, EnvelopeSpec, GitSpec, RefSpec, SourceSpec, VerifySpec};
use crate::manifest::{Checked, SourceFile};

macro_rules! config_args {
    ($($(#[$meta:meta])* $field:ident: $type:ty = $flag:literal, $env:literal;)*) => {
        /// The keys of the configuration, each absent unless given.
        #[derive(Debug, Default, Args)]
        #[command(next_help_heading = "Configuration: every key of the file")]
        pub(crate) struct ConfigArgs {
            $($(#[$meta])* #[arg(long = $flag, env = $env, global = true, hide_short_help = true)] $field: Option<$type>,)*
        }

    };
}

config_args! {
    /// Owner id in tags
    installation: String = "installation", "EVENKEEL_INSTALLATION";
    /// Refuse to work in any other account
    aws_account_id: String = "aws-account-id", "EVENKEEL_AWS_ACCOUNT_ID";
    /// Work in this Region
    aws_region: String = "aws-region", "EVENKEEL_AWS_REGION";
    /// Daemon: the Git repository
    source_git_url: String = "source-git-url", "EVENKEEL_SOURCE_GIT_URL";
    /// Daemon: the branch
    source_git_ref_branch: String = "source-git-ref-branch", "EVENKEEL_SOURCE_GIT_REF_BRANCH";
    /// Daemon: the tag
    source_git_ref_tag: String = "source-git-ref-tag", "EVENKEEL_SOURCE_GIT_REF_TAG";
    /// Daemon: the commit
    source_git_ref_commit: String = "source-git-ref-commit", "EVENKEEL_SOURCE_GIT_REF_COMMIT";
    /// Daemon: the folder in the repository
    source_git_path: String = "source-git-path", "EVENKEEL_SOURCE_GIT_PATH";
    /// Daemon: how often it is fetched
    #[arg(value_parser = parse_period)]
    source_git_interval: Period = "source-git-interval", "EVENKEEL_SOURCE_GIT_INTERVAL";
    /// Daemon: the variable that holds the token
    source_git_auth_token_env: String = "source-git-auth-token-env", "EVENKEEL_SOURCE_GIT_AUTH_TOKEN_ENV";
    /// Daemon: the file that holds the token
    source_git_auth_token_file: String = "source-git-auth-token-file", "EVENKEEL_SOURCE_GIT_AUTH_TOKEN_FILE";
    /// Daemon: commits that count as ancestors, separated by commas
    #[arg(value_parser = parse_list)]
    source_git_rewind_from: List = "source-git-rewind-from", "EVENKEEL_SOURCE_GIT_REWIND_FROM";
    /// Daemon: which commits are believed: None, Head or EveryCommit
    source_git_verify_mode: String = "source-git-verify-mode", "EVENKEEL_SOURCE_GIT_VERIFY_MODE";
    /// Daemon: the file of allowed signers
    source_git_verify_allowed_signers: String = "source-git-verify-allowed-signers", "EVENKEEL_SOURCE_GIT_VERIFY_ALLOWED_SIGNERS";
    /// Daemon: a folder instead of a repository
    source_dir: String = "source-dir", "EVENKEEL_SOURCE_DIR";
    /// Daemon: between two bulk looks
    #[arg(value_parser = parse_period)]
    sweep_interval: Period = "sweep-interval", "EVENKEEL_SWEEP_INTERVAL";
    /// Daemon: between two exact looks
    #[arg(value_parser = parse_period)]
    sweep_full: Period = "sweep-full", "EVENKEEL_SWEEP_FULL";
    /// Daemon: the SQS queue of events
    events_queue_url: String = "events-queue-url", "EVENKEEL_EVENTS_QUEUE_URL";
    /// How many services are redeployed at once
    rollouts_max_concurrent: usize = "rollouts-max-concurrent", "EVENKEEL_ROLLOUTS_MAX_CONCURRENT";
    /// How long tasks wait after their role was widened
    #[arg(value_parser = parse_period)]
    rollouts_settle: Period = "rollouts-settle", "EVENKEEL_ROLLOUTS_SETTLE";
    /// Of AWS's documented rates; 0 turns the limits off
    limits_scale: f64 = "limits-scale", "EVENKEEL_LIMITS_SCALE";
    /// May roles be read in bulk?
    limits_bulk_roles: bool = "limits-bulk-roles", "EVENKEEL_LIMITS_BULK_ROLES";
    /// Envelope: names of secrets, separated by commas
    #[arg(value_parser = parse_list)]
    envelope_secret_names: List = "envelope-secret-names", "EVENKEEL_ENVELOPE_SECRET_NAMES";
    /// Envelope: SSM parameters, separated by commas
    #[arg(value_parser = parse_list)]
    envelope_parameters: List = "envelope-parameters", "EVENKEEL_ENVELOPE_PARAMETERS";
    /// Envelope: KMS keys, separated by commas
    #[arg(value_parser = parse_list)]
    envelope_kms_keys: List = "envelope-kms-keys", "EVENKEEL_ENVELOPE_KMS_KEYS";
    /// Envelope: S3 buckets, separated by commas
    #[arg(value_parser = parse_list)]
    envelope_buckets: List = "envelope-buckets", "EVENKEEL_ENVELOPE_BUCKETS";
    /// Envelope: paths of managed roles, separated by commas
    #[arg(value_parser = parse_list)]
    envelope_role_paths: List = "envelope-role-paths", "EVENKEEL_ENVELOPE_ROLE_PATHS";
    /// Envelope: roles that may be passed, separated by commas
    #[arg(value_parser = parse_list)]
    envelope_pass_roles: List = "envelope-pass-roles", "EVENKEEL_ENVELOPE_PASS_ROLES";
    /// Envelope: the boundary of every managed role
    envelope_permissions_boundary: String = "envelope-permissions-boundary", "EVENKEEL_ENVELOPE_PERMISSIONS_BOUNDARY";
    /// Envelope: policies that may be attached, separated by commas
    #[arg(value_parser = parse_list)]
    envelope_managed_policy_arns: List = "envelope-managed-policy-arns", "EVENKEEL_ENVELOPE_MANAGED_POLICY_ARNS";
    /// Envelope: who a secret's policy may name, separated by commas
    #[arg(value_parser = parse_list)]
    envelope_secret_policy_principals: List = "envelope-secret-policy-principals", "EVENKEEL_ENVELOPE_SECRET_POLICY_PRINCIPALS";
    /// Envelope: clusters, separated by commas
    #[arg(value_parser = parse_list)]
    envelope_clusters: List = "envelope-clusters", "EVENKEEL_ENVELOPE_CLUSTERS";
    /// Daemon: delete what is no longer wanted?
    prune_enabled: bool = "prune-enabled", "EVENKEEL_PRUNE_ENABLED";
    /// Daemon: the largest part of the inventory that one pass may delete
    prune_max_fraction: f64 = "prune-max-fraction", "EVENKEEL_PRUNE_MAX_FRACTION";
    /// Daemon: address and port of its server
    http_listen: String = "http-listen", "EVENKEEL_HTTP_LISTEN";
}

/// Words between commas.
#[derive(Clone, Debug)]
pub(crate) struct List(Vec<String>);

#[expect(clippy::unnecessary_wraps, reason = "the shape of a value parser")]
fn parse_list(text: &str) -> Result<List, std::convert::Infallible> {
    let words = text.split(',').map(str::trim).filter(|word| !word.is_empty());
    Ok(List(words.map(str::to_owned).collect()))
}

pub(super) fn parse_period(text: &str) -> Result<Period, String> {
    Period::parse(text).ok_or_else(|| format!("`{text}` is no duration such as 30s or 15m"))
}

impl ConfigArgs {
    /// The configuration: the file, if there is one, with these keys over it.
    pub(crate) fn resolve(self, file: Option<&Path>) -> Result<ConfigSpec, CliError> {
        let mut config = match file {
            None => ConfigSpec::default(),
            Some(path) => {
                let name = path.display().to_string();
                let text =
                    std::fs::read_to_string(path).map_err(|source| CliError::Read { path: name.clone(), source })?;
                let file = SourceFile { name, text };
                ConfigSpec::read(&file).map_err(|found| CliError::Config(Checked::new(found, &[file])))?
            }
        };
        self.over(&mut config);
        Ok(config)
    }

    fn over(self, config: &mut ConfigSpec) {
        set(&mut config.installation, self.installation);
        set(&mut config.aws.account_id, self.aws_account_id);
        set(&mut config.aws.region, self.aws_region);
        set(&mut config.sweep.interval, self.sweep_interval);
        set(&mut config.sweep.full, self.sweep_full);
        set(&mut config.events.queue_url, self.events_queue_url);
        set(&mut config.rollouts.max_concurrent, self.rollouts_max_concurrent);
        set(&mut config.rollouts.settle, self.rollouts_settle);
        set(&mut config.limits.scale, self.limits_scale);
        set(&mut config.limits.bulk_roles, self.limits_bulk_roles);
        set(&mut config.prune.enabled, self.prune_enabled);
        set(&mut config.prune.max_fraction, self.prune_max_fraction);
        set(&mut config.http.listen, self.http_listen);
        set(&mut config.source, self.source_dir.map(|dir| SourceSpec { git: None, dir: Some(dir) }));
        if let Some(url) = self.source_git_url {
            let git = config.source.take().and_then(|source| source.git);
            let git = GitSpec { url: url.clone(), ..git.unwrap_or_else(|| GitSpec::at(url)) };
            config.source = Some(SourceSpec { git: Some(git), dir: None });
        }
        if let Some(git) = config.source.as_mut().and_then(|source| source.git.as_mut()) {
            let named = [self.source_git_ref_branch, self.source_git_ref_tag, self.source_git_ref_commit];
            if named.iter().any(Option::is_some) {
                let [branch, tag, commit] = named;
                git.r#ref = Some(RefSpec { branch, tag, commit });
            }
            set(&mut git.path, self.source_git_path);
            set(&mut git.interval, self.source_git_interval);
            set(&mut git.rewind_from, self.source_git_rewind_from.map(|List(commits)| commits));
            if self.source_git_auth_token_env.is_some() || self.source_git_auth_token_file.is_some() {
                let (token_env, token_file) = (self.source_git_auth_token_env, self.source_git_auth_token_file);
                git.auth = Some(AuthSpec { token_env, token_file });
            }
            let signers = self.source_git_verify_allowed_signers;
            if let Some(mode) = self.source_git_verify_mode {
                let before = git.verify.take().and_then(|verify| verify.allowed_signers);
                git.verify = Some(VerifySpec { mode, allowed_signers: signers.or(before) });
            } else if let Some(verify) = &mut git.verify {
                set(&mut verify.allowed_signers, signers);
            }
        }
        let lists = [
            (self.envelope_secret_names, (|e| &mut e.secret_names) as fn(&mut EnvelopeSpec) -> &mut Vec<String>),
            (self.envelope_parameters, |e| &mut e.parameters),
            (self.envelope_kms_keys, |e| &mut e.kms_keys),
            (self.envelope_buckets, |e| &mut e.buckets),
            (self.envelope_role_paths, |e| &mut e.role_paths),
            (self.envelope_pass_roles, |e| &mut e.pass_roles),
            (self.envelope_managed_policy_arns, |e| &mut e.managed_policy_arns),
            (self.envelope_secret_policy_principals, |e| &mut e.secret_policy_principals),
            (self.envelope_clusters, |e| &mut e.clusters),
        ];
        for (given, place) in lists {
            if let Some(List(words)) = given {
                *place(config.envelope.get_or_insert_default()) = words;
            }
        }
        if let Some(boundary) = self.envelope_permissions_boundary {
            config.envelope.get_or_insert_default().permissions_boundary = Some(boundary);
        }
    }
}

fn set<T>(key: &mut Option<T>, given: Option<T>) {
    if given.is_some() {
        *key = given;
    }
}
