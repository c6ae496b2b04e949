//! A report in the making: what is asked, what is found, what stays open.

use std::collections::{BTreeMap, BTreeSet};

use super::finding::{Code, Finding, Report, Site, Unverified};
use super::{Inquiry, startup, words};
use crate::model::id::ResourceId;
use crate::model::observed::UNASKED;
use crate::model::path::Path;
use crate::model::survey::{Question, Surveyed};

pub(super) struct Draft<'a> {
    pub(super) inquiry: Inquiry<'a>,
    /// What was not looked at yet, each with what wants to know it.
    asked: BTreeMap<Question, BTreeSet<(Site, String)>>,
    findings: BTreeSet<Finding>,
    unverified: BTreeSet<Unverified>,
    /// Texts that may be values: AWS may repeat them.
    hidden: BTreeSet<String>,
}

/// What is known of one thing.
pub(super) enum Known<T> {
    There(T),
    Gone,
    /// Not asked yet, or not to be had: that is written down already.
    Nothing,
}

/// What ECS says, and what to do.
pub(super) struct Because {
    pub(super) message: String,
    pub(super) ecs: String,
    pub(super) help: String,
}

impl<'a> Draft<'a> {
    pub(super) fn new(inquiry: Inquiry<'a>) -> Self {
        let hidden = BTreeSet::new();
        Self { inquiry, asked: BTreeMap::new(), findings: BTreeSet::new(), unverified: BTreeSet::new(), hidden }
    }

    /// From here on a text that is not repeated is cut out of what AWS says, too.
    pub(super) fn hide(&mut self, text: &str) {
        if !text.is_empty() && words::shown(text) != text {
            self.hidden.insert(text.to_owned());
        }
    }

    pub(super) fn site(&self, resource: &ResourceId, path: Path, services: &[ResourceId]) -> Site {
        startup::site(self.inquiry, resource, path, services)
    }

    /// Looks up an answer, or asks for it.
    pub(super) fn look<T>(
        &mut self,
        site: &Site,
        what: &str,
        question: Question,
        answer: impl FnOnce(&'a Surveyed) -> Result<Option<&'a T>, &'a str>,
    ) -> Known<&'a T> {
        if !self.inquiry.surveyed.has(&question) {
            self.asked.entry(question).or_default().insert((site.clone(), what.to_owned()));
            return Known::Nothing;
        }
        self.known(site, what, answer(self.inquiry.surveyed))
    }

    /// The same of something that was read already.
    pub(super) fn known<T>(&mut self, site: &Site, what: &str, read: Result<Option<&'a T>, &'a str>) -> Known<&'a T> {
        match read {
            Ok(Some(thing)) => Known::There(thing),
            Ok(None) => Known::Gone,
            Err(why) => {
                self.unread(site, what, why);
                Known::Nothing
            }
        }
    }

    pub(super) fn find(&mut self, site: &Site, code: Code, planned: bool, because: Because) {
        let Because { message, ecs, help } = because;
        let (site, also) = (site.clone(), Vec::new());
        self.findings.insert(Finding { site, code, message, ecs, help, planned, also });
    }

    /// Something that only AWS could have said.
    pub(super) fn unread(&mut self, site: &Site, what: &str, why: &str) {
        self.open(site, what, why, true);
    }

    /// Something that is not looked at, or that nobody can tell.
    pub(super) fn unsure(&mut self, site: &Site, what: &str, why: &str) {
        self.open(site, what, why, false);
    }

    fn open(&mut self, site: &Site, what: &str, why: &str, unreadable: bool) {
        let why = words::without_all(why, &self.hidden);
        let what = what.to_owned();
        self.unverified.insert(Unverified { site: site.clone(), what, why, unreadable });
    }

    /// What is still to be looked at.
    pub(super) fn questions(self) -> BTreeSet<Question> {
        self.asked.into_keys().collect()
    }

    /// What came of it. A question that nobody has answered is an open end.
    pub(super) fn finish(mut self) -> Report {
        for (site, what) in std::mem::take(&mut self.asked).into_values().flatten() {
            self.unread(&site, &what, UNASKED);
        }
        let Self { inquiry: _, asked: _, findings, unverified, hidden: _ } = self;
        let mut findings: Vec<Finding> = findings.into_iter().collect();
        findings.sort_by(|a, b| (&a.site.at, a.code, a).cmp(&(&b.site.at, b.code, b)));
        Report { findings: told_once(findings), unverified: unverified.into_iter().collect() }
    }
}

/// What two variables of a container suffer from is told at the first of them.
fn told_once(findings: Vec<Finding>) -> Vec<Finding> {
    let mut told: Vec<Finding> = Vec::new();
    for finding in findings {
        let same = |other: &&mut Finding| {
            (&other.site.resource, other.code, &other.message)
                == (&finding.site.resource, finding.code, &finding.message)
        };
        match told.iter_mut().find(same) {
            Some(first) => first.also.extend(finding.site.at),
            None => told.push(finding),
        }
    }
    told
}
