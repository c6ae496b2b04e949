//! The report: a status for each resource of the manifests, and the state of their source. The daemon keeps the one before:
//! generations, times of transition and histories live in it.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::condition::{Condition, ConditionType, Truth};
use super::content;
use super::detail::{self, Detail, Gathered};
use super::history::{self, Change};
use super::manifests::Manifests;
use super::moment::Moment;
use super::needs;
use super::reason::Reason;
use super::unwanted::{self, Unwanted};
use super::verdict::{self, Said};
use crate::cloud::{Closer, Execution};
use crate::model::desired::Desired;
use crate::model::failure::Failure;
use crate::model::id::{AccountId, Commit, Installation, Region, ResourceId};
use crate::model::observed::Observed;
use crate::model::path::Path;
use crate::model::tags::Digest;
use crate::model::time::Timestamp;
use crate::plan::step::Plan;

/// The version of the document: raised when a member changes its meaning or goes away.
pub const FORMAT_VERSION: &str = "1";

/// Everything that is known, at one moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// [`FORMAT_VERSION`].
    pub format_version: String,
    /// Whose objects these are.
    pub installation: Installation,
    /// The account.
    pub account: AccountId,
    /// The Region.
    pub region: Region,
    /// Where the manifests come from.
    pub source: Source,
    /// The look that this was made from.
    pub last_pass: LastPass,
    /// By kind, in the order of the chain, then by name.
    pub resources: Vec<ResourceStatus>,
    /// What is in no manifest any more and still there, as of the last look that looked for it.
    #[serde(default)]
    pub unwanted: Vec<Unwanted>,
    /// What is wrong with the manifests.
    #[serde(default)]
    pub manifests: Manifests,
}

/// Where the manifests come from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Source {
    /// The commit in force; null for folders, and while none is in force.
    pub commit: Option<CommitInfo>,
    /// `Ready`, and `Stalled` while only a person can go on.
    pub conditions: Vec<Condition>,
}

/// What a commit says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CommitInfo {
    /// Its id.
    pub id: Commit,
    /// `Name <address>`.
    pub author: String,
    /// The first line of its message.
    pub subject: String,
}

/// How the source is, as whoever reads it says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourceState {
    /// The commit in force, or the one that is shown.
    pub commit: Option<CommitInfo>,
    /// Is it shown alone, and nothing in force since the start?
    pub only_shown: bool,
    /// Why nothing newer can be had, if so.
    pub trouble: Option<(Reason, String)>,
    /// What is wrong with its manifests.
    pub manifests: Manifests,
}

/// One look, and what followed from it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LastPass {
    /// When the look began.
    pub at: Moment,
    /// Could everything be read?
    pub complete: bool,
    /// Was the plan carried out?
    pub executed: bool,
    /// Steps of the plan.
    pub steps: usize,
    /// Steps of it that worked.
    pub done: usize,
    /// Steps of it that did not.
    pub failed: usize,
    /// Resources that are held.
    pub held: usize,
}

/// One resource.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ResourceStatus {
    /// `Kind/name`.
    pub resource: ResourceId,
    /// `file:line:column` of its manifest.
    pub at: Option<String>,
    /// The resources that it needs, nearest first.
    pub needs: Vec<ResourceId>,
    /// How many contents of its manifest were seen since the process began; 0 where its manifest had errors all along.
    pub observed_generation: u64,
    /// The commit that this is said of; null for folders.
    pub observed_revision: Option<Commit>,
    /// `Ready`, and what else is true.
    pub conditions: Vec<Condition>,
    /// Where the cause lies, where that is another resource.
    pub root: Option<ResourceId>,
    /// When it goes on by itself, where that is known.
    pub until: Option<Moment>,
    /// What was done to it, newest first.
    pub history: Vec<Change>,
    /// What is in force; null where nothing is known of it.
    pub detail: Option<Detail>,
    /// What its manifest said when it was last readable: tells generations apart.
    #[serde(skip)]
    pub(super) content: Option<Digest>,
    /// What of, where its rollout failed.
    #[serde(skip)]
    pub failure: Option<Failure>,
}

