//! Who is told what the daemon does. One line of audit for each call that may change anything: enough to meet CloudTrail's
//! record of it, and never a value.

use std::cell::RefCell;
use std::collections::BTreeMap;

use serde::Serialize;
use tracing::field::Empty;
use tracing::{Span, info_span};

use super::source::SourceError;
use super::{Pass, TRACE, Wanted};
use crate::cloud::clock::Clock;
use crate::cloud::fault::Fault;
use crate::cloud::{Outcome, Receipt, Sent};
use crate::execute::Sink;
use crate::model::arn::Arn;
use crate::model::id::ResourceId;
use crate::model::time::Timestamp;
use crate::plan::step::{Repair, Step, StepId};

/// Keeps a record.
pub trait Chronicle {
    /// The loop turns, and will turn again by then; `None` where it waits for a source.
    fn turns(&self, _by: Option<Timestamp>) {}
    /// The source fails, or works.
    fn source(&self, error: Option<&SourceError>);
    /// Why the source is not told what was applied before; `None` where it is told, or does not ask.
    fn unanswered(&self, why: Option<&str>);
    /// There is something else to want.
    fn wanted(&self, wanted: &Wanted);
    /// A call was made.
    fn called(&self, entry: &Entry<'_>);
    /// A pass is over.
    fn passed(&self, pass: &Pass<'_>);
}

/// Both are told, one after the other.
impl<A: Chronicle, B: Chronicle> Chronicle for (A, B) {
    fn turns(&self, by: Option<Timestamp>) {
        self.0.turns(by);
        self.1.turns(by);
    }

    fn source(&self, error: Option<&SourceError>) {
        self.0.source(error);
        self.1.source(error);
    }

    fn unanswered(&self, why: Option<&str>) {
        self.0.unanswered(why);
        self.1.unanswered(why);
    }

    fn wanted(&self, wanted: &Wanted) {
        self.0.wanted(wanted);
        self.1.wanted(wanted);
    }

    fn called(&self, entry: &Entry<'_>) {
        self.0.called(entry);
        self.1.called(entry);
    }

    fn passed(&self, pass: &Pass<'_>) {
        self.0.passed(pass);
        self.1.passed(pass);
    }
}

/// One call that may have changed something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Entry<'e> {
    /// RFC 3339, when it had ended.
    pub time: String,
    /// Whose it was.
    pub installation: &'e str,
    /// The commit that wanted it.
    pub commit: Option<&'e str>,
    /// Who wrote that, as it says itself.
    pub author: Option<&'e str>,
    /// The step of its plan; absent where a stale mark was written again.
    pub step: Option<usize>,
    /// `Kind/name`.
    pub resource: String,
    /// For example `ecs:UpdateService`.
    pub operation: String,
    /// Why.
    pub why: &'static str,
    /// Is it the mark of the change, beside the call that made it?
    pub mark: bool,
    /// `done`, `failed`, or `unknown` where nobody waited for the answer.
    pub result: &'static str,
    /// AWS's id of the request, where it answered.
    pub request_id: Option<&'e str>,
    /// What was made.
    pub arn: Option<&'e str>,
    /// Why it failed.
    pub fault: Option<String>,
}

/// Hears of every step as it is carried out, and passes on those that were calls.
pub(super) struct Audit<'a, R: Chronicle> {
    record: &'a R,
    clock: Clock,
    wanted: &'a Wanted,
    under_way: RefCell<BTreeMap<StepId, UnderWay>>,
}

/// A call without an answer.
struct UnderWay {
    span: Span,
    target: ResourceId,
    operation: (&'static str, &'static str),
    why: &'static str,
}

impl<'a, R: Chronicle> Audit<'a, R> {
    pub(super) fn new(record: &'a R, clock: Clock, wanted: &'a Wanted) -> Self {
        Self { record, clock, wanted, under_way: RefCell::default() }
    }
}

/// Calls that are given up half-way may have happened.
impl<R: Chronicle> Drop for Audit<'_, R> {
    fn drop(&mut self) {
        for (id, UnderWay { span, target, operation, why }) in self.under_way.take() {
            let _inside = span.entered();
            let own = format!("{}:{}", operation.0, operation.1);
            let line = Answered { operation: &own, mark: false, request_id: None, arn: None, became: Became::Unknown };
            self.line(&Written { step: Some(id), target: &target, operation, why }, &line);
        }
    }
}

