//! Markdown for a pull request: found again by its marker, never too long, and nobody's text gets out of its fence.

use evenkeel::manifest::{SourceFile, load};
use evenkeel::model::arn::{Arn, Scope};
use evenkeel::model::desired::Desired;
use evenkeel::model::id::{AccountId, Installation, Kind, Name, Partition, Region, ResourceId};
use evenkeel::model::inventory::Remnant;
use evenkeel::model::observed::{Observed, Seen};
use evenkeel::model::time::Timestamp;
use evenkeel::render::markdown::{Comment, diff};
use evenkeel::render::summary::{Summary, quiet};

use super::{CASES, Case, RICH, case, golden};
use crate::golden::Golden;

/// What the description of a comment may have.
const LONGEST: usize = 60_000;

fn comment(case: &Case) -> String {
    let Case { desired, look, plan, .. } = case;
    diff(&Comment { desired, observed: &look.observed, plan, summary: &Summary::of(desired, plan), full: false })
}

#[test]
fn the_comments_of_rich_plans_are_as_agreed_on() {
    let mut all = Golden::new();
    for name in RICH.into_iter().chain(["base", "rotate-shared", "role-adopt", "broken-service"]) {
        let file = format!("{name}.md");
        all.check(&file, &golden(&file), &comment(case(name)));
    }
    all.finish();
}

#[test]
fn a_service_that_is_left_in_another_cluster_is_named_with_that_cluster_and_its_manifest() {
    let shown = comment(case("service-cluster-changed"));
    let line =
        "<code>Service/shop-web is the service shop-web in the cluster shop, which Service/web named before, and stays";
    assert!(shown.contains(line), "{shown}");
}

#[test]
fn the_first_line_is_a_marker_with_the_installation_and_equal_plans_have_equal_comments() {
    for case in CASES.iter() {
        let comment = comment(case);
        assert_eq!(comment.lines().next(), Some("<!-- evenkeel:diff:default -->"), "{}", case.name);
        assert_eq!(comment, self::comment(case));
    }
}

#[test]
fn an_installation_of_any_name_cannot_end_the_marker() {
    let shown = of(Installation::new("a --> <script>@team\n"), &[]);
    assert_eq!(shown.lines().next(), Some("<!-- evenkeel:diff:a%20--%3E%20%3Cscript%3E%40team%A -->"));
    assert!(!shown.contains("<script>"));
}

#[test]
fn nothing_that_differs_is_said_of_one_of_many_and_of_those_that_were_chosen() {
    let said = |manifests: &[&str], only: Option<&[&str]>| {
        let mut desired = Desired::empty(Installation::new("default"));
        let file = |(index, name): (usize, &&str)| SourceFile {
            name: format!("{index}.yaml"),
            text: format!("apiVersion: evenkeel.dev/v1alpha1\nkind: Secret\nmetadata: {{name: {name}}}\nspec: {{}}\n"),
        };
        desired.secrets =
            load(Installation::new("default"), &manifests.iter().enumerate().map(file).collect::<Vec<_>>())
                .desired
                .secrets;
        desired.only = only.map(|only| only.iter().map(|id| ResourceId::parse(id).unwrap()).collect());
        quiet(&desired)
    };
    assert_eq!(said(&["a"], None), "the one resource is as it should be");
    assert_eq!(said(&["a", "b"], None), "all 2 resources are as they should be");
    assert_eq!(said(&["a", "b"], Some(&["Secret/b"])), "the one that was chosen of 2 resources is as it should be");
    let two = Some(&["Secret/a", "Secret/b"] as &[_]);
    assert_eq!(said(&["a", "b", "c"], two), "the 2 that were chosen of 3 resources are as they should be");
    assert_eq!(said(&["a"], Some(&["Secret/a"])), "the one that was chosen of 1 resource is as it should be");
}

#[test]
fn nothing_of_a_manifest_leaves_its_fence() {
    let nasty = "```\n</details><script>alert(1)</script> @octocat/team `x` | #1\n~~~\n<!-- evenkeel:diff:other -->";
    let quoted = serde_json::to_string(nasty).unwrap();
    let text = format!(
        "apiVersion: evenkeel.dev/v1alpha1\nkind: TaskDefinition\nmetadata: {{name: web}}\nspec:\n  family: web\n  \
         containerDefinitions:\n    - name: web\n      image: web:1\n      memory: 64\n      environment: {{NASTY: {quoted}}}\n"
    );
    let file = SourceFile { name: "@octocat|`x`</summary>.yaml".into(), text };
    let shown = of(Installation::new("default"), &[file]);
    assert!(outside_fences(&shown).contains("TaskDefinition/web"));
    for line in outside_fences(&shown).lines().skip(1) {
        for wrong in ["@", "<script", "alert", "octocat", "<!--", "```", "#1"] {
            assert!(!line.contains(wrong), "{wrong} stands outside: {line}");
        }
    }
    assert!(shown.contains("@octocat/team"), "it is shown, inside");
}

