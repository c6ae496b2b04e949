//! EventBridge.

use super::{After, Known};

pub(super) const KNOWN: &[Known] = &[
    Known::member("M150", "ListRules", "Rules[].CreatedBy", ["-", "*"]),
    Known::refusal("M151", "PutEvents", ["ValidationException: *greater than or equal to 1", "-"], After::Same),
    Known::refusal(
        "M152",
        "PutRule",
        ["InvalidEventPatternException: *Empty patterns are not allowed", "-"],
        After::Apart,
    ),
    Known::member("M153", "RemoveTargets", "FailedEntries", ["*does not contain target*", "-"]),
    Known::member("M153", "RemoveTargets", "FailedEntryCount", ["1", "0"]),
];
