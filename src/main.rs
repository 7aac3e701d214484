//! Arguments in, exit code out.

use std::process::ExitCode;

fn main() -> ExitCode {
    drsim::cli::run(std::env::args_os())
}
