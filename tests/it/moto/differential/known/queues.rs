//! SQS.

use super::{After, Known, Scene};

pub(super) const KNOWN: &[Known] = &[
    Known {
        row: "M147",
        operation: "*Queue*",
        member: "error",
        sandbox: "InvalidParameterValueException: *",
        moto: "InvalidParameterValue",
        after: After::Apart,
        when: sets_a_redrive_policy,
    },
    Known::refusal("M140", "*", ["InvalidParameterValueException: *", "InvalidParameterValue"], After::Same),
    Known::refusal("M141", "CreateQueue", ["QueueDeletedRecently: *", "-"], After::Apart),
    Known::refusal(
        "M145",
        "*Queue*",
        ["InvalidParameterValueException: *Dead letter target does not exist.", "QueueDoesNotExist"],
        After::Apart,
    ),
    Known::refusal("M142", "*", ["InvalidParameterValueException: *", "QueueDoesNotExist"], After::Same),
    Known::refusal("M142", "*", ["InvalidAttribute*: *", "QueueDoesNotExist"], After::Same),
    Known::refusal("M142", "*", ["InvalidAttribute*: *", "QueueNameExists"], After::Same),
    Known::refusal("M142", "DeleteMessageBatch", ["BatchEntryIdsNotDistinct: *", "QueueDoesNotExist"], After::Same),
    Known::refusal("M146", "ChangeMessageVisibility", ["MessageNotInflight: *", "ReceiptHandleIsInvalid"], After::Same),
    Known::refusal("M149", "ChangeMessageVisibility", ["MessageNotInflight: *", "-"], After::Apart),
    Known::refusal("M143", "DeleteMessageBatch", ["BatchEntryIdsNotDistinct: *", "-"], After::Apart),
    Known::refusal("M144", "*Queue*", ["InvalidAttribute*: *", "-"], After::Apart),
];

fn sets_a_redrive_policy(scene: &Scene<'_>) -> bool {
    scene.input["Attributes"]["RedrivePolicy"].is_string()
}
