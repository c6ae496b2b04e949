//! Would the tasks start? What the manifests take for granted, held against what was seen of the account.
//!
//! Pure: [`questions`] says what else to look at, [`check`] what is wrong. Roles that the next apply makes or widens are
//! judged as they will be. Knows ECS's words for each failure; makes no call, and never sees a value.

pub mod finding;

mod content;
mod draft;
mod image;
mod key;
mod log_group;
mod network;
mod next;
mod parameter;
mod path;
mod permission;
mod platform;
mod policy;
mod reader;
mod reference;
mod role;
mod secret;
mod startup;
mod words;

use std::collections::BTreeSet;

use crate::model::desired::Desired;
use crate::model::observed::Observed;
use crate::model::survey::{Question, Surveyed};
use crate::plan::step::Plan;
use draft::Draft;
use finding::Report;

/// All that is known.
#[derive(Clone, Copy)]
pub struct Inquiry<'a> {
    /// The manifests.
    pub desired: &'a Desired,
    /// What evenkeel manages, as it is.
    pub observed: &'a Observed,
    /// What the next apply would do.
    pub plan: &'a Plan,
    /// Everything else that was looked at so far.
    pub surveyed: &'a Surveyed,
    /// May values be looked at?
    pub values: bool,
}

/// What is wrong, and what was not found out.
pub fn check(inquiry: Inquiry<'_>) -> Report {
    weigh(inquiry).finish()
}

/// What else to look at; answers may lead to further questions.
pub fn questions(inquiry: Inquiry<'_>) -> BTreeSet<Question> {
    weigh(inquiry).questions()
}

fn weigh(inquiry: Inquiry<'_>) -> Draft<'_> {
    let mut draft = Draft::new(inquiry);
    for startup in startup::all(inquiry) {
        for reference in &startup.references {
            draft.hide(reference.written());
        }
        startup.note(&mut draft);
        secret::check(&mut draft, &startup);
        content::check(&mut draft, &startup);
        parameter::check(&mut draft, &startup);
        image::check(&mut draft, &startup);
        log_group::check(&mut draft, &startup);
        let role = role::check(&mut draft, &startup);
        if let Some(role) = role {
            permission::check(&mut draft, &startup, &role);
        }
        for service in &startup.services {
            network::check(&mut draft, &startup, service);
            platform::check(&mut draft, &startup, service);
        }
    }
    draft
}
