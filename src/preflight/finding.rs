//! What a preflight finds: what is wrong, where it is written, what ECS would say, and what to do.

use serde::Serialize;

use crate::model::desired::Origin;
use crate::model::id::ResourceId;
use crate::model::path::Path;

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $severity:ident;)*) => {
        /// What kind of thing is wrong: a closed list, described in `docs/spec/Findings.md`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
        pub enum Code {
            $($(#[$doc])* $name,)*
        }

        impl Code {
            /// Every code.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// The word of the JSON output.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => stringify!($name),)*
                }
            }

            /// How bad it is.
            pub fn severity(self) -> Severity {
                match self {
                    $(Self::$name => Severity::$severity,)*
                }
            }
        }
    };
}

codes! {
    /// The cluster is not there, or not ACTIVE.
    ClusterMissing = Error;
    /// A subnet is not there.
    SubnetMissing = Error;
    /// A subnet has hardly an address left.
    SubnetFull = Warning;
    /// A security group is not there.
    SecurityGroupMissing = Error;
    /// Subnets and security groups are of several VPCs.
    NetworksDiffer = Error;
    /// The VPC resolves no names.
    DnsDisabled = Error;
    /// A task does not reach what it needs to start.
    NoPath = Error;
    /// Fargate's platform is too old for JSON keys, stages and versions.
    PlatformTooOld = Error;
    /// The role is not there.
    RoleMissing = Error;
    /// The role does not let ECS's tasks assume it.
    RoleNotTrusted = Error;
    /// The role may not do what ECS does with it.
    PermissionMissing = Error;
    /// The policy of the secret keeps the role out.
    ResourcePolicyDenies = Error;
    /// The key is not there.
    KeyMissing = Error;
    /// The key is disabled, waits for its deletion, or cannot be used from this account.
    KeyUnusable = Error;
    /// The policy of the key keeps the role out.
    KeyPolicyDenies = Error;
    /// The secret is not there.
    SecretMissing = Error;
    /// The secret is scheduled for deletion.
    SecretPendingDeletion = Error;
    /// No version of the secret has the stage.
    StageMissing = Error;
    /// The secret has no such version.
    VersionMissing = Error;
    /// A JSON key is asked for, and the value is binary.
    SecretBinary = Error;
    /// The value is binary, and injected as a whole: the container gets nothing.
    SecretEmpty = Error;
    /// A JSON key is asked for, and the value is no JSON object.
    NotJson = Error;
    /// The JSON object has no such key.
    JsonKeyMissing = Error;
    /// What stands under the JSON key is no text.
    JsonKeyNotText = Warning;
    /// The secret of a private registry has no user name or no password.
    RegistryCredentials = Error;
    /// The parameter is not there.
    ParameterMissing = Error;
    /// The image is not there.
    ImageMissing = Error;
    /// The log group is not there, and nobody is told to make it.
    LogGroupMissing = Error;
}

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// A task does not start, or not with what its manifest asks for.
    Error,
    /// It does, or most do; someone should know.
    Warning,
}

/// Where something is: in which manifest, and at which field of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Site {
    /// The resource.
    pub resource: ResourceId,
    /// The field.
    pub path: Path,
    /// Where that is written, as far as it is.
    pub at: Option<Origin>,
    /// The services whose tasks it is about; none for a task definition that no service runs.
    pub services: Vec<ResourceId>,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// Where.
    pub site: Site,
    /// Of what kind.
    pub code: Code,
    /// What is wrong.
    pub message: String,
    /// What ECS says when a task starts, or when it is told to run one.
    pub ecs: String,
    /// What to do.
    pub help: String,
    /// Is something judged as the next apply will make it, and not as it is?
    pub planned: bool,
    /// Where else the same is wrong for the same reason.
    pub also: Vec<Origin>,
}

/// Something that was not found out.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unverified {
    /// Where.
    pub site: Site,
    /// What.
    pub what: String,
    /// Why not.
    pub why: String,
    /// Should it have been, had AWS answered?
    pub unreadable: bool,
}

/// Everything that was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// What is wrong, in the order of the manifests.
    pub findings: Vec<Finding>,
    /// What was not found out.
    pub unverified: Vec<Unverified>,
}

impl Report {
    /// Would anything fail?
    pub fn has_errors(&self) -> bool {
        self.findings.iter().any(|finding| finding.code.severity() == Severity::Error)
    }

    /// Did AWS leave a question unanswered?
    pub fn is_incomplete(&self) -> bool {
        self.unverified.iter().any(|unverified| unverified.unreadable)
    }
}
