//! `RotateSecret` and `CancelRotateSecret`: settings, dates and the pending version.
//!
//! A rotation makes its AWSPENDING version and waits for somebody to do what a
//! function does: put a value under that id, and move AWSCURRENT to it. What
//! scripted functions do is in `function`, what rules mean in `schedule`.
//!
//! Ledger: S32, S33, S34, S36.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::schedule::{self, Window, next_window};
use super::secret::{CURRENT, PENDING, Secret};
use super::{fault, function, open_for_writing};
use crate::sandbox::clock::Millis;
use crate::sandbox::place::Arn;
use crate::sandbox::readings::Reading;
use crate::sandbox::wire::{AwsError, Outcome, parse};
use crate::sandbox::world::World;

/// How a secret is rotated. Stays when rotation is turned off.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Rotation {
    /// Is it turned on?
    pub enabled: bool,
    /// The function.
    pub lambda: String,
    /// When.
    pub rules: Rules,
    /// When a rotation last ended well.
    pub last: Option<Millis>,
    /// When the next one is due at the latest.
    pub next: Option<Millis>,
    /// When the window of the next one opens.
    #[serde(default)]
    pub opens: Option<Millis>,
}

/// `RotationRules`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all(deserialize = "PascalCase", serialize = "PascalCase"), deny_unknown_fields)]
pub struct Rules {
    /// Days between rotations.
    pub automatically_after_days: Option<u32>,
    /// `rate(…)` or `cron(…)`.
    pub schedule_expression: Option<String>,
    /// Length of the window, such as `3h`.
    pub duration: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Input {
    secret_id: String,
    client_request_token: Option<String>,
    #[serde(rename = "RotationLambdaARN")]
    lambda: Option<String>,
    rotation_rules: Option<Rules>,
    rotate_immediately: Option<bool>,
}

pub(super) fn rotate_secret(world: &mut World, input: &Value) -> Outcome {
    let Input { secret_id, client_request_token, lambda, rotation_rules, rotate_immediately } = parse(input)?;
    let name = world.secrets.find_writable(&secret_id)?;
    let secret = world.secrets.find(&name)?;
    let held = secret.rotation.as_ref();
    let lambda = lambda.filter(|arn| !arn.is_empty()).or_else(|| held.map(|held| held.lambda.clone()));
    let lambda = lambda
        .ok_or_else(|| fault::invalid_request("No Lambda rotation function ARN is associated with this secret."))?;
    if !Arn::parse(&lambda).is_some_and(|arn| arn.service == "lambda" && arn.resource.starts_with("function:")) {
        return Err(fault::invalid_parameter("RotationLambdaARN is not the ARN of a Lambda function."));
    }
    if world.surroundings.missing_functions.contains(&lambda) {
        let message = "Secrets Manager cannot invoke the specified Lambda function. Ensure that the function policy \
                       grants access to the principal secretsmanager.amazonaws.com.";
        return Err(AwsError::new("AccessDeniedException", message));
    }
    let rules = rotation_rules.or_else(|| held.map(|held| held.rules.clone())).unwrap_or_default();
    schedule::check(&rules)?;
    let token = match client_request_token {
        Some(token) => token,
        None => world.random().uuid(),
    };
    let secret = world.secrets.find(&name)?;
    let held = secret.rotation.as_ref();
    let pending = secret.with_label(PENDING).map(|(id, _)| id).filter(|id| Some(*id) != secret.current());
    if pending.is_some_and(|id| id != token) {
        return Err(fault::invalid_request("A previous rotation isn't complete. That rotation will be reattempted."));
    }
    let last = held.and_then(|held| held.last);
    let now = world.now();
    let secret = open_for_writing(world, &name)?;
    let mut rotation = Rotation { enabled: true, lambda, rules, last, next: None, opens: None };
    rotation.begin_anew(now);
    secret.rotation = Some(rotation);
    let mut output = json!({"ARN": secret.arn, "Name": secret.name});
    if rotate_immediately.unwrap_or(true) {
        // The same token again is the same rotation.
        if !secret.versions.contains_key(&token) {
            secret.add_pending(&token, now);
        }
        output["VersionId"] = json!(token);
        function::run(world, &name);
    }
    function::schedule(world, &name);
    Ok(output)
}

pub(super) fn cancel_rotate_secret(world: &mut World, input: &Value) -> Outcome {
    let Input { secret_id, .. } = parse(input)?;
    let name = world.secrets.find_writable(&secret_id)?;
    if world.secrets.find(&name)?.rotation.is_none() && !world.readings.is_other(Reading::CancelWithoutRotation) {
        return Err(fault::invalid_request("Rotation was never configured for this secret."));
    }
    let secret = open_for_writing(world, &name)?;
    if let Some(rotation) = &mut secret.rotation {
        rotation.enabled = false;
        (rotation.next, rotation.opens) = (None, None);
    }
    let mut output = json!({"ARN": secret.arn, "Name": secret.name});
    if let Some((id, _)) = secret.with_label(PENDING).filter(|(id, _)| Some(*id) != secret.current()) {
        output["VersionId"] = json!(id);
    }
    Ok(output)
}

/// A label has moved: was that the end of a rotation?
pub(super) fn label_moved(secret: &mut Secret, label: &str, now: Millis) {
    let ended = label == CURRENT && secret.with_label(PENDING).is_some_and(|(id, _)| Some(id) == secret.current());
    if let Some(rotation) = secret.rotation.as_mut().filter(|rotation| ended && rotation.enabled) {
        rotation.last = Some(now);
        rotation.begin_anew(now);
    }
}

impl Rotation {
    /// A rotation, or what counts as one, was at `now`: when is the next?
    pub(super) fn begin_anew(&mut self, now: Millis) {
        let window = next_window(&self.rules, now);
        (self.opens, self.next) = window.map(|Window { opens, closes }| (opens, closes)).unzip();
    }

    /// When a scripted function rotates. A state file of before there were windows has no opening.
    pub(super) fn due(&self) -> Option<Millis> {
        self.opens.or(self.next)
    }

    /// As `DescribeSecret` and `ListSecrets` show it: the number of days is
    /// calculated from a schedule, not given back (facts 3.4).
    pub(super) fn shown(&self) -> Map<String, Value> {
        let Self { enabled, lambda, rules, last, next, opens: _ } = self;
        let days = rules.automatically_after_days.or_else(|| schedule::days(rules));
        let rules = [
            ("AutomaticallyAfterDays", days.map(|days| json!(days))),
            ("ScheduleExpression", rules.schedule_expression.as_ref().map(|text| json!(text))),
            ("Duration", rules.duration.as_ref().map(|text| json!(text))),
        ];
        let rules: Map<String, Value> =
            rules.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect();
        let mut shown = Map::from_iter([
            ("RotationEnabled".to_owned(), json!(enabled)),
            ("RotationLambdaARN".to_owned(), json!(lambda)),
            ("RotationRules".to_owned(), Value::Object(rules)),
        ]);
        if *enabled {
            let dates = [("LastRotatedDate", last), ("NextRotationDate", next)];
            shown.extend(
                dates.into_iter().filter_map(|(name, at)| Some((name.to_owned(), json!(at.as_ref()?.epoch_seconds())))),
            );
        }
        shown
    }
}
