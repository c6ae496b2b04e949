//! Plans, outcomes and the status as text, JSON and Markdown. Knows no terminal and prints nothing: it returns text.

mod asked;
pub mod counted;
pub mod explain;
pub mod json;
pub mod left;
pub mod markdown;
pub mod preflight;
pub mod region;
pub mod rollouts;
pub mod style;
pub mod summary;
pub mod table;
pub mod text;
pub mod told;
pub mod tree;

mod ago;
mod block;
mod fields;
mod inside;
mod layout;
mod of_kind;
mod row;
mod sheet;
mod value;
mod words;

pub use row::{clean, clean_lines};
