//! Addresses of repositories: which may be fetched from, and how a token is tied to one server.

use std::fmt;

use crate::cloud::host;
use crate::model::credential;

/// `https://…`, `ssh://…`, `user@host:path`; `http://…` on loopback alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    text: String,
    scheme: Scheme,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scheme {
    Https,
    Http,
    Ssh,
}

/// Why an address is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// A secret would stand in the configuration, in Git's arguments and in its messages.
    #[error(
        "a credential in the address would be seen by everyone: use source.git.auth (an `@` of the path is written %40 behind https:// and ssh://)"
    )]
    Credential,
    /// Anyone on the way could change the manifests, and read the token.
    #[error("http:// is only taken on loopback: use https://")]
    PlainText,
    /// Anything else, `file://` and Git's own helpers included.
    #[error("the address of a repository begins with https:// or ssh://, or is user@host:path")]
    Unknown,
}

impl Address {
    /// Reads an address.
    ///
    /// # Errors
    /// One that is not taken.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        if text.chars().any(|c| c.is_whitespace() || c.is_control()) || text.contains("::") {
            return Err(AddressError::Unknown);
        }
        let scheme = match text.split_once("://") {
            Some(("https", _)) => Scheme::Https,
            Some(("http", _)) => Scheme::Http,
            Some(("ssh", _)) => Scheme::Ssh,
            Some(_) => return Err(AddressError::Unknown),
            // `host:path`, where Git would take a slash before the colon for a path of this machine.
            None => match text.split_once(':') {
                Some((host, path)) if !host.contains('/') && !path.is_empty() && !host.is_empty() => Scheme::Ssh,
                _ => return Err(AddressError::Unknown),
            },
        };
        let after = text.split_once("://").map_or(text, |(_, after)| after);
        let authority = after.split('/').next().unwrap_or_default();
        let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
        // Git and ssh would take a leading dash for an option.
        if host.is_empty() || host.starts_with('-') || text.starts_with('-') {
            return Err(AddressError::Unknown);
        }
        if credential::signs_in(text) {
            return Err(AddressError::Credential);
        }
        if scheme == Scheme::Http && !host::is_loopback(host::of(authority)) {
            return Err(AddressError::PlainText);
        }
        Ok(Self { text: text.to_owned(), scheme })
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The protocol as Git calls it.
    pub(super) fn protocol(&self) -> &'static str {
        match self.scheme {
            Scheme::Https => "https",
            Scheme::Http => "http",
            Scheme::Ssh => "ssh",
        }
    }

    /// `https://host:port/`: what a token is for.
    pub(super) fn server(&self) -> Option<String> {
        let (scheme, after) = self.text.split_once("://")?;
        let host = after.split('/').next()?;
        (self.scheme != Scheme::Ssh).then(|| format!("{scheme}://{host}/"))
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
