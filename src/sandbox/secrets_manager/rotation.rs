//! `RotateSecret` and `CancelRotateSecret`: settings, dates and the pending version.
//!
//! A rotation makes its AWSPENDING version and waits for somebody to do what a
//! function does: put a value under that id, and move AWSCURRENT to it. What
//! scripted functions do is in `function`.
//!
//! Ledger: S32, S33, S34, S35, S36.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::secret::{CURRENT, PENDING, Secret};
use super::{fault, function, open_for_writing};
use crate::sandbox::clock::Millis;
use crate::sandbox::place::Arn;
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
    /// When the next one is due at the latest; unknown for `cron`.
    pub next: Option<Millis>,
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

const HOUR: Duration = Duration::from_hours(1);

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
    check(&rules)?;
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
    let next = next_of(&rules, now);
    let secret = open_for_writing(world, &name)?;
    secret.rotation = Some(Rotation { enabled: true, lambda, rules, last, next });
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
    if world.secrets.find(&name)?.rotation.is_none() {
        return Err(fault::invalid_request("Rotation was never configured for this secret."));
    }
    let secret = open_for_writing(world, &name)?;
    if let Some(rotation) = &mut secret.rotation {
        rotation.enabled = false;
        rotation.next = None;
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
        rotation.next = next_of(&rotation.rules, now);
    }
}

impl Rotation {
    /// As `DescribeSecret` and `ListSecrets` show it: the number of days is
    /// calculated from a schedule, not given back (facts 3.4).
    pub(super) fn shown(&self) -> Map<String, Value> {
        let Self { enabled, lambda, rules, last, next } = self;
        let days = rules.automatically_after_days.or_else(|| {
            let hours = every(rules)?.as_secs() / HOUR.as_secs();
            u32::try_from(hours.div_ceil(24)).ok()
        });
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

fn check(rules: &Rules) -> Result<(), AwsError> {
    let Rules { automatically_after_days, schedule_expression, duration } = rules;
    let wrong = |why: &str| Err(fault::invalid_parameter(why));
    let hours = match (automatically_after_days, schedule_expression) {
        (Some(_), Some(_)) => {
            return wrong("You can't specify both AutomaticallyAfterDays and ScheduleExpression.");
        }
        (None, Some(text)) => match rate(text) {
            Some((count, unit)) if unit.starts_with("hour") => Some(count),
            Some((count, _)) if count == 0 || count > 999 => return wrong("Invalid ScheduleExpression."),
            Some(_) => None,
            None if is_cron(text) => None,
            None => return wrong("Invalid ScheduleExpression."),
        },
        (_, None) => None,
    };
    if hours.is_some_and(|hours| hours < 4) {
        return wrong("The rotation rate must be at least 4 hours.");
    }
    let window: Option<u32> = duration.as_ref().and_then(|text| text.strip_suffix('h')?.parse().ok());
    if window.is_some_and(|window| window == 0 || window > hours.unwrap_or(24).min(24)) {
        return wrong("The rotation window must not extend into the next one.");
    }
    Ok(())
}

fn is_cron(text: &str) -> bool {
    let fields = text.strip_prefix("cron(").and_then(|rest| rest.strip_suffix(')'));
    let fields: Vec<&str> = fields.map(|fields| fields.split(' ').collect()).unwrap_or_default();
    fields.len() == 6 && fields[0] == "0" && fields[5] == "*"
}

fn rate(text: &str) -> Option<(u32, &str)> {
    let (count, unit) = text.strip_prefix("rate(")?.strip_suffix(')')?.split_once(' ')?;
    ["hour", "hours", "day", "days"].contains(&unit).then_some((count.parse().ok()?, unit))
}

/// When the next rotation is due after one at `now`.
pub(super) fn next_of(rules: &Rules, now: Millis) -> Option<Millis> {
    every(rules).map(|period| now + period)
}

/// How long from one rotation to the next.
fn every(rules: &Rules) -> Option<Duration> {
    let (count, unit) = match (&rules.schedule_expression, rules.automatically_after_days) {
        (Some(text), _) => rate(text)?,
        (None, days) => (days?, "days"),
    };
    Some(HOUR * if unit.starts_with("hour") { count } else { count * 24 })
}
