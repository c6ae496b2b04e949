//! AWS's documented request rates as token buckets, on evenkeel's clock, shared by the whole process.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::time::Duration;

use governor::clock::Clock as GovernorClock;
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};

use crate::cloud::clock::Clock;

/// A bucket: the operations that share it, its size, and how many tokens a second refill it.
pub struct Bucket {
    /// For example `ecs:DescribeServices`.
    pub operations: &'static [&'static str],
    /// Calls that may be made at once.
    pub burst: u32,
    /// Calls a second after that.
    pub per_second: u32,
}

/// The buckets of ECS and Secrets Manager are AWS's own (`docs/aws-behaviour.md`). IAM's are not published: these leave
/// room for the other callers of the account.
pub const BUCKETS: &[Bucket] = &[
    Bucket { operations: &["ecs:RegisterTaskDefinition", "ecs:DeregisterTaskDefinition"], burst: 20, per_second: 1 },
    Bucket { operations: &["ecs:DescribeTaskDefinition", "ecs:ListTaskDefinitions"], burst: 50, per_second: 20 },
    Bucket {
        operations: &["ecs:CreateService", "ecs:UpdateService", "ecs:DeleteService", "ecs:StopServiceDeployment"],
        burst: 50,
        per_second: 5,
    },
    // Not published either.
    Bucket { operations: &["tag:GetResources"], burst: 15, per_second: 5 },
    Bucket { operations: &["ecs:ListClusters", "ecs:DescribeClusters"], burst: 50, per_second: 20 },
    Bucket { operations: &["ecs:DescribeServices", "ecs:ListServices"], burst: 100, per_second: 20 },
    Bucket { operations: &["ecs:TagResource", "ecs:UntagResource"], burst: 20, per_second: 10 },
    Bucket { operations: &["ecs:ListTasks", "ecs:DescribeTasks"], burst: 100, per_second: 20 },
    Bucket { operations: &["ecs:ListServiceDeployments", "ecs:DescribeServiceDeployments"], burst: 50, per_second: 20 },
    Bucket { operations: &["ecs:DescribeServiceRevisions"], burst: 50, per_second: 20 },
    Bucket {
        operations: &["secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"],
        burst: 10_000,
        per_second: 10_000,
    },
    // The least of all Regions: KMS developer guide, request quotas.
    Bucket { operations: &["kms:Decrypt", "kms:GenerateDataKey"], burst: 5_500, per_second: 5_500 },
    Bucket {
        operations: &["secretsmanager:ListSecrets", "secretsmanager:ListSecretVersionIds"],
        burst: 50,
        per_second: 50,
    },
    Bucket {
        operations: &[
            "secretsmanager:PutSecretValue",
            "secretsmanager:UpdateSecret",
            "secretsmanager:UpdateSecretVersionStage",
            "secretsmanager:ReplicateSecretToRegions",
            "secretsmanager:RemoveRegionsFromReplication",
        ],
        burst: 50,
        per_second: 50,
    },
    Bucket {
        operations: &[
            "secretsmanager:GetResourcePolicy",
            "secretsmanager:PutResourcePolicy",
            "secretsmanager:DeleteResourcePolicy",
        ],
        burst: 50,
        per_second: 50,
    },
    Bucket {
        operations: &["secretsmanager:RotateSecret", "secretsmanager:CancelRotateSecret"],
        burst: 50,
        per_second: 50,
    },
    Bucket { operations: &["secretsmanager:CreateSecret"], burst: 50, per_second: 50 },
    Bucket { operations: &["secretsmanager:RestoreSecret"], burst: 50, per_second: 50 },
    Bucket { operations: &["secretsmanager:DeleteSecret"], burst: 50, per_second: 50 },
    Bucket { operations: &["secretsmanager:TagResource", "secretsmanager:UntagResource"], burst: 50, per_second: 50 },
    Bucket {
        operations: &[
            "iam:GetRole",
            "iam:ListRolePolicies",
            "iam:GetRolePolicy",
            "iam:ListAttachedRolePolicies",
            "iam:GetAccountAuthorizationDetails",
        ],
        burst: 50,
        per_second: 20,
    },
    Bucket {
        operations: &[
            "iam:CreateRole",
            "iam:UpdateAssumeRolePolicy",
            "iam:PutRolePermissionsBoundary",
            "iam:AttachRolePolicy",
            "iam:DetachRolePolicy",
            "iam:PutRolePolicy",
            "iam:DeleteRolePolicy",
            "iam:DeleteRole",
            "iam:TagRole",
        ],
        burst: 20,
        per_second: 5,
    },
];

