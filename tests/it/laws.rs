//! Each law of docs/architecture.md has a test that fails when the law is broken.

mod law_11_pruning;
mod law_12_blast_radius;
mod law_14_late_reads;
mod law_15_limits;
mod law_1_chains;
mod law_1_generated;
mod law_1_quiet;
mod law_2_pages;
mod law_2_unknown;
mod law_3_complete;
mod law_4_reasons;
mod law_5_values;
mod law_6_in_use;
mod law_7_history;
mod law_8_crash;
