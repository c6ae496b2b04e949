//! The sandbox behind a loopback port: the real program, and clients that we did not write. Needs `.venv`, which
//! `make test` installs.

mod chaos;
mod conditions;
mod end;
mod limits;
mod not_offered;
pub(crate) mod program;
mod readings;
mod walk;