/// Of what `check --aws` reads besides: those of EC2 and CloudWatch Logs are AWS's own, the others leave room.
pub const SURVEY_BUCKETS: &[Bucket] = &[
    Bucket {
        operations: &[
            "ec2:DescribeSubnets",
            "ec2:DescribeSecurityGroups",
            "ec2:DescribeVpcAttribute",
            "ec2:DescribeRouteTables",
            "ec2:DescribeVpcEndpoints",
        ],
        burst: 50,
        per_second: 10,
    },
    Bucket {
        operations: &[
            "iam:SimulatePrincipalPolicy",
            "iam:SimulateCustomPolicy",
            "iam:GetPolicy",
            "iam:GetPolicyVersion",
        ],
        burst: 20,
        per_second: 10,
    },
    Bucket { operations: &["kms:DescribeKey", "kms:GetKeyPolicy", "kms:ListAliases"], burst: 50, per_second: 50 },
    Bucket { operations: &["ecr:DescribeImages"], burst: 50, per_second: 50 },
    Bucket { operations: &["ecr:DescribePullThroughCacheRules"], burst: 10, per_second: 10 },
    Bucket { operations: &["logs:DescribeLogGroups"], burst: 10, per_second: 10 },
    Bucket { operations: &["ssm:DescribeParameters"], burst: 5, per_second: 5 },
];

type Limiter = RateLimiter<NotKeyed, InMemoryState, BucketClock, NoOpMiddleware<Nanos>>;

/// More calls of one bucket are never waiting at once: 32 reads of a look, 16 steps of a plan.
const CROWD: u32 = 48;

/// The buckets of a process.
pub struct Limits {
    clock: Clock,
    limiters: Vec<Limiter>,
    by_operation: BTreeMap<&'static str, usize>,
    slowest: Duration,
}

impl Limits {
    /// `scale` multiplies the documented rates; 0 turns the limits off.
    pub fn new(scale: f64, clock: Clock) -> Self {
        let mut limits = Self { clock, limiters: Vec::new(), by_operation: BTreeMap::new(), slowest: Duration::ZERO };
        for bucket in BUCKETS.iter().chain(SURVEY_BUCKETS) {
            let Some(quota) = quota(bucket, scale) else { continue };
            limits.slowest = limits.slowest.max(quota.replenish_interval());
            limits.by_operation.extend(bucket.operations.iter().map(|operation| (*operation, limits.limiters.len())));
            limits.limiters.push(RateLimiter::direct_with_clock(quota, BucketClock(clock)));
        }
        limits
    }

    /// The clock that the buckets are filled by.
    pub(super) fn clock(&self) -> Clock {
        self.clock
    }

    /// No call waits longer than this for its turn.
    pub(super) fn longest_wait(&self) -> Duration {
        self.slowest * CROWD
    }

    /// Waits until the operation may be called.
    pub async fn wait(&self, operation: &str) {
        let Some(limiter) = self.by_operation.get(operation).and_then(|index| self.limiters.get(*index)) else {
            return;
        };
        while let Err(not_until) = limiter.check() {
            self.clock.sleep(not_until.wait_time_from(BucketClock(self.clock).now())).await;
        }
    }
}

fn quota(bucket: &Bucket, scale: f64) -> Option<Quota> {
    if scale <= 0.0 {
        return None;
    }
    // Slower than that, a single call would take hours.
    let scale = scale.max(0.001);
    let period = Duration::from_secs_f64(1.0 / (f64::from(bucket.per_second) * scale));
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a positive number of tokens, at least 1"
    )]
    let burst = (f64::from(bucket.burst) * scale).round().max(1.0) as u32;
    Some(Quota::with_period(period)?.allow_burst(NonZeroU32::new(burst)?))
}

/// evenkeel's clock, as governor wants one.
#[derive(Clone, Copy, Debug)]
struct BucketClock(Clock);

impl GovernorClock for BucketClock {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        self.0.elapsed().into()
    }
}
