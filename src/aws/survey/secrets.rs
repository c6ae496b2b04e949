//! Secrets Manager: versions, resource policies, and, only where a question is about one, what a value is.

use std::collections::{BTreeMap, BTreeSet};

use zeroize::Zeroizing;

use super::Surveyor;
use crate::model::arn::Arn;
use crate::model::id::VersionId;
use crate::model::observed::Seen;
use crate::model::survey::{Content, Member, Reading};

impl Surveyor<'_> {
    pub(super) async fn versions(&self, secret: &Arn) -> Seen<BTreeSet<VersionId>> {
        let list = self.aws.secrets_of(secret.as_str()).list_secret_version_ids().secret_id(secret.as_str());
        let mut pages = list.include_deprecated(true).max_results(100).into_paginator().send();
        let mut versions = BTreeSet::new();
        while let Some(page) = pages.next().await {
            match page {
                Ok(page) => {
                    versions.extend(page.versions().iter().filter_map(|it| it.version_id().map(VersionId::new)));
                }
                Err(error) => {
                    return Seen::Unreadable(self.aws.fault("secretsmanager:ListSecretVersionIds", &error).to_string());
                }
            }
        }
        Seen::Present(versions)
    }

    /// Reads a value, looks at it, and lets go of it: only what kind it is and which of the keys it has leaves this
    /// function. What holds it is wiped, but for the copies of the SDK and of TLS, which nobody can reach.
    pub(super) async fn content(&self, reading: &Reading) -> Seen<Content> {
        let Reading { secret, stage, version, keys } = reading;
        let call = self.aws.secrets_of(secret.as_str()).get_secret_value().secret_id(secret.as_str());
        let call = call.set_version_stage(stage.clone()).set_version_id(version.as_ref().map(VersionId::to_string));
        let answer = match call.send().await {
            Ok(answer) => answer,
            Err(error) => {
                return Seen::Unreadable(self.aws.fault("secretsmanager:GetSecretValue", &error).to_string());
            }
        };
        let Some(text) = answer.secret_string.map(Zeroizing::new) else { return Seen::Present(Content::Binary) };
        // Each member is looked at for its kind and let go of at once.
        let Ok(members) = serde_json::from_str::<BTreeMap<String, Kind>>(&text) else {
            return Seen::Present(Content::Text);
        };
        let member = |key: &String| {
            let member = match members.get(key) {
                None => Member::Missing,
                Some(Kind::Text) => Member::Text,
                Some(Kind::Other) => Member::Other,
            };
            (key.clone(), member)
        };
        Seen::Present(Content::Object(keys.iter().map(member).collect()))
    }
}

/// Of what kind a member is; what it says is passed over as it is read.
#[derive(Clone, Copy)]
enum Kind {
    Text,
    Other,
}

impl<'de> serde::Deserialize<'de> for Kind {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> serde::de::Visitor<'de> for Any {
            type Value = Kind;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("any JSON")
            }

            fn visit_str<E>(self, _: &str) -> Result<Kind, E> {
                Ok(Kind::Text)
            }

            fn visit_bool<E>(self, _: bool) -> Result<Kind, E> {
                Ok(Kind::Other)
            }

            fn visit_i64<E>(self, _: i64) -> Result<Kind, E> {
                Ok(Kind::Other)
            }

            fn visit_u64<E>(self, _: u64) -> Result<Kind, E> {
                Ok(Kind::Other)
            }

            fn visit_f64<E>(self, _: f64) -> Result<Kind, E> {
                Ok(Kind::Other)
            }

            fn visit_unit<E>(self) -> Result<Kind, E> {
                Ok(Kind::Other)
            }

            fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut list: A) -> Result<Kind, A::Error> {
                while list.next_element::<serde::de::IgnoredAny>()?.is_some() {}
                Ok(Kind::Other)
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Kind, A::Error> {
                while map.next_entry::<serde::de::IgnoredAny, serde::de::IgnoredAny>()?.is_some() {}
                Ok(Kind::Other)
            }
        }
        deserializer.deserialize_any(Any)
    }
}
