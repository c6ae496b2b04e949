//! The daemon on the sandbox, in virtual time: its source is a folder.

mod board;
mod converging;
mod ending;
mod failing;
mod hearing;
mod passwords;
mod identity;
mod program;
mod running;
mod secrets;
mod two;
