//! A plan as blocks of rows, one for each resource: what is common to text and Markdown.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::fields::Fields;
use super::row::{Ink, Row, Sign};
use super::style::Style;
use super::{value, words};
use crate::model::arn::Scope;
use crate::model::desired::Origin;
use crate::model::id::ResourceId;
use crate::model::path::Segment;
use crate::plan::held::Held;
use crate::plan::step::{Change, Plan, Risk, Shown, Step, Why};

/// What is shown of one resource.
pub(super) struct Block {
    pub(super) target: ResourceId,
    pub(super) sign: Sign,
    /// What happens to it, or why nothing does.
    pub(super) what: String,
    /// The file and line of what changes first.
    pub(super) place: String,
    /// Everything below the heading.
    pub(super) rows: Vec<Row>,
    pub(super) whys: Vec<String>,
    pub(super) risks: BTreeSet<Risk>,
}

impl Block {
    /// The heading, as a row.
    pub(super) fn heading(&self) -> Row {
        let name = format!("{:<24} ", self.target.to_string());
        let ink = if self.sign == Sign::Held { Ink::Calm } else { Ink::Bold };
        Row::new(0, Some(self.sign)).then(&name, Ink::Bold).then(&self.what, ink).at(&self.place)
    }
}

/// The blocks of a plan: in its order, what was changed by hand after what changed in the manifests, held ones last.
pub(super) fn of(plan: &Plan, scope: &Scope, style: Style) -> Vec<Block> {
    let builder = Builder { plan, scope, style };
    let mut groups: Vec<((bool, &ResourceId), Vec<&Step>)> = Vec::new();
    for (_, step) in plan.steps() {
        let key = (step.why == Why::Drifted, &step.target);
        match groups.iter_mut().find(|(other, _)| *other == key) {
            Some((_, steps)) => steps.push(step),
            None => groups.push((key, vec![step])),
        }
    }
    groups.sort_by_key(|((is_drift, _), _)| *is_drift);
    let steps = groups.iter().map(|((is_drift, target), steps)| builder.steps(target, steps, *is_drift));
    steps.chain(plan.held().iter().map(|held| builder.held(held))).collect()
}

/// What a person should look at twice, and whom it concerns.
pub(super) fn risks(plan: &Plan) -> BTreeMap<Risk, Vec<&ResourceId>> {
    let mut risks: BTreeMap<Risk, Vec<&ResourceId>> = BTreeMap::new();
    for (_, step) in plan.steps() {
        for risk in &step.risk {
            let targets = risks.entry(*risk).or_default();
            if !targets.contains(&&step.target) {
                targets.push(&step.target);
            }
        }
    }
    risks
}

struct Builder<'a> {
    plan: &'a Plan,
    scope: &'a Scope,
    style: Style,
}

