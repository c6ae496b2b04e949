//! Texts of which a pattern says as much as the grammar, or enough of it.

use serde_json::{Value, json};

use super::text;
use crate::manifest::checks::arns::{self, ALIAS, KEY, PARAMETER, ROLE, SECRET};
use crate::manifest::explain::WORDS;
use crate::model::id::Kind;
use crate::model::partition;

/// Texts by their path in `spec`, and what each must be, in words too.
pub(in crate::manifest) fn texts(kind: Kind) -> Vec<(&'static str, Value)> {
    let mut texts = Vec::new();
    for (path, wanted) in arns::places(kind) {
        texts.push((path, is(&format!("^{}$", wanted.pattern()), &format!("is the ARN of {}", wanted.what()))));
        texts.push((path, other_partition()));
    }
    let (of_role, of_secret) = (ROLE.pattern(), SECRET.pattern());
    let parameter = format!("[A-Za-z0-9_./-]+|{}(:.*)?", PARAMETER.pattern());
    let source = format!("^({parameter}|{of_secret}(:[^:]*:([^:]*:|:[^:]{{32,64}}))?)$");
    let source = is(&source, "names a secret by its ARN, of 7 fields or of 10, or a parameter by its name or ARN");
    let of_key = format!("^({}|{})(:.*)?$", KEY.pattern(), ALIAS.pattern());
    let of_key = is(&of_key, "is the ARN of a key of KMS, or of an alias of one");
    let key = json!({"if": text("^arn:", "is an ARN"), "then": of_key});
    let mut more = |path, conditions: &[Value]| texts.extend(conditions.iter().map(|one| (path, one.clone())));
    match kind {
        Kind::Secret => {
            more("secretName", &[is(&format!("^([^:]+|{of_secret})$"), "is a name, or the ARN of a secret")]);
            for path in ["kmsKeyId", "replicas[].kmsKeyId"] {
                more(path, &[key.clone(), other_partition()]);
            }
            more("rotation.schedule", &schedules());
        }
        Kind::ExecutionRole => more("grants[].decrypt.key", &[key, other_partition()]),
        Kind::TaskDefinition => {
            for path in ["taskRoleArn", "executionRoleArn"] {
                more(path, &[is(&format!("^([^:]*|{of_role})$"), "is the name of a role, or its ARN")]);
            }
            more("containerDefinitions[].image", &[image()]);
            for path in [
                "containerDefinitions[].secrets[].valueFrom",
                "containerDefinitions[].logConfiguration.secretOptions[].valueFrom",
            ] {
                more(path, &[source.clone(), other_partition(), no_parameter()]);
            }
        }
        Kind::Service => {
            let path = "serviceConnectConfiguration.logConfiguration.secretOptions[].valueFrom";
            more(path, &[source, other_partition(), no_parameter()]);
        }
    }
    texts
}

/// The patterns of ARNs tell partitions by how Regions begin, and some of others begin as those of `aws` do.
fn other_partition() -> Value {
    let others = partition::all().map(|(name, _, not_so)| format!("^arn:{name}:[a-z0-9-]+:({})", not_so.join("|")));
    let others: Vec<String> = others.filter(|pattern| !pattern.ends_with("()")).collect();
    not(&others.join("|"), "names a Region of another partition")
}

/// What Docker cannot read, as far as a pattern says it: an empty part or tag, a colon too many, a repository in upper case.
fn image() -> Value {
    not("//|[/:](@|$)|:[^/@]*:|/[._:-]|/[^:@]*[A-Z]", "is no image that Docker could read")
}

/// An empty level, more than 15 of them, and what is AWS's own.
fn no_parameter() -> Value {
    let levels = "^[^:]*//|^[^:]*/$|^/?[^/:]+(/[^/:]+){15,}$";
    not(&format!("{levels}|^([aA][wW][sS]|[sS][sS][mM])[^:]*$"), "is a name that no parameter has")
}

/// Schedules that Secrets Manager refuses, as far as one text says it. Of a `cron` in hours, days and months.
fn schedules() -> [Value; 5] {
    [
        not(r"^(rate\(0*[0-3] +hours?\)|cron\(0 \* )", "is more often than every four hours"),
        not(r"^rate\(0*(0|[1-9][0-9]{3,}) +days?\)", "is not every 1 to 999 days"),
        not(
            r"^cron\(([^ ]*[1-9*,/-][^ ]* |0 ([^ ]*[,-])?0*(2[4-9]|[3-9][0-9]|[1-9][0-9]{2,})[ ,/-])",
            "does not begin on an hour of the day",
        ),
        not(
            r"^cron\([^ ]+ [^ ]+ ([^? ][^ ]* [^ ]+ [^? ]|\? [^ ]+ \? )",
            "has `?` in none of the two fields of days, or in both",
        ),
        not(
            r"^cron\([^ ]+ [^ ]+ ((30|31) (0*2|FEB)|31 (0*[469]|11|APR|JUN|SEP|NOV)) ",
            "names a day that its month does not have",
        ),
    ]
}

fn is(pattern: &str, words: &str) -> Value {
    json!({"pattern": pattern, WORDS: words})
}

fn not(pattern: &str, words: &str) -> Value {
    json!({"not": text(pattern, words)})
}
