//! IAM roles: the whole account's in bulk, or one by one.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

use aws_sdk_iam::types::{EntityType, RoleDetail, Tag};
use serde_json::Value;

use super::look::all;
use super::{Aws, lock, policy_text, receipt};
use crate::cloud::Receipt;
use crate::cloud::fault::{Fault, FaultKind};
use crate::model::arn::Arn;
use crate::model::desired::Desired;
use crate::model::id::{Name, RoleName};
use crate::model::observed::Seen;
use crate::model::policy_size::length;
use crate::model::role::{Inline, ObservedRole};
use crate::model::tags::Tags;

/// Single reads that one role takes at least.
const READS_PER_ROLE: usize = 4;

/// The bulk read.
const BULK: &str = "iam:GetAccountAuthorizationDetails";

impl Aws {
    pub(super) async fn read_roles(&self, desired: &Desired) -> BTreeMap<Name, Seen<ObservedRole>> {
        let wanted: BTreeMap<&str, &Name> =
            desired.roles.iter().map(|(name, role)| (role.role_name.as_str(), name)).collect();
        let listed = if self.bulk_is_cheaper(wanted.len()) { self.list_roles(&wanted).await } else { BTreeMap::new() };
        let missing = desired.roles.iter().filter(|(name, _)| !listed.contains_key(*name));
        let single = missing.map(|(name, role)| async move {
            let seen = self.read_role(&role.role_name).await;
            (name.clone(), seen)
        });
        let single = all(single.collect()).await;
        listed.into_iter().chain(single).collect()
    }

    fn bulk_is_cheaper(&self, roles: usize) -> bool {
        let pages = lock(&self.memory.role_pages).unwrap_or(1);
        self.bulk_roles && roles > 0 && pages < roles * READS_PER_ROLE
    }

    /// Every role of the account, of which those that no manifest names are dropped as they come. Gives up, with nothing,
    /// where that takes more calls than single reads, or is not allowed.
    async fn list_roles(&self, wanted: &BTreeMap<&str, &Name>) -> BTreeMap<Name, Seen<ObservedRole>> {
        let mut found = BTreeMap::new();
        let listed = self.each_role(|page, detail| {
            if page >= wanted.len() * READS_PER_ROLE {
                found.clear();
                return ControlFlow::Break(());
            }
            if let Some(name) = detail.role_name().and_then(|name| wanted.get(name)) {
                let unclear = |why| Seen::Unreadable(self.unclear(BULK, why).in_full());
                found.insert((*name).clone(), detailed(detail).map_or_else(unclear, Seen::Present));
            }
            ControlFlow::Continue(())
        });
        if listed.await.is_err() { BTreeMap::new() } else { found }
    }

    /// Every role of the account, with the number of the page that it is on, until one breaks it off. How many pages there
    /// are is remembered.
    pub(super) async fn each_role(
        &self,
        mut each: impl FnMut(usize, &RoleDetail) -> ControlFlow<()> + Send,
    ) -> Result<(), Fault> {
        let list = self.clients.iam.get_account_authorization_details().filter(EntityType::Role).max_items(1000);
        let mut pages = list.into_paginator().send();
        let mut count = 0;
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| self.fault(BULK, &error))?;
            count += 1;
            *lock(&self.memory.role_pages) = Some(count);
            for detail in page.role_detail_list() {
                if each(count, detail).is_break() {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    pub(super) async fn read_role(&self, name: &RoleName) -> Seen<ObservedRole> {
        // A policy that went away between two of the reads is no sign that the role did: look again, once.
        let read = match self.role(name).await {
            Err(fault) if fault.kind == FaultKind::NotFound => self.role(name).await,
            read => read,
        };
        read.unwrap_or_else(|fault| Seen::Unreadable(fault.in_full()))
    }

    async fn role(&self, name: &RoleName) -> Result<Seen<ObservedRole>, Fault> {
        let iam = &self.clients.iam;
        let answer = iam.get_role().role_name(name.as_str()).send().await;
        let answer = match answer.map_err(|error| self.fault("iam:GetRole", &error)) {
            Err(fault) if fault.kind == FaultKind::NotFound => return Ok(Seen::Absent),
            answer => answer?,
        };
        let role = answer.role().ok_or_else(|| self.unclear("iam:GetRole", "the answer has no role in it"))?;
        let (documents, attached) = tokio::try_join!(self.inline_policies(name), self.attached_policies(name))?;
        let trust = policy_text::read(role.assume_role_policy_document().unwrap_or("{}"));
        let trust = trust.map_err(|why| self.unclear("iam:GetRole", why))?;
        let inline = inline(documents).map_err(|why| self.unclear("iam:GetRolePolicy", why))?;
        Ok(Seen::Present(ObservedRole {
            arn: Arn::new(role.arn()),
            path: role.path().to_owned(),
            trust,
            permissions_boundary: role.permissions_boundary().and_then(|b| b.permissions_boundary_arn()).map(Arn::new),
            attached,
            inline,
            tags: tags(role.tags()),
        }))
    }

    /// The documents, by name.
    async fn inline_policies(&self, role: &RoleName) -> Result<BTreeMap<String, String>, Fault> {
        let iam = &self.clients.iam;
        let mut pages = iam.list_role_policies().role_name(role.as_str()).into_paginator().send();
        let mut documents = BTreeMap::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| self.fault("iam:ListRolePolicies", &error))?;
            for name in page.policy_names() {
                let answer = iam.get_role_policy().role_name(role.as_str()).policy_name(name).send().await;
                let answer = answer.map_err(|error| self.fault("iam:GetRolePolicy", &error))?;
                documents.insert(name.clone(), answer.policy_document().to_owned());
            }
        }
        Ok(documents)
    }