/// Everything that a Markdown parser does not take as code: fences as CommonMark defines them.
fn outside_fences(text: &str) -> String {
    let mut out = String::new();
    let mut open: Option<usize> = None;
    for line in text.lines() {
        let ticks = line.chars().take_while(|c| *c == '`').count();
        match open {
            None if ticks >= 3 => open = Some(ticks),
            None => out.extend([line, "\n"]),
            Some(fence) if ticks >= fence && line.trim_matches('`').trim().is_empty() => open = None,
            Some(_) => {}
        }
    }
    assert_eq!(open, None, "a fence is left open");
    out
}

#[test]
fn every_fold_that_is_opened_is_closed() {
    for shown in CASES.iter().map(comment).chain([of(Installation::new("default"), &many(300))]) {
        let outside = outside_fences(&shown);
        for (open, close) in [("<details>", "</details>"), ("<summary>", "</summary>"), ("<code>", "</code>")] {
            assert_eq!(outside.matches(open).count(), outside.matches(close).count(), "{open}");
        }
    }
}

#[test]
fn a_long_comment_is_cut_keeps_its_summary_and_counts_what_is_left_out() {
    let shown = of(Installation::new("default"), &many(300));
    assert!(shown.chars().count() <= LONGEST, "{}", shown.chars().count());
    assert!(shown.chars().count() > LONGEST / 2, "there is room for more");
    assert!(shown.contains("**300 to create, "), "the summary stays");
    let folds = shown.matches("<details>").count();
    assert!(
        shown.contains(&format!("**{} of 300 resources are left out here**", 300 - folds)),
        "{}",
        &shown[shown.len() - 400..]
    );
    assert!(shown.trim_end().ends_with("</sub>"), "the footer stays");
    let rows = shown.lines().filter(|line| line.starts_with("| <code>")).count();
    assert!(shown.contains(&format!("| | and {} more | | | |", 300 - rows)));
}

#[test]
fn one_resource_that_is_too_long_is_cut_by_lines() {
    let long = (0..1750).map(|line| format!("line {line:04} of a script that is long")).collect::<Vec<_>>().join("\\n");
    let text = format!(
        "apiVersion: evenkeel.dev/v1alpha1\nkind: TaskDefinition\nmetadata: {{name: web}}\nspec:\n  family: web\n  \
         containerDefinitions:\n    - name: web\n      image: web:1\n      memory: 64\n      environment: {{LONG: \"{long}\"}}\n"
    );
    let file = SourceFile { name: "web.yaml".into(), text };
    for full in [false, true] {
        let shown = of_full(Installation::new("default"), std::slice::from_ref(&file), full);
        assert!(shown.chars().count() <= LONGEST);
        assert!(shown.contains("more line"), "{shown}");
        assert!(shown.contains("1 to create"));
    }
}

#[test]
fn more_services_that_are_left_elsewhere_than_there_is_room_for_are_counted() {
    for count in [2, 19, 20, 320] {
        let shown = moved(count);
        assert!(shown.chars().count() <= LONGEST, "{count}: {}", shown.chars().count());
        let told = shown.lines().filter(|line| line.contains("named before, and stays")).count();
        let more = shown.lines().find_map(|line| line.strip_prefix("… and ")?.strip_suffix(" more")?.parse().ok());
        // One is left in the case itself.
        assert_eq!(told + more.unwrap_or(0), count + 1, "{count}");
        assert_eq!(more.is_some(), count >= 20, "{count}: {shown}");
        assert!(shown.contains(&format!("**{} to create, ", count + 1)), "the summary stays");
        assert!(shown.trim_end().ends_with("</sub>"), "the footer stays");
    }
}

