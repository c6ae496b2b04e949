//! The program: parse, run, say how it went.

use std::process::ExitCode;

fn main() -> ExitCode {
    evenkeel::cli::main()
}
