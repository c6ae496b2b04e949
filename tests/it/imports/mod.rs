//! `init` and `adopt`: services that someone else made, imported so that nothing differs, and taken over by tags alone.
//!
//! `tests/import` has a file for each: raw requests as the AWS CLI takes them, and beside it the manifests that become of it.

mod adopting;
mod corpus;
mod folders;
mod moto;
mod program;
mod sandbox;
mod served;
mod values;
mod written;

pub(crate) use sandbox::{call, furnish_for_the_guide};
