//! The daemon on the sandbox, in virtual time: its source is a folder.

mod converging;
mod failing;
mod running;
mod secrets;
mod two;
