//! Plans and outcomes as text and JSON. Knows no terminal and prints nothing: it returns text.

pub mod json;
pub mod style;
pub mod summary;
pub mod text;

mod value;
