//! How plans look: in every width and colour, as text, Markdown and JSON. The plans are those of `tests/cases`.

mod json;
pub(crate) mod kinds;
mod markdown;
mod status;
mod told;
mod width;

use std::path::PathBuf;

use evenkeel::plan::step::Plan;
use evenkeel::render::style::Style;
use evenkeel::render::summary::Summary;
use evenkeel::render::text;

use crate::cases::{CASES, Case};

/// Plans with something of everything.
const RICH: [&str; 6] =
    ["create-all", "text-inside", "list-elements", "role-widen-and-narrow", "service-drift", "wave-waits"];

fn case(name: &str) -> &'static Case {
    CASES.iter().find(|case| case.name == name).unwrap_or_else(|| panic!("there is no case {name}"))
}

fn shown(case: &Case, style: Style) -> String {
    let Case { desired, look, plan, .. } = case;
    text::plan(plan, &Summary::of(desired, plan), &look.observed.scope, style)
}

fn golden(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/render").join(name)
}

fn held(plan: &Plan) -> impl Iterator<Item = &'static str> {
    plan.held().iter().map(|held| held.because.name())
}
