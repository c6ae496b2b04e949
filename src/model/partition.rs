//! Partitions of AWS, and which Regions are of which. Source: botocore, partitions.json.

/// A partition, how its Regions begin, and how they do not.
const PARTITIONS: [(&str, &[&str], &[&str]); 8] = [
    ("aws", &["us-", "eu-", "ap-", "sa-", "ca-", "me-", "af-", "il-", "mx-"], &["us-gov-", "us-iso", "eu-iso"]),
    ("aws-cn", &["cn-"], &[]),
    ("aws-us-gov", &["us-gov-"], &[]),
    ("aws-eusc", &["eusc-"], &[]),
    ("aws-iso", &["us-iso-"], &[]),
    ("aws-iso-b", &["us-isob-"], &[]),
    ("aws-iso-e", &["eu-isoe-"], &[]),
    ("aws-iso-f", &["us-isof-"], &[]),
];

/// Is there a partition of this name?
pub fn is_one(name: &str) -> bool {
    PARTITIONS.iter().any(|(partition, _, _)| *partition == name)
}

/// The partition of a Region; `None` where its name begins as that of no known one.
pub fn of(region: &str) -> Option<&'static str> {
    let begins = |with: &&str| region.starts_with(*with);
    let found = PARTITIONS.iter().find(|(_, so, not_so)| so.iter().any(begins) && !not_so.iter().any(begins));
    found.map(|(partition, _, _)| *partition)
}

/// All of them, each with how its Regions begin, and how they do not.
pub fn all() -> impl Iterator<Item = (&'static str, &'static [&'static str], &'static [&'static str])> {
    PARTITIONS.into_iter()
}
