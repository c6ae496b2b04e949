//! What is made of what was seen: the causes of failures, from the words that ECS has for them.

mod causes;
mod conditions;
pub(crate) mod document;
mod failures;
#[cfg(all(feature = "aws", feature = "sandbox"))]
mod live;
mod looks;
mod rollouts;
#[cfg(all(feature = "aws", feature = "sandbox"))]
mod rotations;
mod unwanted;