/// One pass, or one look where nothing was carried out.
#[derive(Clone, Copy)]
pub struct Pass<'a> {
    /// What should be.
    pub desired: &'a Desired,
    /// What was seen.
    pub observed: &'a Observed,
    /// What follows.
    pub plan: &'a Plan,
    /// What became of that; absent where nobody carried it out.
    pub execution: Option<&'a Execution>,
    /// Was it a look at everything, also at what no manifest names? A daemon's sweeps are none.
    pub full: bool,
    /// What was seen closer, if anyone looked.
    pub closer: &'a Closer,
}

/// The report on a pass, given the one before it.
pub fn report(pass: Pass<'_>, source: &SourceState, previous: Option<&Report>) -> Report {
    let Pass { desired, observed, plan, execution, full, closer: _ } = pass;
    let before: BTreeMap<&ResourceId, &ResourceStatus> =
        previous.into_iter().flat_map(|report| &report.resources).map(|status| (&status.resource, status)).collect();
    let gathered = Gathered::new(pass);
    let all = ids(desired);
    let shown = source.commit.as_ref().filter(|_| source.only_shown).map(|commit| &commit.id);
    let resources = all.iter().map(|id| resource(&gathered, id, before.get(id).copied(), shown)).collect();
    let held: BTreeSet<&ResourceId> = plan.held().iter().map(|held| &held.target).collect();
    Report {
        format_version: FORMAT_VERSION.to_owned(),
        installation: desired.installation.clone(),
        account: observed.scope.account.clone(),
        region: observed.scope.region.clone(),
        source: source_of(source, observed.at, previous.map(|report| &report.source)),
        last_pass: LastPass {
            at: observed.at.into(),
            complete: plan.is_complete(),
            executed: execution.is_some(),
            steps: plan.steps().count(),
            done: execution.map_or(0, Execution::done),
            failed: execution.map_or(0, |execution| execution.failures().count()),
            held: held.len(),
        },
        resources,
        unwanted: match previous {
            // A sweep does not look for what nobody wants; a look that did and could not list it says nothing old of it.
            Some(previous) if observed.inventory.is_none() && !full => {
                previous.unwanted.iter().filter(|unwanted| !all.contains(&unwanted.resource)).cloned().collect()
            }
            _ => unwanted::of(plan, &all),
        },
        manifests: source.manifests.clone(),
    }
}

impl Report {
    /// One resource.
    pub fn find(&self, id: &ResourceId) -> Option<&ResourceStatus> {
        self.resources.iter().find(|status| status.resource == *id)
    }

    /// These, and everything that they need, directly or not; of what has no manifest the name alone is known.
    pub fn with_needs<'r>(&'r self, of: impl IntoIterator<Item = &'r ResourceId>) -> BTreeSet<&'r ResourceId> {
        let mut open: Vec<&ResourceId> = of.into_iter().collect();
        let mut all = BTreeSet::new();
        while let Some(id) = open.pop() {
            if all.insert(id) {
                open.extend(self.find(id).into_iter().flat_map(|status| &status.needs));
            }
        }
        all
    }
}

impl ResourceStatus {
    /// The condition that is always there.
    pub fn ready(&self) -> Option<&Condition> {
        self.condition(ConditionType::Ready)
    }

    /// A condition, while it is there.
    pub fn condition(&self, kind: ConditionType) -> Option<&Condition> {
        self.conditions.iter().find(|condition| condition.kind == kind)
    }

    /// Is it as its manifest says, and does it work?
    pub fn is_ready(&self) -> bool {
        self.ready().is_some_and(|ready| ready.status == Truth::True)
    }
}

