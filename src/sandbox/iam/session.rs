//! A role in somebody's hands: what is true of all its requests, and AWS's
//! words when it may not do something.

use super::evaluate::{Context, Denial};
use super::role::Role;
use crate::sandbox::clock::Millis;
use crate::sandbox::place::Place;

/// What is true of every request that a role makes at `now`.
pub(crate) fn context_of(place: &Place, role: Option<&Role>, now: Millis) -> Context {
    let mut context = Context::from([
        ("aws:currenttime".to_owned(), vec![now.to_string()]),
        ("aws:epochtime".to_owned(), vec![(now.0 / 1000).to_string()]),
        ("aws:principalaccount".to_owned(), vec![place.account.clone()]),
        ("aws:requestedregion".to_owned(), vec![place.region.clone()]),
        ("aws:securetransport".to_owned(), vec!["true".to_owned()]),
        ("aws:viaawsservice".to_owned(), vec!["false".to_owned()]),
    ]);
    if let Some(role) = role {
        context.insert("aws:principalarn".to_owned(), vec![role.arn.clone()]);
        let tags = role.tags.iter();
        context.extend(
            tags.map(|(key, value)| (format!("aws:principaltag/{}", key.to_ascii_lowercase()), vec![value.clone()])),
        );
    }
    context
}

/// The session's ARN.
pub(crate) fn session_arn(place: &Place, role: &str, session: &str) -> String {
    place.global_arn("sts", &format!("assumed-role/{role}/{session}"))
}

/// What AWS says to a session that may not do something ([I11]).
pub(crate) fn refusal(session_arn: &str, action: &str, resource: &str, denial: Denial) -> String {
    let because = denial.because(action);
    format!("User: {session_arn} is not authorized to perform: {action} on resource: {resource} {because}")
}
