//! The bench, once and small: every line is there and its counts hold (the bench asserts them itself), whatever the
//! figures are.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // whatever breaks here fails the test
#[path = "lab/mod.rs"]
mod lab;
#[allow(dead_code)] // the bench's own command line
#[path = "../benches/corridor/measure/mod.rs"]
mod measure;

use clap::Parser as _;

#[test]
fn every_line_of_the_bench_is_measured() {
    let words = ["corridor", "--mails", "50", "--repetitions", "1", "--alerts", "5", "--burst", "50"];
    let table = measure::run(&measure::Arguments::parse_from(words));
    let names: Vec<&str> = table.lines.iter().map(|line| line.name.as_str()).collect();
    let expected = [
        "parse",
        "keep, warm",
        "apply",
        "submit, 1 connection",
        "submit, 8 connections",
        "drain, 1 connection",
        "drain, 8 connections",
        "corridor, warm",
        "memory of the corridor",
        "latency, announced at once",
        "burst, another's alert at 1 mail/s",
        "latency, Dovecot",
        "raw FETCH, warm",
        "smtp-source, 1 connection",
        "smtp-source, 8 connections",
    ];
    for name in expected {
        assert!(names.contains(&name), "no line {name} in {names:?}; not measured: {:?}", table.skipped);
    }
    assert!(table.lines.iter().all(|line| line.median() > 0.0));
    let json: serde_json::Value = serde_json::from_str(&table.json()).unwrap();
    assert_eq!(json["lines"].as_array().unwrap().len(), names.len());
}
