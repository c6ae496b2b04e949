//! The console blocks of the documentation are run, so that they cannot lie. Those of the drill and the tutorial need a shell: `drill`.

#[test]
fn every_console_block_of_the_documentation_shows_what_happens() {
    crate::imports::furnish_for_the_guide();
    let cases = trycmd::TestCases::new();
    cases
        .case("README.md")
        .case("docs/*.md")
        .case("docs/guides/import.md")
        .skip("docs/drill.md")
        .skip("docs/tutorial.md")
        .env("NO_COLOR", "1")
        .env("COLUMNS", "100")
        .run();
}
