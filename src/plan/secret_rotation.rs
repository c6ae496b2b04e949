//! Rotation of a secret: turned on, changed, turned off. Never touched while one is under way.

use super::action::Call;
use super::draft::Draft;
use super::held::Because;
use super::secret::Subject;
use super::secret_steps::{NewCall, Part};
use super::step::{Change, Shown};
use crate::model::arn::Arn;
use crate::model::path::Path;
use crate::model::secret_rotation::{ObservedRotation, Rotation, RotationSettings, Schedule, Window};
use crate::model::tags::{APPLIED, Digest};

/// What is to be done about rotation.
pub(super) fn part(draft: &Draft<'_>, subject: &Subject<'_>) -> Part {
    let Subject { target, secret, live, .. } = subject;
    let has = live.rotation.as_ref().filter(|rotation| rotation.enabled);
    let wanted = match &secret.rotation {
        None => return Part::Same,
        Some(Rotation::Off) if has.is_none() => return Part::Same,
        Some(Rotation::Off) => None,
        Some(Rotation::On(settings)) => Some(settings),
    };
    let change = |member: &str, before: Option<&str>, after: Option<&str>| {
        let shown = |text: &str| Shown::Value(text.into());
        let path = Path::of("rotation").member(member);
        (before != after).then(|| draft.change(target, path, before.map(shown), after.map(shown)))
    };
    let lambda = has.and_then(|has| has.lambda_arn.as_ref());
    let schedule = has.and_then(|has| has.schedule.as_ref());
    let window = has.and_then(|has| has.window);
    // What is not managed stays as it is, where rotation stays on.
    let after = wanted.map(|wanted| wanted.window.or(window));
    let [was, will] = [window, after.flatten()].map(|window| window.as_ref().map(Window::to_string));
    let changes: Vec<Change> = [
        change("lambdaArn", lambda.map(Arn::as_str), wanted.map(|wanted| wanted.lambda_arn.as_str())),
        change("schedule", schedule.map(Schedule::as_str), wanted.map(|wanted| wanted.schedule.as_str())),
        change("window", was.as_deref(), will.as_deref()),
    ]
    .into_iter()
    .flatten()
    .collect();
    if changes.is_empty() {
        return Part::Same;
    }
    if let Some(partner) = &live.partner {
        let why = format!("{partner} and Secrets Manager rotate it without a function: remove `rotation`");
        return Part::Held(Because::Unsupported(why), changes);
    }
    if has.is_some_and(|has| has.lambda_arn.is_none()) {
        let why = "another service rotates it, without a function: remove `rotation`".to_owned();
        return Part::Held(Because::Unsupported(why), changes);
    }
    if live.is_rotating() {
        return Part::Held(Because::RotationInProgress, changes);
    }
    let secret = live.arn.clone();
    let call = match wanted {
        None => Call::CancelRotateSecret { secret },
        Some(settings) => {
            let RotationSettings { lambda_arn, schedule, window: _, rotate_immediately } = settings;
            Call::RotateSecret {
                secret,
                lambda: lambda_arn.clone(),
                schedule: schedule.clone(),
                window: after.flatten(),
                immediately: *rotate_immediately,
                token: token(subject, has, settings),
            }
        }
    };
    Part::Calls(vec![NewCall::new(call, changes)])
}

/// One for every time that these settings take the place of those: a repeated call makes no second version, and settings
/// that come back later make a new one.
fn token(subject: &Subject<'_>, has: Option<&ObservedRotation>, settings: &RotationSettings) -> String {
    let Subject { live, .. } = subject;
    let RotationSettings { lambda_arn, schedule, window, rotate_immediately } = settings;
    let state = (has, live.tags.get(APPLIED), &live.stages);
    let digest = Digest::of(&("RotateSecret", &live.arn, state, (lambda_arn, schedule, window, rotate_immediately)));
    digest.as_str().to_owned()
}
