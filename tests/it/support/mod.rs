//! What tests share: a laboratory on the sandbox, faults on the wire, the search for leaks, and looks to report on.

#[cfg(feature = "aws")]
pub(crate) mod door;
#[cfg(feature = "aws")]
pub(crate) mod folder;
#[cfg(all(feature = "aws", feature = "sandbox"))]
pub(crate) mod lab;
#[cfg(feature = "aws")]
pub(crate) mod leaks;
#[cfg(feature = "aws")]
pub(crate) mod program;
#[cfg(all(feature = "aws", feature = "sandbox"))]
pub(crate) mod query;
#[cfg(feature = "aws")]
pub(crate) mod values;
#[cfg(all(feature = "aws", feature = "sandbox"))]
pub(crate) mod world;

use evenkeel::cloud::Closer;
use evenkeel::model::desired::Desired;
use evenkeel::model::observed::Observed;
use evenkeel::plan::step::Plan;
use evenkeel::status::report::Pass;

/// A look at everything, of which nothing was carried out.
pub(crate) fn looked<'a>(desired: &'a Desired, observed: &'a Observed, plan: &'a Plan, closer: &'a Closer) -> Pass<'a> {
    Pass { desired, observed, plan, execution: None, full: true, closer }
}
