//! The seams: how the world is read and changed. Knows no SDK; `aws` implements it, tests may too.

pub mod clock;
pub mod execution;
pub mod fault;

use crate::model::arn::Arn;
use crate::model::desired::Desired;
use crate::model::observed::Observed;
use crate::plan::action::Action;
use fault::Fault;

pub use execution::{Execution, Outcome};

/// Reads the world. All that `diff` is ever given.
pub trait Observe {
    /// Looks at everything that the manifests name. Never fails: what cannot be read is part of the answer.
    fn observe(&self, desired: &Desired) -> impl Future<Output = Observed> + Send;
}

/// Changes the world, one call at a time.
pub trait Apply {
    /// Makes one call and leaves its mark.
    fn apply(&self, action: &Action<Arn>) -> impl Future<Output = Result<Receipt, Fault>> + Send;
}

/// What a call yields.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Receipt {
    /// The ARN of what was made, where the call makes something.
    pub arn: Option<Arn>,
    /// AWS's id of the request, for its support.
    pub request_id: Option<String>,
}
