//! The console blocks of the documentation are run, so that they cannot lie.

#[test]
fn every_console_block_of_the_documentation_shows_what_happens() {
    trycmd::TestCases::new().case("README.md").case("docs/*.md").env("NO_COLOR", "1").env("COLUMNS", "100").run();
}
