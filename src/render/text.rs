//! A plan as text: what will be done, to what, where that is written, and why. The summary comes last.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::style::Style;
use super::summary::Summary;
use super::value;
use crate::model::arn::Scope;
use crate::model::id::ResourceId;
use crate::model::path::Segment;
use crate::plan::held::Held;
use crate::plan::step::{Change, Plan, Risk, Step, StepId, Why};

/// Fields of one resource that are shown before the rest is only counted.
const FIELDS: usize = 12;

/// The longest value beside its path.
const BESIDE: usize = 60;

/// Renders a plan; nothing at all for one that neither changes nor holds anything.
pub fn plan(plan: &Plan, summary: &Summary, scope: &Scope, style: Style) -> String {
    let mut out = Text { scope, style, out: String::new() };
    let mut steps: Vec<(StepId, &Step)> = plan.steps().collect();
    while let Some((_, first)) = steps.first() {
        let target = first.target.clone();
        let (block, rest): (Vec<_>, Vec<_>) = steps.into_iter().partition(|(_, step)| step.target == target);
        out.block(&target, &block);
        steps = rest;
    }
    for held in plan.held() {
        out.held(held);
    }
    for note in plan.notes() {
        let _ = writeln!(out.out, "{} {}: {}\n", style.calm("i"), note.target, note.text);
    }
    if !out.out.is_empty() {
        let _ = writeln!(out.out, "{}", style.bold(summary));
    }
    out.out
}

struct Text<'a> {
    scope: &'a Scope,
    style: Style,
    out: String,
}

impl Text<'_> {
    fn block(&mut self, target: &ResourceId, steps: &[(StepId, &Step)]) {
        let style = self.style;
        let Some((_, first)) = steps.first() else { return };
        let strongest = steps.iter().map(|(_, step)| *step).max_by_key(|step| step.risk.len()).unwrap_or(first);
        let symbol = symbol(strongest, style);
        let all: Vec<&Step> = steps.iter().map(|(_, step)| *step).collect();
        let origin = steps.iter().flat_map(|(_, step)| &step.changes).find_map(|change| change.at.as_ref());
        let place = origin.map(|origin| format!("{}:{}", origin.file, origin.line)).unwrap_or_default();
        let head = format!("{:<30} {}", target.to_string(), what(&all, self.scope));
        self.line(&format!("{symbol} {}", style.bold(&head)), 2 + head.chars().count(), &place);
        let changes: Vec<&Change> = steps.iter().flat_map(|(_, step)| &step.changes).collect();
        self.changes(&changes, all.iter().all(|step| step.why == Why::Missing));
        let mut whys: Vec<String> = steps.iter().map(|(_, step)| why(&step.why)).collect();
        whys.dedup();
        let _ = writeln!(self.out, "    {}  {}", style.dim("why"), whys.join("; "));
        for risk in steps.iter().flat_map(|(_, step)| &step.risk) {
            let _ = writeln!(self.out, "    {}    {}", style.warn("!"), style.warn(risk_text(*risk)));
        }
        if let Some(deferred) = steps.iter().find_map(|(_, step)| step.deferred.as_ref()) {
            let _ = writeln!(self.out, "    {}  {}: {deferred}", style.calm("later"), deferred.name());
        }
        self.out.push('\n');
    }

    fn changes(&mut self, changes: &[&Change], creation: bool) {
        let limit = match (self.style.full, creation) {
            (true, _) => usize::MAX,
            (false, true) => FIELDS / 2,
            (false, false) => FIELDS,
        };
        let (permissions, fields): (Vec<&Change>, Vec<&Change>) =
            changes.iter().partition(|change| Permission::of(change).is_some());
        for change in fields.iter().take(limit) {
            self.change(change);
        }
        if fields.len() > limit {
            let (more, plural) = (fields.len() - limit, if fields.len() - limit == 1 { "" } else { "s" });
            let more = format!("    … {more} more field{plural}: --full shows what is hidden");
            let _ = writeln!(self.out, "{}", self.style.dim(more));
        }
        for ((removed, resource), actions) in by_resource(&permissions) {
            let sign = if removed { self.style.bad("-") } else { self.style.good("+") };
            let resource = value::short(&resource, self.scope);
            let _ = writeln!(self.out, "    {sign} may {} on {}", actions.join(", "), self.style.bold(resource));
        }
    }

    fn change(&mut self, change: &Change) {
        let Change { path, before, after, at } = change;
        let style = self.style;
        // A value beside its path has a part of the line, one below it all of it.
        let sides =
            |longest: usize| [before, after].map(|side| value::shown(side.as_ref(), self.scope, style, longest));
        let [old, new] = sides(BESIDE);
        let (symbol, plain) = match (before, after) {
            (None, _) => (style.good("+"), new.clone()),
            (_, None) => (style.bad("-"), old.clone()),
            _ => (style.warn("~"), format!("{old} → {new}")),
        };
        let place = at.as_ref().map(|at| format!("{}:{}", at.line, at.column)).unwrap_or_default();
        let text = format!("{path}  {plain}");
        if 8 + text.chars().count() + place.chars().count() <= style.width || before.is_none() || after.is_none() {
            return self.line(&format!("    {symbol} {text}"), 6 + text.chars().count(), &place);
        }
        self.line(&format!("    {symbol} {path}"), 6 + path.to_string().chars().count(), &place);
        let [old, new] = sides(style.width.saturating_sub(10).max(BESIDE));
        let _ = writeln!(self.out, "        {}", style.bad(format!("- {old}")));
        let _ = writeln!(self.out, "        {}", style.good(format!("+ {new}")));
    }

    fn held(&mut self, held: &Held) {
        let Held { target, because, root: _, changes } = held;
        let style = self.style;
        let _ = writeln!(
            self.out,
            "{} {:<30} {}",
            style.calm("="),
            style.bold(target),
            style.calm(format!("held: {}", because.name()))
        );
        for line in wrap(&because.to_string(), style.width.saturating_sub(4)) {
            let _ = writeln!(self.out, "    {line}");
        }
        let changes: Vec<&Change> = changes.iter().collect();
        self.changes(&changes, false);
        self.out.push('\n');
    }

    /// A line with a place at its right end, where there is room for it.
    fn line(&mut self, text: &str, visible: usize, place: &str) {
        let room = self.style.width.saturating_sub(visible + place.chars().count());
        let gap = if place.is_empty() { String::new() } else { " ".repeat(room.max(2)) };
        let _ = writeln!(self.out, "{text}{gap}{}", self.style.dim(place));
    }
}