#[test]
fn long_remarks_are_cut_and_those_that_do_not_fit_are_counted() {
    for (files, secrets) in [(1, 1), (1, 400), (25, 80), (60, 400)] {
        let shown = of(Installation::new("default"), &with_unwatched(files, secrets));
        assert!(shown.chars().count() <= LONGEST, "{files}, {secrets}: {}", shown.chars().count());
        let told = shown.lines().filter(|line| line.starts_with("<code>TaskDefinition")).count();
        let more = shown.lines().find_map(|line| line.strip_prefix("… and ")?.strip_suffix(" more")?.parse().ok());
        assert!(told > 0, "{shown}");
        assert_eq!(told + more.unwrap_or(0), files, "{files}, {secrets}");
        assert!(shown.trim_end().ends_with("</sub>"), "the footer stays");
    }
}

/// The comment on so many services that are in another cluster than their manifests name by now, beside that of the case.
fn moved(count: usize) -> String {
    let Case { desired, look, .. } = case("service-cluster-changed");
    let (mut desired, mut observed) = (desired.clone(), look.observed.clone());
    let web = Name::parse("web").unwrap();
    let mut remnants = observed.remnants.values().filter_map(Seen::present);
    let Some(Remnant::Service(was)) = remnants.next().cloned() else { panic!("the case leaves a service") };
    for number in 0..count {
        let name = Name::parse(&format!("application-number-{number:04}")).unwrap();
        let id = ResourceId::new(Kind::Service, &name);
        desired.services.insert(name.clone(), desired.services[&web].clone());
        observed.services.insert(name, Seen::Absent);
        let mut was = was.clone();
        was.arn = Arn::new(format!("{}-{number:04}", was.arn));
        was.tags.insert("evenkeel.dev/resource".to_owned(), id.to_string());
        observed.inventory.as_mut().unwrap().owned.insert(was.arn.clone(), Some(id));
        observed.remnants.insert(was.arn.clone(), Seen::Present(Remnant::Service(was)));
    }
    let plan = evenkeel::plan::plan(&desired, &observed);
    let summary = Summary::of(&desired, &plan);
    diff(&Comment { desired: &desired, observed: &observed, plan: &plan, summary: &summary, full: false })
}

/// Task definitions that name secrets which nobody declares.
fn with_unwatched(count: usize, secrets: usize) -> Vec<SourceFile> {
    let secret = |number: usize, of: usize| {
        format!(
            "        VARIABLE_{of}: arn:aws:secretsmanager:eu-west-1:123456789012:secret:a/rather/long/name/{number}/{of}-AbCdEf\n"
        )
    };
    let one = |number: usize| {
        let secrets: String = (0..secrets).map(|of| secret(number, of)).collect();
        format!(
            "apiVersion: evenkeel.dev/v1alpha1\nkind: TaskDefinition\nmetadata: {{name: app-{number}}}\nspec:\n  \
             family: app-{number}\n  executionRoleArn: arn:aws:iam::123456789012:role/app\n  containerDefinitions:\n    \
             - name: web\n      image: web:1\n      memory: 64\n      secrets:\n{secrets}---\n"
        )
    };
    let file = |number: usize| SourceFile { name: format!("app-{number}.yaml"), text: one(number) };
    (0..count).map(file).collect()
}

fn many(count: usize) -> Vec<SourceFile> {
    let one = |number: usize| {
        format!(
            "apiVersion: evenkeel.dev/v1alpha1\nkind: TaskDefinition\nmetadata: {{name: app-{number}}}\nspec:\n  \
             family: app-{number}\n  containerDefinitions:\n    - name: web\n      image: web:{number}\n      \
             memory: 64\n      environment: {{A: b, C: d, E: f}}\n---\n"
        )
    };
    vec![SourceFile { name: "many.yaml".into(), text: (0..count).map(one).collect() }]
}

fn of(installation: Installation, files: &[SourceFile]) -> String {
    of_full(installation, files, false)
}

/// The comment on manifests of which nothing exists.
fn of_full(installation: Installation, files: &[SourceFile], full: bool) -> String {
    let loaded = load(installation, files);
    assert!(!loaded.checked.has_errors(), "{:#?}", loaded.checked.found);
    let desired: Desired = loaded.desired;
    let scope = Scope {
        partition: Partition::new("aws"),
        account: AccountId::new("123456789012"),
        region: Region::new("eu-west-1"),
    };
    let mut observed = Observed::nothing(Timestamp::from_secs(1_767_225_600), scope);
    observed.newest = desired.task_definitions.keys().map(|name| (name.clone(), Seen::Absent)).collect();
    let plan = evenkeel::plan::plan(&desired, &observed);
    diff(&Comment { desired: &desired, observed: &observed, plan: &plan, summary: &Summary::of(&desired, &plan), full })
}