impl Builder<'_> {
    fn steps(&self, target: &ResourceId, all: &[&Step], is_drift: bool) -> Block {
        let origin = origin(all.iter().flat_map(|step| &step.changes));
        let file = origin.map(|origin| origin.file.as_str());
        let mut rows = Vec::new();
        let mut whys: Vec<String> = Vec::new();
        for (index, step) in all.iter().enumerate() {
            if all[..index].iter().any(|earlier| earlier.why == step.why) {
                continue;
            }
            // Each reason stands below what is done for it.
            let same: Vec<&Step> = all.iter().filter(|other| other.why == step.why).copied().collect();
            let changes: Vec<&Change> = same.iter().flat_map(|step| &step.changes).collect();
            rows.extend(self.changes(&changes, step.why == Why::Missing, file));
            let why = words::why(&step.why);
            rows.push(Row::new(2, None).then("why", Ink::Dim).plain(&format!("  {why}")));
            whys.push(why);
        }
        let risks: BTreeSet<Risk> = all.iter().flat_map(|step| step.risk.iter().copied()).collect();
        for risk in &risks {
            rows.push(Row::new(2, Some(Sign::Risk)).then(&format!("   {}", words::risk(*risk)), Ink::Bold));
        }
        if let Some(deferred) = all.iter().find_map(|step| step.deferred.as_ref()) {
            rows.push(Row::new(2, None).then("later", Ink::Calm).plain(&format!("  {}: {deferred}", deferred.name())));
        }
        let mut what = words::what(all, self.scope);
        if is_drift {
            what = format!("changed by hand: {what}");
        }
        Block {
            target: target.clone(),
            sign: sign(all, is_drift),
            what,
            place: origin.map(|origin| format!("{}:{}", origin.file, origin.line)).unwrap_or_default(),
            rows,
            whys,
            risks,
        }
    }

    fn held(&self, held: &Held) -> Block {
        let Held { target, because, root, at, changes } = held;
        // What waits for another resource is not to be looked at itself.
        let origin = origin(changes.iter()).or(at.as_ref().filter(|_| root == target));
        let mut rows = vec![Row::new(2, None).plain(&because.to_string()).flush()];
        let changes: Vec<&Change> = changes.iter().collect();
        rows.extend(self.changes(&changes, false, origin.map(|origin| origin.file.as_str())));
        Block {
            target: target.clone(),
            sign: Sign::Held,
            what: format!("held: {}", because.name()),
            place: origin.map(|origin| format!("{}:{}", origin.file, origin.line)).unwrap_or_default(),
            rows,
            whys: Vec::new(),
            risks: BTreeSet::new(),
        }
    }

    fn changes(&self, changes: &[&Change], creation: bool, file: Option<&str>) -> Vec<Row> {
        let (permissions, fields): (Vec<&Change>, Vec<&Change>) =
            changes.iter().partition(|change| Permission::of(change).is_some());
        let mut rows = Fields::new(self.plan, self.scope, self.style, file).rows(&fields, creation);
        for ((removed, resource, decision), actions) in by_resource(&permissions) {
            let sign = if removed { Sign::Remove } else { Sign::Add };
            let resource = if self.style.full { resource.to_owned() } else { value::short(resource, self.scope) };
            let (may, condition) = match decision.strip_prefix("Deny") {
                Some(condition) => ("may not", condition),
                None => ("may", decision.strip_prefix("Allow").unwrap_or_default()),
            };
            let row = Row::new(2, Some(sign)).plain(&format!("{may} {} on ", actions.join(", ")));
            rows.push(row.then(&resource, sign.ink()).plain(condition));
        }
        rows
    }
}

/// The first place in the first file.
fn origin<'c>(changes: impl Iterator<Item = &'c Change>) -> Option<&'c Origin> {
    let mut origins = changes.filter_map(|change| change.at.as_ref());
    let first = origins.next()?;
    Some(origins.filter(|other| other.file == first.file).fold(first, |first, other| first.min(other)))
}

fn sign(steps: &[&Step], is_drift: bool) -> Sign {
    let any = |is: &dyn Fn(&Step) -> bool| steps.iter().any(|step| is(step));
    if is_drift {
        Sign::Drift
    } else if any(&|step| step.action.call.creates() || step.why == Why::Missing) {
        Sign::Add
    } else if steps.iter().all(|step| step.risk.contains(&Risk::Delete)) {
        Sign::Remove
    } else {
        Sign::Change
    }
}

/// One permission of a role's policy, as a change states it.
struct Permission<'c> {
    removed: bool,
    action: &'c str,
    resource: &'c str,
    /// `Allow` or `Deny`, and under which condition.
    decision: &'c str,
}

impl<'c> Permission<'c> {
    fn of(change: &'c Change) -> Option<Self> {
        let [Segment::Member(policy), Segment::Element(text)] = change.path.segments() else { return None };
        let (action, resource) = text.split_once(" on ").filter(|_| policy == "policy")?;
        let Some(Shown::Value(Value::String(decision))) = change.after.as_ref().or(change.before.as_ref()) else {
            return None;
        };
        Some(Self { removed: change.after.is_none(), action, resource, decision })
    }
}

/// The actions on each resource together: that is how people think of them.
fn by_resource<'c>(changes: &[&'c Change]) -> BTreeMap<(bool, &'c str, &'c str), Vec<&'c str>> {
    let mut groups: BTreeMap<_, Vec<&str>> = BTreeMap::new();
    for Permission { removed, action, resource, decision } in changes.iter().filter_map(|change| Permission::of(change))
    {
        groups.entry((removed, resource, decision)).or_default().push(action);
    }
    groups
}
