//! A case's plan as its golden file has it: what people see, then what they do not see but should agree with.

use std::fmt::Write as _;

use evenkeel::model::arn::Arn;
use evenkeel::plan::question::Question;
use evenkeel::plan::step::{Step, StepId};
use evenkeel::render::left;
use evenkeel::render::style::Style;
use evenkeel::render::summary::Summary;
use evenkeel::render::text;

use super::Case;

/// The whole file.
pub(crate) fn plan_of(case: &Case) -> String {
    let Case { shows, desired, checked, look, plan, .. } = case;
    let mut out = String::new();
    for line in wrap(shows) {
        let _ = writeln!(out, "# {line}");
    }
    let shown = text::plan(plan, &Summary::of(desired, plan), &look.observed.scope, Style::plain());
    let _ = write!(out, "\n{}", if shown.is_empty() { "(nothing to show)\n" } else { &shown });
    if !checked.found.is_empty() {
        out.push_str("\n--- wrong with the manifests\n");
        for found in &checked.found {
            let _ = writeln!(out, "{}:{}:{}: {}", found.file, found.span.line, found.span.column, found.message);
        }
    }
    if plan.steps().next().is_some() || !plan.repairs().is_empty() {
        out.push_str("\n--- calls\n");
        for (id, step) in plan.steps() {
            let _ = writeln!(out, "{}", call(id, step));
        }
        for repair in plan.repairs() {
            let (service, operation) = repair.action.call.operation();
            let _ = writeln!(out, "repair  {service}:{operation} {}", repair.target);
        }
    }
    if !plan.left().is_empty() || !plan.unlisted().is_empty() {
        out.push_str("\n--- left\n");
        for line in left::lines(plan) {
            let _ = writeln!(out, "{line}");
        }
    }
    if !look.asked.is_empty() {
        out.push_str("\n--- questions\n");
        for (round, questions) in look.asked.iter().enumerate() {
            let questions: Vec<String> = questions.iter().map(named).collect();
            let questions = questions.join(", ").replace("Name(\"", "").replace("Arn(\"", "").replace("\")", "");
            let _ = writeln!(out, "{}  {questions}", round + 1);
        }
    }
    out
}

/// A question, by the names that people know.
fn named(question: &Question) -> String {
    let end = |arn: &Arn| arn.resource().to_owned();
    match question {
        Question::Remnant(arn) => format!("Remnant({})", end(arn)),
        Question::Active(family) => format!("Active({family})"),
        Question::Uses(families) => {
            let families: Vec<String> = families.iter().map(ToString::to_string).collect();
            format!("Uses({})", families.join(", "))
        }
        question => format!("{question:?}"),
    }
}

/// One line of a step: the call, what it comes after, whether it leaves the mark, and whether it is left for later.
fn call(id: StepId, step: &Step) -> String {
    let Step { target, needs, action, why, changes: _, risk, deferred } = step;
    let (service, operation) = action.call.operation();
    let mut line = format!("{}  {service}:{operation} {target}, {}", id.number(), why.reason());
    if !needs.is_empty() {
        let needs: Vec<String> = needs.iter().map(|need| need.number().to_string()).collect();
        let _ = write!(line, ", after {}", needs.join(" and "));
    }
    if !risk.is_empty() {
        let risks: Vec<&str> = risk.iter().map(|risk| risk.name()).collect();
        let _ = write!(line, ", risks {}", risks.join(" and "));
    }
    if action.stamp.is_some() {
        line.push_str(", marked");
    }
    if let Some(deferred) = deferred {
        let _ = write!(line, ", left for later: {}", deferred.name());
    }
    line
}

fn wrap(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.len() + 1 + word.len() <= 98 => line.extend([" ", word]),
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}
