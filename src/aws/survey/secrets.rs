//! Secrets Manager: versions, resource policies, and, only where a question is about one, what a value is.

use std::collections::BTreeSet;

use aws_sdk_secretsmanager::operation::get_secret_value::GetSecretValueOutput;
use zeroize::Zeroizing;

use super::Surveyor;
use super::members::members;
use crate::aws::unheard::unheard;
use crate::model::arn::Arn;
use crate::model::id::VersionId;
use crate::model::observed::Seen;
use crate::model::survey::{Content, Reading};

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
                    return Seen::Unreadable(self.aws.fault("secretsmanager:ListSecretVersionIds", &error).in_full());
                }
            }
        }
        Seen::Present(versions)
    }

    /// Reads a value, looks at it, and lets go of it: only what kind it is and which of the keys it has leaves this
    /// function. The text or the bytes are wiped. Copies that nobody can reach are not: those of the SDK and of TLS, and
    /// what `serde_json` has to unescape to read over it.
    pub(super) async fn content(&self, reading: &Reading) -> Seen<Content> {
        let Reading { secret, stage, version, keys } = reading;
        let call = self.aws.secrets_of(secret.as_str()).get_secret_value().secret_id(secret.as_str());
        let call = call.set_version_stage(stage.clone()).set_version_id(version.as_ref().map(VersionId::to_string));
        let answer = match unheard(call.send()).await {
            Ok(answer) => answer,
            Err(error) => {
                return Seen::Unreadable(self.aws.fault("secretsmanager:GetSecretValue", &error).in_full());
            }
        };
        let GetSecretValueOutput { secret_string, secret_binary, .. } = answer;
        let bytes = secret_binary.map(|blob| Zeroizing::new(blob.into_inner()));
        match (secret_string.map(Zeroizing::new), bytes) {
            (Some(text), _) => Seen::Present(members(&text, keys).map_or(Content::Text, Content::Object)),
            (None, Some(_)) => Seen::Present(Content::Binary),
            (None, None) => Seen::Unreadable(
                self.aws.unclear("secretsmanager:GetSecretValue", "the answer has no value in it").in_full(),
            ),
        }
    }
}
