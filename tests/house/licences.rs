//! The licences of every crate that the program is built of, against those that deny.toml allows, for machines without
//! `cargo deny`. What Cargo knows of this platform's crates is asked of Cargo itself, without the network.

use std::process::Command;

use serde_json::Value;

use super::complaint::Complaint;

/// What `cargo metadata` says of this project.
pub fn metadata() -> Value {
    let version = said("rustc", &["-vV"]);
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).expect("a host");
    let asked = ["metadata", "--offline", "--locked", "--format-version", "1", "--filter-platform", host];
    serde_json::from_str(&said(env!("CARGO"), &asked)).expect("metadata")
}

fn said(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).current_dir(env!("CARGO_MANIFEST_DIR")).output();
    let output = output.expect("a program");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

/// A crate under none of the licences that deny.toml allows.
pub fn licences(metadata: &Value, deny: &str) -> Vec<Complaint> {
    let deny: toml::Table = toml::from_str(deny).expect("deny.toml");
    let allowed: Vec<&str> = deny["licenses"]["allow"]
        .as_array()
        .expect("licences")
        .iter()
        .filter_map(toml::Value::as_str)
        .collect();
    let packages = metadata["packages"].as_array().expect("packages");
    assert!(!packages.is_empty());
    let told = packages.iter().filter_map(|package| {
        let (name, licence) = (package["name"].as_str()?, package["license"].as_str().unwrap_or("none"));
        let what = format!("{name}: {licence} is not among the licences of deny.toml");
        (!may(&licence.replace('/', " OR "), &allowed)).then(|| Complaint::new("Cargo.lock", 1, what))
    });
    told.collect()
}

/// Whether an SPDX expression can be met; AND binds more tightly than OR.
fn may(expression: &str, allowed: &[&str]) -> bool {
    let expression = expression.trim();
    if let Some(parts) = split(expression, " OR ") {
        return parts.iter().any(|part| may(part, allowed));
    }
    if let Some(parts) = split(expression, " AND ") {
        return parts.iter().all(|part| may(part, allowed));
    }
    match expression.strip_prefix('(').and_then(|inner| inner.strip_suffix(')')) {
        Some(inner) => may(inner, allowed),
        None => allowed.contains(&expression),
    }
}

/// The parts between a word, outside of brackets; `None` where it does not stand.
fn split<'a>(expression: &'a str, word: &str) -> Option<Vec<&'a str>> {
    let (mut parts, mut from, mut depth) = (Vec::new(), 0, 0);
    for (at, letter) in expression.char_indices() {
        match letter {
            '(' => depth += 1,
            ')' => depth -= 1,
            ' ' if depth == 0 && expression[at..].starts_with(word) => {
                parts.push(&expression[from..at]);
                from = at + word.len();
            }
            _ => {}
        }
    }
    parts.push(&expression[from..]);
    (parts.len() > 1).then_some(parts)
}
