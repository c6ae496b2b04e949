//! The daemon: keeps AWS at what its source says, day and night.

pub mod source;
