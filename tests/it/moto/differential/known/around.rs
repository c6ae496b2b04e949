//! Log groups, images, networks.

use serde_json::Value;

use super::{After, Known, Scene};

pub(super) const KNOWN: &[Known] = &[
    Known::refusal(
        "M160",
        "PutRetentionPolicy",
        ["InvalidParameterException: retentionInDays must be one of *", "-"],
        After::Apart,
    ),
    Known::refusal(
        "M160",
        "PutRetentionPolicy",
        ["InvalidParameterException: *", "ResourceNotFoundException"],
        After::Same,
    ),
    Known::refusal("M161", "PutImage", ["RepositoryNotFoundException: *", "no code"], After::Same),
    Known {
        row: "M162",
        operation: "DescribeImages",
        member: "imageDetails",
        sandbox: "*",
        moto: "*",
        after: After::Apart,
        when: leaves_out_what_has_no_tags,
    },
    Known::member("M163", "DescribeRouteTables", "routeTableSet[].routeSet", ["*0.0.0.0/0*", "*172.31.0.0/16*"]),
    Known {
        row: "M164",
        operation: "GetResources",
        member: "ResourceTagMappingList",
        sandbox: "*{}*",
        moto: "*",
        after: After::Same,
        when: leaves_out_what_has_no_tags,
    },
];

/// Both list the same, but for what has no tags.
fn leaves_out_what_has_no_tags(scene: &Scene<'_>) -> bool {
    let listed = |side: &Value| side.as_array().cloned().unwrap_or_default();
    let has_tags = |item: &Value| !item["imageTags"].is_null() || !item["Tags"].is_null();
    let tagged: Vec<Value> = listed(&scene.difference.sandbox).into_iter().filter(has_tags).collect();
    tagged == listed(&scene.difference.moto)
}
