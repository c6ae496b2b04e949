//! Log drivers and the options that they need. Source: API model, LogConfiguration.options.

use super::super::node::Node;
use super::{Findings, containers, key_span, suggest};
use crate::model::partition;

/// Source: API model, LogConfiguration.options; Docker's documentation of the driver. ECS refuses others ("disallows
/// options"); which of Docker's it allows is UNCONFIRMED.
const OF_AWSLOGS: [&str; 15] = [
    "awslogs-create-group",
    "awslogs-region",
    "awslogs-group",
    "awslogs-stream-prefix",
    "awslogs-datetime-format",
    "awslogs-multiline-pattern",
    "mode",
    "max-buffer-size",
    "awslogs-endpoint",
    "awslogs-stream",
    "awslogs-format",
    "awslogs-credentials-endpoint",
    "awslogs-force-flush-interval-seconds",
    "awslogs-max-buffered-events",
    "tag",
];

pub(super) fn check(spec: &Node, found: &mut Findings<'_>) {
    let all = containers(spec);
    let routed = all.iter().any(|container| container.get("firelensConfiguration").is_some());
    for log in all.iter().flat_map(|container| container.at("logConfiguration")) {
        let lost = log.get("logDriver").filter(|driver| driver.text() == Some("awsfirelens") && !routed);
        if let Some(driver) = lost {
            let help = "give the container of the log router a `firelensConfiguration: {type: fluentbit}`";
            let message = "no container of the task routes logs for awsfirelens";
            // A router may be among what is left to others.
            if spec.at("ignoreDifferences[]").is_empty() {
                found.wrong(&driver.span, message, help);
            } else {
                found.doubt(&driver.span, message, help);
            }
        }
        options(log, found);
    }
    // API model, FirelensConfiguration.options.
    for place in spec.at("containerDefinitions[].firelensConfiguration.options.config-file-type") {
        if place.text().is_some_and(|text| !["file", "s3"].contains(&text)) {
            let help = "write `file` where it is in the image, `s3` where it is in a bucket";
            found.wrong(&place.span, "`config-file-type` is `file` or `s3`", help);
        }
    }
}

/// The logs of Service Connect's own container, which no manifest writes.
pub(super) fn of_service_connect(spec: &Node, found: &mut Findings<'_>) {
    for log in spec.at("serviceConnectConfiguration.logConfiguration") {
        options(log, found);
    }
}

fn options(log: &Node, found: &mut Findings<'_>) {
    let has = |option: &str| !log.at("options").iter().all(|options| options.get(option).is_none());
    if log.get("logDriver").and_then(Node::text) == Some("awslogs") {
        for option in ["awslogs-group", "awslogs-region"].into_iter().filter(|option| !has(option)) {
            let message = format!("the log driver awslogs needs the option `{option}`");
            found.wrong(option_span(log), message, format!("add `{option}` to `options`"));
        }
        for region in log.at("options.awslogs-region") {
            if region.text().is_some_and(|region| !is_region(region)) {
                found.wrong(&region.span, "this is no Region", "write a Region such as eu-west-1");
            }
        }
        for (option, _) in log.at("options").into_iter().flat_map(Node::entries) {
            if !OF_AWSLOGS.contains(&option.text.as_str()) {
                let message = format!("the log driver awslogs has no option `{}`", option.text);
                found.doubt(&option.span, message, suggest(&option.text, OF_AWSLOGS));
            }
        }
        if has("awslogs-datetime-format") && has("awslogs-multiline-pattern") {
            let message = "`awslogs-datetime-format` and `awslogs-multiline-pattern` exclude each other";
            found.wrong(option_span(log), message, "keep one of them");
        }
    }
    for token in log.at("options").iter().filter_map(|options| options.key("splunk-token")) {
        let help = "give it in `secretOptions`, from a Secret";
        found.doubt(&token.span, "the token stands in Git and in the task definition, for all to read", help);
    }
}

/// As Regions are named: `eu-west-1`.
fn is_region(text: &str) -> bool {
    let numbered = text.rsplit('-').next().is_some_and(|end| end.parse::<u8>().is_ok());
    numbered && partition::of(text).is_some()
}

fn option_span(log: &Node) -> &super::super::diagnostic::Span {
    key_span(log, if log.key("options").is_some() { "options" } else { "logDriver" })
}
