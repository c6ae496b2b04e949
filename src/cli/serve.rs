//! `sandbox`: serves a sandbox on a loopback port until someone stops it, then saves it.

use super::CliError;
use super::args::{Common, SandboxArgs};
use super::exit::Exit;
use super::out::Out;
use super::sandbox::{ACCOUNT, REGION, bad_day, clock_of, put_under, read_as, resumed, world};
use super::stop::asked_to_stop;
use super::world::now;
use crate::cloud::clock::Clock;
use crate::sandbox::{Millis, Sandbox, Socket};

pub(super) async fn serve(args: SandboxArgs, common: &Common, out: Out) -> Result<Exit, CliError> {
    let SandboxArgs { listen, state_file } = args;
    let speed = common.speed.unwrap_or(1);
    let socket = Socket::bind(listen).await.map_err(CliError::Socket)?;
    let (clock, sandbox) = if let Some(path) = &state_file {
        resumed(path, speed)?
    } else {
        let clock = Clock::starting_at(now(), speed);
        (clock, Sandbox::new(world(Millis(clock.now().as_millis())), clock_of(clock)))
    };
    read_as(&sandbox, &common.readings, out).map_err(CliError::Sandbox)?;
    put_under(&sandbox, &common.conditions, out)?;
    let url = format!("http://{}", socket.address());
    // Some clients of SQS go where the URL of a queue leads.
    sandbox.with_world(|world| world.sqs.front = Some(url.clone()));
    // Whoever reads where it listens may end it.
    let asked = asked_to_stop()?;
    Out::data(&exports(&url));
    let kept = state_file.as_ref().map_or_else(
        || "in memory alone: it is gone at the end".to_owned(),
        |path| format!("kept in {}", path.display()),
    );
    out.say(&format!("a sandbox of account {ACCOUNT} in {REGION} listens on {url}, {kept}; Ctrl-C ends it"));
    let door = sandbox.http_client();
    match common.chaos {
        Some(chaos) => socket.serve(bad_day(&sandbox, clock, chaos, out).before(door), asked).await,
        None => socket.serve(door, asked).await,
    }
    match &state_file {
        Some(path) => {
            sandbox.save().map_err(CliError::Sandbox)?;
            out.say(&format!("saved in {}", path.display()));
        }
        None => out.say("the sandbox is gone"),
    }
    Ok(Exit::Yes)
}

/// What a shell has to know, in its own words. The credentials are asked for by clients and looked at by nobody.
fn exports(url: &str) -> String {
    format!(
        "export AWS_ENDPOINT_URL={url}\nexport AWS_REGION={REGION} AWS_DEFAULT_REGION={REGION}\n\
         export AWS_ACCESS_KEY_ID=sandbox AWS_SECRET_ACCESS_KEY=sandbox\n"
    )
}
