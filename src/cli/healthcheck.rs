//! `healthcheck`: asks a daemon whether it is well, for a container's health check. Needs no other program in the image.

use std::io::{Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream, ToSocketAddrs as _};
use std::time::Duration;

use super::CliError;
use super::args::HealthcheckArgs;
use super::exit::Exit;
use super::out::Out;
use crate::daemon::http::DEFAULT;

/// ECS gives a health check 5 seconds unless it is told otherwise.
const PATIENCE: Duration = Duration::from_secs(4);

/// More than any answer's first line.
const ENOUGH: u64 = 1024;

pub(super) fn healthcheck(args: &HealthcheckArgs, out: Out) -> Result<Exit, CliError> {
    let url = match &args.url {
        Some(url) => url.clone(),
        None => own(args.config.resolve()?.http.listen.as_deref().unwrap_or(DEFAULT))?,
    };
    let (host, path) = parts(&url).ok_or_else(|| CliError::Setting(format!("`{url}` is no http://HOST:PORT/PATH")))?;
    match ask(host, path) {
        Ok(line) if line.split(' ').nth(1) == Some("200") => Ok(Exit::Yes),
        Ok(line) => {
            out.say(&format!("{url} answers {line}"));
            Ok(Exit::No)
        }
        Err(error) => {
            out.say(&format!("{url} does not answer: {error}"));
            Ok(Exit::No)
        }
    }
}

/// Where the daemon of this machine listens that listens there.
fn own(listen: &str) -> Result<String, CliError> {
    let mut address = super::run::address(listen)?;
    if address.ip().is_unspecified() {
        address.set_ip(if address.is_ipv4() {
            IpAddr::V4(Ipv4Addr::LOCALHOST)
        } else {
            IpAddr::V6(Ipv6Addr::LOCALHOST)
        });
    }
    Ok(format!("http://{address}/livez"))
}

fn parts(url: &str) -> Option<(&str, &str)> {
    let rest = url.strip_prefix("http://")?;
    let (host, path) = rest.find('/').map_or((rest, "/"), |at| rest.split_at(at));
    let plain = |text: &str| text.chars().all(|c| c.is_ascii_graphic());
    (!host.is_empty() && plain(host) && plain(path)).then_some((host, path))
}

/// The first line of the answer.
fn ask(host: &str, path: &str) -> std::io::Result<String> {
    let with_port =
        if host.rsplit(']').next().is_some_and(|end| end.contains(':')) { host } else { &format!("{host}:80") };
    let addresses: Vec<SocketAddr> = with_port.to_socket_addrs()?.collect();
    let first = addresses.first().ok_or(std::io::ErrorKind::NotFound)?;
    let mut stream = TcpStream::connect_timeout(first, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    write!(stream, "GET {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n")?;
    let mut answer = Vec::new();
    stream.take(ENOUGH).read_to_end(&mut answer)?;
    Ok(String::from_utf8_lossy(&answer).lines().next().unwrap_or_default().to_owned())
}
