//! Words inside names.

use super::tables::{House, Misused};

/// `DailyReport` → `daily_report`; what is in snake case stays.
pub fn snake(name: &str) -> String {
    let mut out = String::new();
    let mut last = '_';
    for c in name.chars() {
        if c.is_uppercase() && (last.is_lowercase() || last.is_ascii_digit()) {
            out.push('_');
        }
        out.extend(c.to_lowercase());
        last = c;
    }
    out
}

/// The first rule that a name breaks.
pub fn misused<'h>(house: &'h House, room: &str, name: &str) -> Option<&'h Misused> {
    let name = snake(name);
    let concerns = |rule: &&Misused| rule.room.as_deref().is_none_or(|only| only == room);
    house.misused.iter().filter(concerns).find(|rule| matches(&rule.pattern, &name))
}

fn matches(pattern: &str, name: &str) -> bool {
    if let Some(start) = pattern.strip_suffix('…') {
        return name.starts_with(start);
    }
    if let Some(end) = pattern.strip_prefix('…') {
        return name.strip_suffix(end).is_some_and(|start| !start.is_empty());
    }
    // whole words only: `username` holds no `user`
    format!("_{name}_").contains(&format!("_{pattern}_"))
}