    async fn attached_policies(&self, role: &RoleName) -> Result<BTreeSet<Arn>, Fault> {
        let list = self.clients.iam.list_attached_role_policies().role_name(role.as_str());
        let mut pages = list.into_paginator().send();
        let mut attached = BTreeSet::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| self.fault("iam:ListAttachedRolePolicies", &error))?;
            attached.extend(page.attached_policies().iter().filter_map(|policy| policy.policy_arn()).map(Arn::new));
        }
        Ok(attached)
    }

    pub(super) async fn create_role(
        &self,
        name: &RoleName,
        path: &str,
        trust: &Value,
        boundary: Option<&Arn>,
        tags: &Tags,
    ) -> Result<Receipt, Fault> {
        let sdk_tags = to_sdk(tags).map_err(|why| self.unsendable("iam:CreateRole", why))?;
        let call = self.clients.iam.create_role().role_name(name.as_str()).path(path);
        let call = call.assume_role_policy_document(trust.to_string()).set_tags(Some(sdk_tags));
        let answer = call.set_permissions_boundary(boundary.map(Arn::to_string)).send().await;
        let answer = answer.map_err(|error| self.fault("iam:CreateRole", &error))?;
        Ok(Receipt { arn: answer.role().map(|role| Arn::new(role.arn())), ..receipt(&answer) })
    }

    pub(super) async fn tag_role(&self, name: &RoleName, tags: &Tags) -> Result<Receipt, Fault> {
        let sdk_tags = to_sdk(tags).map_err(|why| self.unsendable("iam:TagRole", why))?;
        let call = self.clients.iam.tag_role().role_name(name.as_str()).set_tags(Some(sdk_tags));
        let answer = call.send().await.map_err(|error| self.fault("iam:TagRole", &error))?;
        Ok(receipt(&answer))
    }

    pub(super) async fn put_role_policy(
        &self,
        role: &RoleName,
        policy: &str,
        document: &Value,
    ) -> Result<Receipt, Fault> {
        let call = self.clients.iam.put_role_policy().role_name(role.as_str()).policy_name(policy);
        let answer = call.policy_document(document.to_string()).send().await;
        let answer = answer.map_err(|error| self.fault("iam:PutRolePolicy", &error))?;
        Ok(receipt(&answer))
    }

    pub(super) async fn set_trust(&self, role: &RoleName, trust: &Value) -> Result<Receipt, Fault> {
        let call = self.clients.iam.update_assume_role_policy().role_name(role.as_str());
        let answer = call.policy_document(trust.to_string()).send().await;
        let answer = answer.map_err(|error| self.fault("iam:UpdateAssumeRolePolicy", &error))?;
        Ok(receipt(&answer))
    }

    pub(super) async fn set_boundary(&self, role: &RoleName, boundary: &Arn) -> Result<Receipt, Fault> {
        let call = self.clients.iam.put_role_permissions_boundary().role_name(role.as_str());
        let answer = call.permissions_boundary(boundary.as_str()).send().await;
        let answer = answer.map_err(|error| self.fault("iam:PutRolePermissionsBoundary", &error))?;
        Ok(receipt(&answer))
    }

    pub(super) async fn attach(&self, role: &RoleName, policy: &Arn) -> Result<Receipt, Fault> {
        let call = self.clients.iam.attach_role_policy().role_name(role.as_str()).policy_arn(policy.as_str());
        let answer = call.send().await.map_err(|error| self.fault("iam:AttachRolePolicy", &error))?;
        Ok(receipt(&answer))
    }
}

fn inline(documents: BTreeMap<String, String>) -> Result<BTreeMap<String, Inline>, String> {
    let one = |(name, document): (String, String)| {
        let text = policy_text::decode(&document)?;
        Ok((name, Inline { policy: policy_text::read(&text)?, written: length(&text) }))
    };
    documents.into_iter().map(one).collect()
}

fn detailed(detail: &RoleDetail) -> Result<ObservedRole, String> {
    let documents = detail.role_policy_list().iter().map(|policy| {
        let name = policy.policy_name().unwrap_or_default().to_owned();
        (name, policy.policy_document().unwrap_or("{}").to_owned())
    });
    let inline = inline(documents.collect())?;
    let attached = detail.attached_managed_policies().iter().filter_map(|policy| policy.policy_arn());
    Ok(ObservedRole {
        arn: Arn::new(detail.arn().unwrap_or_default()),
        path: detail.path().unwrap_or("/").to_owned(),
        trust: policy_text::read(detail.assume_role_policy_document().unwrap_or("{}"))?,
        permissions_boundary: detail.permissions_boundary().and_then(|b| b.permissions_boundary_arn()).map(Arn::new),
        attached: attached.map(Arn::new).collect(),
        inline,
        tags: tags(detail.tags()),
    })
}

pub(super) fn tags(tags: &[Tag]) -> Tags {
    tags.iter().map(|tag| (tag.key().to_owned(), tag.value().to_owned())).collect()
}

fn to_sdk(tags: &Tags) -> Result<Vec<Tag>, String> {
    let tag = |(key, value): (&String, &String)| Tag::builder().key(key).value(value).build();
    let built: Result<Vec<Tag>, _> = tags.iter().map(tag).collect();
    built.map_err(|error| error.to_string())
}
