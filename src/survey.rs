//! Asks the account until a preflight has no questions left. Decides nothing: [`preflight`](crate::preflight) says what to
//! ask, and what the answers mean.

use crate::cloud::Survey;
use crate::model::desired::Desired;
use crate::model::observed::Observed;
use crate::model::survey::Surveyed;
use crate::plan::step::Plan;
use crate::preflight::{Inquiry, questions};

/// Answers lead to others at most this often: subnet, VPC, security groups of its endpoints; secret, policies, key, permission.
const ROUNDS: usize = 8;

/// Everything that a preflight wants to know.
pub async fn survey<C: Survey>(
    desired: &Desired,
    observed: &Observed,
    plan: &Plan,
    values: bool,
    cloud: &C,
) -> Surveyed {
    let mut surveyed = Surveyed::default();
    for _ in 0..ROUNDS {
        let asked = questions(Inquiry { desired, observed, plan, surveyed: &surveyed, values });
        if asked.is_empty() {
            break;
        }
        for (question, answer) in cloud.survey(&asked).await {
            surveyed.insert(question, answer);
        }
    }
    surveyed
}
