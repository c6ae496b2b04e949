//! STS: who is calling. The sandbox checks no signature; everyone is the
//! same principal of its account.
//!
//! Ledger: W4.

use serde_json::{Value, json};

use super::dispatch::{Operation, reads};
use super::wire::Outcome;
use super::world::World;

pub(crate) const OPERATIONS: &[Operation] = &[reads("GetCallerIdentity", get_caller_identity)];

#[expect(clippy::unnecessary_wraps, reason = "every operation has this form")]
fn get_caller_identity(world: &mut World, _input: &Value) -> Outcome {
    Ok(json!({
        "Account": world.place().account,
        "Arn": world.caller_arn(),
        "UserId": "AROASANDBOXSANDBOX000:sandbox",
    }))
}