/// `shown`: the commit that is looked at, where it is not in force.
fn resource(
    gathered: &Gathered<'_>,
    id: &ResourceId,
    before: Option<&ResourceStatus>,
    shown: Option<&Commit>,
) -> ResourceStatus {
    let pass = gathered.pass;
    let Pass { desired, observed, plan, execution, full: _, closer: _ } = pass;
    let content = content::of(desired, id);
    let known = before.map_or(0, |before| before.observed_generation);
    let (generation, content) = match (content, before.and_then(|before| before.content.clone())) {
        (Some(now), then) if then.as_ref() == Some(&now) => (known.max(1), then),
        (Some(now), _) => (known + 1, Some(now)),
        // A manifest with errors says nothing: what is in force is what it said before.
        (None, then) => (known, then),
    };
    let verdict = verdict::of(pass, id);
    // What cannot be seen now is as it was.
    let unseen = |said: &Said| matches!(said.reason, Reason::Unreadable | Reason::InvalidManifest);
    let last = before.filter(|_| verdict.said.iter().any(unseen)).and_then(|before| before.detail.clone());
    let said = verdict.said.into_iter().map(|said| match shown {
        Some(commit) => waiting_for_source(said, commit),
        None => said,
    });
    let conditions = said.map(|said| {
        condition(said, observed.at, generation, before.map_or(&[] as &[_], |before| before.conditions.as_slice()))
    });
    let now = history::of(plan, execution, id, desired.commit.as_ref(), observed.at);
    ResourceStatus {
        resource: id.clone(),
        at: desired.origins.find(id, &Path::root()).map(ToString::to_string),
        needs: needs::of(desired, id),
        observed_generation: generation,
        observed_revision: desired.commit.clone(),
        conditions: conditions.collect(),
        root: verdict.root,
        until: verdict.until.map(Moment),
        history: history::joined(now, before.map_or(&[], |before| before.history.as_slice())),
        detail: detail::of(gathered, id).or(last),
        content,
        failure: verdict.failure,
    }
}

/// Nothing that a commit asks for is carried out, or to be carried out by hand, while it is not in force.
fn waiting_for_source(said: Said, shown: &Commit) -> Said {
    let asks = said.reason.is_of_a_step() || said.reason == Reason::SecretChangeHeld;
    if !asks || said.kind == ConditionType::Drifted {
        return said;
    }
    let message =
        format!("nothing is carried out until the source is good; of commit {shown}, which is not in force: ");
    Said { reason: Reason::WaitingForSource, message: message + &said.message, ..said }
}

/// The time of transition moves only with the status.
fn condition(said: Said, now: Timestamp, generation: u64, before: &[Condition]) -> Condition {
    let Said { kind, status, reason, message } = said;
    let same = before.iter().find(|other| other.kind == kind && other.status == status);
    Condition {
        kind,
        status,
        reason,
        message,
        last_transition_time: same.map_or(Moment(now), |same| same.last_transition_time),
        observed_generation: generation,
    }
}

fn source_of(state: &SourceState, now: Timestamp, before: Option<&Source>) -> Source {
    let SourceState { commit, trouble, only_shown, manifests: _ } = state;
    let said = match trouble {
        None if *only_shown => vec![Said {
            kind: ConditionType::Ready,
            status: Truth::Unknown,
            reason: Reason::AppliedUnknown,
            message: "the head is being compared with what was applied before; nothing is changed until then"
                .to_owned(),
        }],
        None => vec![Said {
            kind: ConditionType::Ready,
            status: Truth::True,
            reason: Reason::Succeeded,
            message: String::new(),
        }],
        Some((reason, message)) => {
            let idle = "; nothing is in force since the start, and nothing is carried out until the source is good";
            let message = if *only_shown && *reason != Reason::AppliedUnknown {
                format!("{message}{idle}")
            } else {
                message.clone()
            };
            let said = |kind, status| Said { kind, status, reason: *reason, message: message.clone() };
            let stalled = *reason == Reason::HistoryRewritten;
            let stalled = stalled.then(|| said(ConditionType::Stalled, Truth::True));
            [said(ConditionType::Ready, Truth::False)].into_iter().chain(stalled).collect()
        }
    };
    let before = before.map_or(&[] as &[_], |before| before.conditions.as_slice());
    // A source has no generations of its own.
    let conditions = said.into_iter().map(|said| condition(said, now, 0, before)).collect();
    Source { commit: commit.clone().filter(|_| !only_shown), conditions }
}

/// Everything that has a manifest, with errors or without.
fn ids(desired: &Desired) -> BTreeSet<ResourceId> {
    desired.ids().chain(desired.broken.keys().cloned()).collect()
}
