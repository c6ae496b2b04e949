//! A token for a Git server. It has no Debug, no Display and no Serialize, and is read anew for each fetch: a file may hold
//! another one by then.

use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use crate::daemon::source::SourceError;
use crate::model::credential;

/// Where a token comes from.
pub enum TokenFrom {
    /// A variable of the process, read at its start.
    Variable {
        /// Its name.
        name: String,
        /// What it held.
        token: Token,
    },
    /// A file, read for each fetch.
    File(PathBuf),
}

/// A token.
pub struct Token(Zeroizing<String>);

impl Token {
    /// White space around it is not part of it; `None` where nothing is left, or where it could not stand in a header.
    pub fn new(text: &str) -> Option<Self> {
        let text = text.trim();
        let fits = !text.is_empty() && text.chars().all(|c| c.is_ascii_graphic());
        fits.then(|| Self(Zeroizing::new(text.to_owned())))
    }

    /// Every host takes a token as the password of any user.
    pub(super) fn header(&self) -> String {
        format!("Authorization: Basic {}", self.encoded().as_str())
    }

    /// A text without the token, in whatever form Git knew it.
    pub(super) fn taken_out_of(&self, text: &str) -> String {
        text.replace(self.encoded().as_str(), "***").replace(self.0.as_str(), "***")
    }

    fn encoded(&self) -> Zeroizing<String> {
        let pair = Zeroizing::new(format!("x-access-token:{}", self.0.as_str()));
        Zeroizing::new(STANDARD.encode(pair.as_bytes()))
    }
}

impl TokenFrom {
    pub(super) fn read(&self) -> Result<Token, SourceError> {
        match self {
            Self::Variable { name: _, token } => Ok(Token(token.0.clone())),
            Self::File(path) => {
                let shown = path.display().to_string();
                let from = credential::path(&shown).unwrap_or("the file that source.git.auth.tokenFile names");
                let no_token = |why: String| SourceError::NoToken { from: from.to_owned(), why };
                let text = std::fs::read_to_string(path).map(Zeroizing::new);
                let text = text.map_err(|error| no_token(error.to_string()))?;
                Token::new(&text).ok_or_else(|| no_token("it holds no token".to_owned()))
            }
        }
    }
}
