//! `check --aws` against set-ups that fail at deployment, and against healthy ones: data in `tests/preflight`.
//!
//! Each broken one is looked at first, and must be found; then it is deployed, and must fail with ECS's own words. A healthy
//! one must be without a finding, and run. Of a set-up of which nobody can tell, that is told, and nothing is found.

mod answers;
mod capacity;
mod case;
mod copies;
mod deployment;
mod derived;
mod held;
mod hidden;
mod organization;
mod owned;
mod setting;
mod unreadable;
mod verdicts;

use evenkeel::cloud::Observe as _;
use evenkeel::model::desired::Desired;
use evenkeel::preflight::finding::Report;
use evenkeel::preflight::{Inquiry, check};
use evenkeel::survey::survey;

use crate::support::lab::Lab;
use crate::support::leaks::assert_clean;

/// What `check --aws` finds.
async fn preflight(lab: &Lab, desired: &Desired, values: bool) -> Report {
    let observed = lab.aws.observe(desired).await;
    let plan = evenkeel::plan::plan(desired, &observed);
    let surveyed = survey(desired, &observed, &plan, values, &lab.aws).await;
    assert_clean("what was surveyed", &format!("{surveyed:?}"));
    let report = check(Inquiry { desired, observed: &observed, plan: &plan, surveyed: &surveyed, values });
    assert_clean("the report", &format!("{report:?}"));
    report
}
