//! IAM: roles that no manifest declares, and the simulator.

use std::collections::BTreeMap;

use aws_sdk_iam::types::{
    ContextEntry, ContextKeyTypeEnum, EvaluationResult, OrganizationsDecisionDetail, PermissionsBoundaryDecisionDetail,
    PolicyEvaluationDecisionType, ResourceSpecificResult,
};

use super::Surveyor;
use crate::aws::policy_text;
use crate::cloud::fault::Fault;
use crate::model::arn::Arn;
use crate::model::id::RoleName;
use crate::model::observed::Seen;
use crate::model::role::ObservedRole;
use crate::model::survey::{Attempt, Decision};

impl Surveyor<'_> {
    pub(super) async fn role(&self, arn: &Arn) -> Seen<ObservedRole> {
        let name = arn.resource().rsplit('/').next().unwrap_or_default();
        match self.aws.read_role(&RoleName::new(name)).await {
            // Made again under another path it is another role.
            Seen::Present(role) if role.arn != *arn => Seen::Absent,
            seen => seen,
        }
    }

    /// What the role's policies and its boundary say, those included that it will have.
    pub(super) async fn permission(&self, attempt: &Attempt) -> Seen<BTreeMap<String, Decision>> {
        match self.simulate(attempt).await {
            // A policy or role that is named and not there is no answer either: AWS's words say which.
            Err(fault) => Seen::Unreadable(fault.in_full()),
            Ok(decisions) => Seen::Present(decisions),
        }
    }

    async fn simulate(&self, attempt: &Attempt) -> Result<BTreeMap<String, Decision>, Fault> {
        let Attempt { role, added, attached, boundary, actions, resource, context } = attempt;
        let mut policies = added.clone();
        for policy in attached {
            policies.push(self.document(policy).await?);
        }
        let boundary = match boundary {
            Some(boundary) => Some(vec![self.document(boundary).await?]),
            None => None,
        };
        let entries: Vec<ContextEntry> = context.iter().map(|(key, values)| entry(key, values)).collect();
        // Two operations with the same fields and the same pages.
        macro_rules! simulated {
            ($operation:literal, $call:expr) => {{
                let call = $call.set_policy_input_list(Some(policies).filter(|list| !list.is_empty()));
                let call = call.set_permissions_boundary_policy_input_list(boundary).resource_arns(resource);
                let call = call.set_action_names(Some(actions.clone())).set_context_entries(Some(entries));
                let results = call.into_paginator().items().send().collect::<Result<Vec<_>, _>>().await;
                results.map_err(|error| self.aws.fault($operation, &error))?
            }};
        }
        let iam = &self.aws.clients.iam;
        let results = match role {
            Some(role) => {
                let call = iam.simulate_principal_policy().policy_source_arn(role.as_str());
                simulated!("iam:SimulatePrincipalPolicy", call)
            }
            // Without any policy it may do nothing.
            None if policies.is_empty() => {
                return Ok(actions.iter().map(|action| (action.clone(), Decision::default())).collect());
            }
            None => simulated!("iam:SimulateCustomPolicy", iam.simulate_custom_policy()),
        };
        Ok(results.iter().map(|result| (result.eval_action_name().to_owned(), decision(result))).collect())
    }

    /// The default version of a managed policy.
    async fn document(&self, policy: &Arn) -> Result<String, Fault> {
        let iam = &self.aws.clients.iam;
        let answer = iam.get_policy().policy_arn(policy.as_str()).send().await;
        let answer = answer.map_err(|error| self.aws.fault("iam:GetPolicy", &error))?;
        let version = answer.policy().and_then(|policy| policy.default_version_id());
        let version = version.ok_or_else(|| self.aws.unclear("iam:GetPolicy", "it names no default version"))?;
        let answer = iam.get_policy_version().policy_arn(policy.as_str()).version_id(version).send().await;
        let answer = answer.map_err(|error| self.aws.fault("iam:GetPolicyVersion", &error))?;
        let document = answer.policy_version().and_then(|version| version.document());
        let document = document.ok_or_else(|| self.aws.unclear("iam:GetPolicyVersion", "it has no document"))?;
        policy_text::decode(document).map_err(|why| self.aws.unclear("iam:GetPolicyVersion", why))
    }
}

/// `kms:ResourceAliases` has many values, however many there are.
fn entry(key: &str, values: &[String]) -> ContextEntry {
    let kind = if values.len() == 1 && key != "kms:ResourceAliases" {
        ContextKeyTypeEnum::String
    } else {
        ContextKeyTypeEnum::StringList
    };
    let entry = ContextEntry::builder().context_key_name(key).context_key_type(kind);
    entry.set_context_key_values(Some(values.to_vec())).build()
}

/// One resource was asked about: what is said of it counts, and where nothing is, what is said of all.
fn decision(result: &EvaluationResult) -> Decision {
    let specific = result.resource_specific_results().first();
    let decided = specific.map_or_else(|| result.eval_decision(), |specific| specific.eval_resource_decision());
    let boundary = specific
        .and_then(|specific| specific.permissions_boundary_decision_detail())
        .or_else(|| result.permissions_boundary_decision_detail());
    let missing = result.missing_context_values().iter();
    let missing = missing.chain(specific.into_iter().flat_map(ResourceSpecificResult::missing_context_values));
    Decision {
        allowed: *decided == PolicyEvaluationDecisionType::Allowed,
        denied: *decided == PolicyEvaluationDecisionType::ExplicitDeny,
        within_boundary: boundary.map(PermissionsBoundaryDecisionDetail::allowed_by_permissions_boundary),
        within_organization: result
            .organizations_decision_detail()
            .map(OrganizationsDecisionDetail::allowed_by_organizations),
        missing: missing.cloned().collect(),
    }
}
