//! Plans and outcomes as text, JSON and Markdown. Knows no terminal and prints nothing: it returns text.

pub mod json;
pub mod markdown;
pub mod region;
pub mod rollouts;
pub mod style;
pub mod summary;
pub mod text;

mod block;
mod fields;
mod inside;
mod layout;
mod row;
mod value;
mod words;
