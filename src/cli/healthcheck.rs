//! `healthcheck`: asks a daemon whether it is well, for a container's health check. Needs no other program in the image.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs as _};
use std::time::Duration;

use super::CliError;
use super::args::HealthcheckArgs;
use super::exit::Exit;
use super::get::{Answer, Get};
use super::out::Out;

/// ECS gives a health check 5 seconds unless it is told otherwise.
const PATIENCE: Duration = Duration::from_secs(4);

/// More than any answer's first line.
const ENOUGH: u64 = 1024;

pub(super) fn healthcheck(args: &HealthcheckArgs, out: Out) -> Result<Exit, CliError> {
    let url = match &args.url {
        Some(url) => url.clone(),
        None => own(super::run::address(&args.config.resolve()?)?),
    };
    let (host, path) = parts(&url).ok_or_else(|| CliError::Setting(format!("`{url}` is no http://HOST:PORT/PATH")))?;
    match ask(host, path) {
        Ok(answer) if answer.is_good() => Ok(Exit::Yes),
        Ok(answer) => {
            out.say(&format!("{url} answers {}", answer.line));
            Ok(Exit::No)
        }
        Err(error) => {
            out.say(&format!("{url} does not answer: {error}"));
            Ok(Exit::No)
        }
    }
}

/// Where the daemon of this machine listens that listens there.
fn own(mut address: SocketAddr) -> String {
    if address.ip().is_unspecified() {
        address.set_ip(if address.is_ipv4() {
            IpAddr::V4(Ipv4Addr::LOCALHOST)
        } else {
            IpAddr::V6(Ipv6Addr::LOCALHOST)
        });
    }
    format!("http://{address}/livez")
}

fn parts(url: &str) -> Option<(&str, &str)> {
    let rest = url.strip_prefix("http://")?;
    let (host, path) = rest.find('/').map_or((rest, "/"), |at| rest.split_at(at));
    let plain = |text: &str| text.chars().all(|c| c.is_ascii_graphic());
    (!host.is_empty() && plain(host) && plain(path)).then_some((host, path))
}

fn ask(host: &str, path: &str) -> std::io::Result<Answer> {
    let with_port =
        if host.rsplit(']').next().is_some_and(|end| end.contains(':')) { host } else { &format!("{host}:80") };
    first_of(&with_port.to_socket_addrs()?.collect::<Vec<_>>(), host, path)
}

/// What the first of the addresses says at which something answers: a name may stand for more than the daemon listens at.
fn first_of(addresses: &[SocketAddr], host: &str, path: &str) -> std::io::Result<Answer> {
    let shares = u32::try_from(addresses.len()).unwrap_or(u32::MAX).max(1);
    let mut said = Err(std::io::ErrorKind::NotFound.into());
    for address in addresses {
        said = Get { address: *address, host, path, patience: PATIENCE / shares, largest: ENOUGH }.send();
        if said.is_ok() {
            break;
        }
    }
    said
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead as _, BufReader, Write as _};
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn where_nothing_answers_at_the_first_address_of_a_name_the_next_is_asked() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let deaf = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let server = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            // To its end: to close before all is read is to reset the connection.
            let request = BufReader::new(stream.try_clone().unwrap()).lines().map_while(Result::ok);
            assert!(request.take_while(|line| !line.is_empty()).count() > 0);
            stream.write_all(b"HTTP/1.0 200 OK\r\n\r\n").unwrap();
        });
        assert!(first_of(&[deaf, address], "localhost", "/livez").unwrap().is_good());
        server.join().unwrap();
        assert!(first_of(&[deaf], "localhost", "/livez").is_err());
        assert!(first_of(&[], "localhost", "/livez").is_err());
    }
}
