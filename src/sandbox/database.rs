//! Databases that containers log in to: users, and the passwords that are
//! accepted of each. Enough to play a rotation with a consequence ([D1]).

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};

/// A database. No `Debug`: it holds passwords.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Database {
    /// How many passwords of a user are accepted: one, so that a new one locks
    /// out whoever has the old, or two, as some databases can.
    passwords: usize,
    /// Accepted passwords by user, oldest first.
    users: BTreeMap<String, VecDeque<String>>,
}

impl Database {
    /// Without users; of each it will accept the newest password alone.
    #[must_use]
    pub fn with_one_password() -> Self {
        Self { passwords: 1, users: BTreeMap::new() }
    }

    /// Without users; of each it will accept the two newest passwords.
    #[must_use]
    pub fn with_two_passwords() -> Self {
        Self { passwords: 2, users: BTreeMap::new() }
    }

    /// Gives a user a new password; makes the user where there is none.
    pub fn set_password(&mut self, user: &str, password: &str) {
        let held = self.users.entry(user.to_owned()).or_default();
        held.push_back(password.to_owned());
        while held.len() > self.passwords {
            held.pop_front();
        }
    }

    /// Is this one of the user's passwords?
    pub fn accepts(&self, user: &str, password: &str) -> bool {
        self.users.get(user).is_some_and(|held| held.iter().any(|one| one == password))
    }
}
