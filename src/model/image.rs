//! Images in ECR, as a container names them.

use super::arn::{Arn, Scope};
use super::id::{AccountId, Partition, Region};

/// An image in ECR.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Image {
    /// The account of the registry.
    pub registry: String,
    /// Its Region.
    pub region: Region,
    /// The repository.
    pub repository: String,
    /// The tag; absent with a digest, else `latest`.
    pub tag: Option<String>,
    /// The digest.
    pub digest: Option<String>,
}

impl Image {
    /// `<account>.dkr.ecr.<region>.amazonaws.com/<repository>[:tag][@digest]`, its FIPS sibling `dkr.ecr-fips`, or the
    /// dual-stack `<account>.dkr-ecr.<region>.on.aws`, in China `on.amazonwebservices.com.cn`; `None` for other registries.
    pub fn in_ecr(image: &str) -> Option<Self> {
        let (host, rest) = image.split_once('/')?;
        let labels: Vec<&str> = host.split('.').collect();
        let (registry, region) = match labels.as_slice() {
            [account, "dkr", "ecr" | "ecr-fips", region, "amazonaws", ..]
            | [account, "dkr-ecr" | "dkr-ecr-fips", region, "on", "aws"]
            | [account, "dkr-ecr" | "dkr-ecr-fips", region, "on", "amazonwebservices", "com", "cn"] => {
                (*account, *region)
            }
            _ => return None,
        };
        let (tagged, digest) = rest.split_once('@').map_or((rest, None), |(tagged, digest)| (tagged, Some(digest)));
        let (repository, tag) = tagged.split_once(':').map_or((tagged, None), |(name, tag)| (name, Some(tag)));
        Some(Self {
            registry: registry.to_owned(),
            region: Region::new(region),
            repository: repository.to_owned(),
            // ECS resolves a digest, whatever the tag beside it says.
            tag: tag.filter(|_| digest.is_none()).map(str::to_owned),
            digest: digest.map(str::to_owned),
        })
    }

    /// The ARN of its repository.
    pub fn repository_arn(&self, partition: &Partition) -> Arn {
        let Self { registry, region, repository, tag: _, digest: _ } = self;
        let account = AccountId::new(registry.as_str());
        let home = Scope { partition: partition.clone(), account, region: region.clone() };
        home.arn("ecr", &format!("repository/{repository}"))
    }
}

/// Stands for the whole registry, in the place of a prefix of repositories.
const WHOLE_REGISTRY: &str = "ROOT";

/// Is a repository one that a pull-through cache of this prefix fills? ECR takes a `/` after a prefix that has none.
pub fn is_cached(prefix: &str, repository: &str) -> bool {
    let below = |rest: &str| rest.len() > 1 && rest.starts_with('/');
    prefix == WHOLE_REGISTRY || repository.strip_prefix(prefix.trim_end_matches('/')).is_some_and(below)
}
