//! Is the value text, and does it have the JSON key? Only where values may be looked at; without that it is left open.

use std::collections::BTreeSet;

use super::draft::{Because, Draft, Known};
use super::finding::{Code, Site};
use super::reference::{Reference, Wanted};
use super::startup::Startup;
use super::{next, words};
use crate::model::id::Stage;
use crate::model::secret::ObservedSecret;
use crate::model::survey::{Content, Member, Question, Reading};

/// What the secret of a private registry has.
const CREDENTIALS: [&str; 2] = ["username", "password"];

pub(super) fn check<'a>(draft: &mut Draft<'a>, startup: &Startup<'a>) {
    for (Reference { site, is_registry, .. }, wanted) in startup.secrets() {
        let is_registry = *is_registry;
        let what = match &wanted.key {
            Some(key) => format!("the JSON key `{key}` of {}", wanted.shown()),
            None if is_registry => format!("user name and password in {}", wanted.shown()),
            None => format!("whether {} is text", wanted.shown()),
        };
        let Known::There(next) = next::of(draft, site, wanted) else { continue };
        if next.is_written(wanted) {
            to_be_written(draft, site, wanted, &what, is_registry);
            continue;
        }
        // What is missing altogether is said elsewhere.
        let Some(version) = next.version(wanted).filter(|_| next.secret.deleted.is_none()) else { continue };
        if next.is_restored() {
            draft.unsure(site, &what, "the next apply takes the deletion of the secret back");
            continue;
        }
        if !draft.inquiry.values {
            draft.unsure(site, &what, "no value is read without --values");
            continue;
        }
        let keys: BTreeSet<String> = match (&wanted.key, is_registry) {
            (_, true) => CREDENTIALS.map(str::to_owned).into(),
            (key, false) => key.iter().cloned().collect(),
        };
        // A version that the next apply gives another label is read as what it is now.
        let has_label = |stage: &Stage| next.live.as_ref().and_then(|live| live.stages.get(stage)) == Some(version);
        let stays = wanted.version.is_none() && has_label(&wanted.stage.clone().unwrap_or_else(Stage::current));
        let stage = wanted.stage.as_ref().filter(|_| stays).map(Stage::to_string);
        let version = (!stays).then(|| version.clone());
        let reading = Reading { secret: next.secret.arn.clone(), stage, version, keys };
        let question = Question::Content(reading.clone());
        if let Known::There(content) = draft.look(site, &what, question, |seen| seen.content(&reading)) {
            judge(draft, site, wanted, &next.secret, content, is_registry);
        }
    }
}

/// What the next apply writes is text, and has the keys that its manifests show: that a wanted one is among those was looked
/// at with them.
fn to_be_written(draft: &mut Draft<'_>, site: &Site, wanted: &Wanted, what: &str, is_registry: bool) {
    let secret = wanted.manifest.as_ref().and_then(|name| draft.inquiry.desired.secrets.get(name));
    let keys = secret.and_then(|secret| secret.value.as_ref()?.keys());
    let known = match keys {
        Some(keys) => !is_registry || CREDENTIALS.iter().all(|key| keys.contains(*key)),
        None => wanted.key.is_none() && !is_registry,
    };
    if !known {
        draft.unsure(site, what, "the next apply writes another value");
    }
}

fn judge(
    draft: &mut Draft<'_>,
    site: &Site,
    wanted: &Wanted,
    live: &ObservedSecret,
    content: &Content,
    is_registry: bool,
) {
    let (code, because) = match (content, &wanted.key) {
        (Content::Object(members), _) if is_registry => {
            if CREDENTIALS.iter().all(|key| members.get(*key) == Some(&Member::Text)) {
                return;
            }
            (Code::RegistryCredentials, no_credentials(wanted, live))
        }
        (_, _) if is_registry => (Code::RegistryCredentials, no_credentials(wanted, live)),
        (Content::Binary, key) => {
            // The agent takes the text of the answer, which there is none of: only a key of it is missed (K105).
            let (code, ecs) = match key {
                Some(key) => (Code::SecretBinary, words::key(key)),
                None => (Code::SecretEmpty, "no error: the container gets an empty value".to_owned()),
            };
            let message = format!("the value of {} is binary, which ECS does not inject", wanted.shown());
            let help = "store it as text (SecretString)".to_owned();
            (code, Because { message, ecs, help })
        }
        (Content::Text | Content::Object(_), None) => return,
        (Content::Text, Some(key)) => {
            let message = format!("the value of {} is no JSON object, so it has no key `{key}`", wanted.shown());
            let help = "store a JSON object, or take the key out of the reference".to_owned();
            (Code::NotJson, Because { message, ecs: words::key(key), help })
        }
        (Content::Object(members), Some(key)) => match members.get(key) {
            Some(Member::Text) => return,
            Some(Member::Other) => {
                let message = format!("what stands under the JSON key `{key}` of {} is no text", wanted.shown());
                let ecs =
                    "no error: the container gets it as Go prints it, for example 1e+06 for a large number".to_owned();
                let help = "write it as a text, in quotes".to_owned();
                (Code::JsonKeyNotText, Because { message, ecs, help })
            }
            Some(Member::Missing) | None => {
                let message = format!("the value of {} has no JSON key `{key}`", wanted.shown());
                let help =
                    "correct the key, or add it to the value; only keys at the outermost level are found".to_owned();
                (Code::JsonKeyMissing, Because { message, ecs: words::key(key), help })
            }
        },
    };
    draft.find(site, code, false, because);
}

fn no_credentials(wanted: &Wanted, live: &ObservedSecret) -> Because {
    Because {
        message: format!("{} does not hold a JSON object with `username` and `password`", wanted.shown()),
        ecs: format!(
            "{} execution resource retrieval failed: unable to retrieve private registry auth from asm: the secret {} does \
             not hold a username and a password",
            words::PULLING,
            live.arn
        ),
        help: r#"store {"username": "…", "password": "…"}"#.to_owned(),
    }
}
