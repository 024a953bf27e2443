//! Tests that count their cases write the number down, for the table in docs/reliability.md.

/// Writes that the test `name` of `file` ran `cases`.
pub fn counted(_file: &str, name: &str, cases: usize) {
    println!("{name}: {cases} cases");
}