impl<R: Chronicle> Sink for Audit<'_, R> {
    fn started(&self, id: StepId, step: &Step) {
        let (operation, why) = (step.action.call.operation(), step.why.reason());
        let span = span(operation, &step.target, why);
        self.under_way.borrow_mut().insert(id, UnderWay { span, target: step.target.clone(), operation, why });
    }

    fn finished(&self, id: StepId, step: &Step, outcome: &Outcome) {
        let span = self.under_way.borrow_mut().remove(&id).map_or_else(Span::none, |under_way| under_way.span);
        let _inside = span.enter();
        let result = match outcome {
            Outcome::Done(receipt) => Ok(receipt),
            Outcome::Failed(fault) => Err(fault),
            Outcome::Skipped { .. } | Outcome::Deferred | Outcome::NotStarted => return,
        };
        let (operation, why) = (step.action.call.operation(), step.why.reason());
        self.write(&Written { step: Some(id), target: &step.target, operation, why }, result);
    }

    fn repaired(&self, Repair { target, action }: &Repair, answer: &Result<Receipt, Fault>) {
        let written = Written { step: None, target, operation: action.call.operation(), why: "MarkStale" };
        let _inside = span(written.operation, target, written.why).entered();
        self.write(&written, answer.as_ref());
    }
}

fn span((service, operation): (&str, &str), resource: &ResourceId, why: &str) -> Span {
    let operation = format!("{service}:{operation}");
    info_span!(target: TRACE, "call", operation, %resource, why, result = Empty, request_id = Empty)
}

/// One call, as the plan knows it.
struct Written<'w> {
    step: Option<StepId>,
    target: &'w ResourceId,
    operation: (&'static str, &'static str),
    why: &'static str,
}

/// One request, as AWS answered it.
struct Answered<'w> {
    operation: &'w str,
    mark: bool,
    request_id: Option<&'w str>,
    arn: Option<&'w Arn>,
    became: Became<'w>,
}

/// What became of a request.
#[derive(Clone, Copy)]
enum Became<'w> {
    Done,
    Failed(&'w Fault),
    /// Nobody waited for the answer.
    Unknown,
}

impl Became<'_> {
    fn word(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Failed(_) => "failed",
            Self::Unknown => "unknown",
        }
    }

    fn fault(self) -> Option<String> {
        match self {
            Self::Done => None,
            Self::Failed(fault) => Some(fault.to_string()),
            Self::Unknown => Some("the program ended before AWS answered: it may have happened".to_owned()),
        }
    }
}

impl<R: Chronicle> Audit<'_, R> {
    /// The call of a step, and the marks beside it, each with what became of it.
    fn write(&self, written: &Written<'_>, result: Result<&Receipt, &Fault>) {
        let own = format!("{}:{}", written.operation.0, written.operation.1);
        let (id, lines) = match result {
            Ok(Receipt { arn, request_id, marks, unsent }) => {
                let id = request_id.as_deref();
                let call =
                    Answered { operation: &own, mark: false, request_id: id, arn: arn.as_ref(), became: Became::Done };
                let call = (!unsent).then_some(call);
                (id, call.into_iter().chain(marks.iter().map(|mark| sent(mark, &own))).collect::<Vec<_>>())
            }
            Err(fault) => {
                // What a call needs, a read or its value, and could not have, is that call's failure: it was not sent.
                let operation = if fault.mark { &fault.operation } else { &own };
                let id = fault.request_id.as_deref().filter(|_| *operation == fault.operation);
                let failed =
                    Answered { operation, mark: fault.mark, request_id: id, arn: None, became: Became::Failed(fault) };
                (id, fault.before.iter().map(|before| sent(before, &own)).chain([failed]).collect())
            }
        };
        Span::current().record("result", if result.is_ok() { "done" } else { "failed" }).record("request_id", id);
        for line in lines {
            self.line(written, &line);
        }
    }

    fn line(&self, written: &Written<'_>, answered: &Answered<'_>) {
        let Written { step, target, operation: _, why } = written;
        let Answered { operation, mark, request_id, arn, became } = answered;
        let Wanted { desired, commit, .. } = self.wanted;
        self.record.called(&Entry {
            time: self.clock.now().to_string(),
            installation: desired.installation.as_str(),
            commit: commit.as_ref().map(|commit| commit.id.as_str()),
            author: commit.as_ref().map(|commit| commit.author.as_str()),
            step: step.map(StepId::number),
            resource: target.to_string(),
            operation: (*operation).to_owned(),
            why,
            mark: *mark,
            result: became.word(),
            request_id: *request_id,
            arn: arn.map(Arn::as_str),
            fault: became.fault(),
        });
    }
}

fn sent<'w>(Sent { operation, request_id }: &'w Sent, own: &str) -> Answered<'w> {
    Answered { operation, mark: operation != own, request_id: request_id.as_deref(), arn: None, became: Became::Done }
}
