//! What tests share: a laboratory on the sandbox, faults on the wire, and the search for leaks.

#[cfg(feature = "aws")]
pub(crate) mod door;
#[cfg(feature = "aws")]
pub(crate) mod folder;
#[cfg(feature = "sandbox")]
pub(crate) mod lab;
pub(crate) mod leaks;
#[cfg(feature = "aws")]
pub(crate) mod program;
#[cfg(feature = "sandbox")]
pub(crate) mod query;
#[cfg(feature = "aws")]
pub(crate) mod values;
#[cfg(feature = "sandbox")]
pub(crate) mod world;
