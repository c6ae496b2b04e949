//! The daemon on the sandbox, in virtual time: its source is a folder.

mod accidents;
mod asking;
mod audit;
mod board;
mod closer;
mod converging;
mod drift;
mod ending;
mod failing;
mod filling;
mod hearing;
mod identity;
mod intervals;
mod logs;
mod missing;
mod order;
mod passwords;
mod port;
mod program;
mod reloading;
mod remembering;
mod rollouts;
mod running;
mod secrets;
#[cfg(feature = "otlp")]
mod traces;
mod two;
mod unpruned;
mod unwanted;
mod values;
