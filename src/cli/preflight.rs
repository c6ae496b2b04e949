//! `check --aws`: are the manifests right, and would their tasks start? Writes nothing.

use std::collections::BTreeMap;

use super::args::{CheckArgs, Common, Format};
use super::exit::Exit;
use super::out::Out;
use super::{CliError, annotations, diagnostics, world};
use crate::cloud::Observe as _;
use crate::manifest::config::ConfigSpec;
use crate::manifest::diagnostic::{Diagnostic, Span};
use crate::manifest::{Checked, Loaded, SourceFile};
use crate::preflight::finding::{Finding, Report, Severity, Site, Unverified};
use crate::preflight::{Inquiry, check};
use crate::render::preflight::{Document, document};
use crate::survey::survey;

pub(super) async fn preflight(args: CheckArgs, common: Common, config: ConfigSpec, out: Out) -> Result<Exit, CliError> {
    let (read, Loaded { desired, checked }) = super::read_all(&args.manifests, &config)?;
    let aws = world::connect(&common, &config, &desired, out).await?;
    let observed = aws.observe(&desired).await;
    let plan = crate::plan::plan(&desired, &observed);
    let surveyed = survey(&desired, &observed, &plan, args.values, &aws).await;
    let report = check(Inquiry {
        desired: &desired,
        observed: &observed,
        plan: &plan,
        surveyed: &surveyed,
        values: args.values,
    });
    let calls = aws.calls();
    let Checked { found, shown } = &checked;
    let files: BTreeMap<&str, &SourceFile> = read.iter().map(|file| (file.name.as_str(), file)).collect();
    let all = |also: Vec<Diagnostic>| {
        let findings = report.findings.iter().map(|finding| of_finding(finding, &files));
        found.iter().cloned().chain(findings).chain(also).collect::<Vec<_>>()
    };
    match common.output {
        Format::Text | Format::Markdown => {
            Out::data(&(diagnostics::text(&all(Vec::new()), shown, out.style) + "\n" + &open_ends(&report)));
            let total: u64 = calls.values().sum();
            let scope = aws.scope();
            let line = format!("account {} in {}: {total} calls, nothing written", scope.account, scope.region);
            out.mention(&line);
        }
        Format::Json => {
            let diagnostics = found.iter().map(diagnostics::object).collect();
            let (desired, observed, report) = (&desired, &observed, &report);
            let object = Document { desired, observed, report, diagnostics, values: args.values, calls: &calls };
            Out::data(&(document(&object).to_string() + "\n"));
        }
        Format::Github => {
            let unread = report.unverified.iter().filter(|unverified| unverified.unreadable);
            let unread = unread.map(|unverified| of_unverified(unverified, &files)).collect();
            Out::data(&annotations::github(&all(unread), shown));
        }
    }
    let exits =
        [(checked.has_errors(), Exit::Usage), (report.is_incomplete(), Exit::Failed), (report.has_errors(), Exit::No)];
    let exits = exits.into_iter().filter(|(holds, _)| *holds).map(|(_, exit)| exit);
    Ok(exits.fold(Exit::Yes, Exit::worse))
}

fn of_finding(finding: &Finding, files: &BTreeMap<&str, &SourceFile>) -> Diagnostic {
    let Finding { site, code, message, ecs, help, planned, also } = finding;
    let planned = if *planned { " (judged as the next apply makes it)" } else { "" };
    let also: Vec<String> = also.iter().map(ToString::to_string).collect();
    let also = if also.is_empty() { String::new() } else { format!(", also at {}", also.join(", ")) };
    let text = format!("{}: {}: {message}{planned}{also}\nECS: {ecs}", code.as_str(), whose(site));
    let (file, span) = place(site, files);
    let diagnostic = match code.severity() {
        Severity::Error => Diagnostic::error(&file, &span, text),
        Severity::Warning => Diagnostic::warning(&file, &span, text),
    };
    diagnostic.help(help)
}

fn of_unverified(unverified: &Unverified, files: &BTreeMap<&str, &SourceFile>) -> Diagnostic {
    let Unverified { site, what, why, unreadable: _ } = unverified;
    let (file, span) = place(site, files);
    let text = format!("not verified: {}: {what}: {why}", whose(site));
    Diagnostic::warning(&file, &span, text)
}

/// The resource, and the services that it is about where it is none itself.
fn whose(site: &Site) -> String {
    let Site { resource, services, .. } = site;
    let others: Vec<String> = services.iter().filter(|id| *id != resource).map(ToString::to_string).collect();
    if others.is_empty() { resource.to_string() } else { format!("{resource} (run by {})", others.join(", ")) }
}

/// The place in the file: as far as the word goes that stands there.
fn place(site: &Site, files: &BTreeMap<&str, &SourceFile>) -> (String, Span) {
    let Some(at) = &site.at else { return (site.resource.to_string(), Span::default()) };
    let text = files.get(at.file.as_str()).map_or("", |file| file.text.as_str());
    let line_start: usize = text.split_inclusive('\n').take(at.line.saturating_sub(1)).map(str::len).sum();
    let line = text[line_start..].lines().next().unwrap_or_default();
    let indent: usize = line.chars().take(at.column.saturating_sub(1)).map(char::len_utf8).sum();
    let word = line[indent..].find([' ', ',', '}', ']']).unwrap_or(line.len() - indent);
    let start = line_start + indent;
    (at.file.clone(), Span { line: at.line, column: at.column, bytes: (start, start + word) })
}

/// What was not found out, a line each; where many places share it, once.
fn open_ends(report: &Report) -> String {
    let mut lines: BTreeMap<(bool, String), Vec<String>> = BTreeMap::new();
    for Unverified { site, what, why, unreadable } in &report.unverified {
        let at = site.at.as_ref().map_or_else(|| site.resource.to_string(), ToString::to_string);
        lines.entry((!unreadable, format!("{what}: {why}"))).or_default().push(at);
    }
    let line = |((_, text), places): (&(bool, String), &Vec<String>)| {
        let more = if places.len() > 1 { format!(" and {} more", places.len() - 1) } else { String::new() };
        format!("  {text} ({}{more})\n", places[0])
    };
    let lines: String = lines.iter().map(line).collect();
    if lines.is_empty() { lines } else { format!("\nnot verified:\n{lines}") }
}