/// One permission of a role's policy, as a change states it.
struct Permission<'c> {
    removed: bool,
    action: &'c str,
    resource: &'c str,
}

impl<'c> Permission<'c> {
    fn of(change: &'c Change) -> Option<Self> {
        let [Segment::Member(policy), Segment::Element(text)] = change.path.segments() else { return None };
        let (action, resource) = text.split_once(" on ").filter(|_| policy == "policy")?;
        Some(Self { removed: change.after.is_none(), action, resource })
    }
}

/// The actions on each resource together: that is how people think of them.
fn by_resource(changes: &[&Change]) -> BTreeMap<(bool, String), Vec<String>> {
    let mut groups: BTreeMap<(bool, String), Vec<String>> = BTreeMap::new();
    for Permission { removed, action, resource } in changes.iter().filter_map(|change| Permission::of(change)) {
        groups.entry((removed, resource.to_owned())).or_default().push(action.to_owned());
    }
    groups
}

fn symbol(step: &Step, style: Style) -> String {
    if step.action.call.creates() || step.why == Why::Missing {
        style.good("+")
    } else if step.action.call.deletes() {
        style.bad("-")
    } else {
        style.warn("~")
    }
}

/// What happens to the resource, in a few words.
fn what(steps: &[&Step], scope: &Scope) -> String {
    use crate::plan::action::Call;
    let mut words: Vec<String> = Vec::new();
    for step in steps {
        let word = match &step.action.call {
            Call::CreateRole { role, .. } => format!("create the role {role}"),
            Call::RegisterTaskDefinition { family, .. } => format!("register a revision of {family}"),
            Call::CreateService { cluster, service, .. } => format!("create the service {service} in {cluster}"),
            Call::UpdateService { task_definition: Some(_), from, .. } => {
                format!(
                    "deploy, instead of {}",
                    value::short(from.as_str(), scope).trim_start_matches("task-definition/")
                )
            }
            Call::UpdateService { .. } if step.risk.contains(&Risk::Redeploy) => "update and deploy".to_owned(),
            Call::PutRolePolicy { .. } if words.iter().any(|word| word.starts_with("create the role")) => continue,
            Call::PutRolePolicy { .. } => "set permissions".to_owned(),
            Call::TagRole { .. } | Call::TagSecret { .. } | Call::TagService { .. } => "tag".to_owned(),
            Call::UntagSecret { .. } | Call::UntagService { .. } => "untag".to_owned(),
            Call::UpdateService { .. } | Call::UpdateSecret { .. } => "update".to_owned(),
            Call::UpdateAssumeRolePolicy { .. } => "set who may assume it".to_owned(),
            Call::PutRolePermissionsBoundary { .. } => "set the boundary".to_owned(),
            Call::AttachRolePolicy { .. } => "attach policies".to_owned(),
            Call::DetachRolePolicy { .. } => "detach policies".to_owned(),
            Call::DeleteRolePolicy { policy, .. } => format!("delete the inline policy {policy}"),
        };
        if !words.contains(&word) {
            words.push(word);
        }
    }
    words.join(", ")
}

fn why(why: &Why) -> String {
    match why {
        Why::Missing => "it does not exist".to_owned(),
        Why::Changed => "the manifest changed".to_owned(),
        Why::Drifted => "it was changed by hand".to_owned(),
        Why::SecretRotated(names) => {
            let names: Vec<String> = names.iter().map(|name| format!("Secret/{name}")).collect();
            format!("{} {} a new version", names.join(", "), if names.len() == 1 { "has" } else { "have" })
        }
        Why::Retried => "it failed before, and is tried again".to_owned(),
        Why::NoLongerDesired => "nothing wants or uses it any longer".to_owned(),
        Why::Adopted => "its manifest asks to take it over".to_owned(),
    }
}

fn risk_text(risk: Risk) -> &'static str {
    match risk {
        Risk::Redeploy => "replaces running tasks",
        Risk::Delete => "takes something away",
        Risk::WidensAccess => "widens access",
        Risk::ImageMayChange => "the image's tag is resolved again, and may name another image by now",
        Risk::ZeroHealthy => "may leave no task running for a while",
    }
}

/// Words in lines of at most this many characters; a longer word has a line of its own.
pub(super) fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}
