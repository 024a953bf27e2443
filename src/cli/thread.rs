//! A client's story as plain text, oldest day first.

use super::list::minute;
use crate::clock::Zone;
use crate::store::{LetterView, ThreadView};

/// The whole story.
pub(super) fn story(thread: &ThreadView, zone: &Zone) -> String {
    let mut text = format!("{}\n", thread.client);
    if !thread.goal.is_empty() {
        text.push_str(&format!("goal: {}\n", thread.goal));
    }
    if thread.reports.is_empty() {
        text.push_str("\nno reports yet\n");
    }
    for report in &thread.reports {
        let holder = report.holder.as_deref().unwrap_or("nobody");
        let due = minute(&report.due_at, zone);
        text.push_str(&format!("\n== {} · {} · holder {holder} · due {due}\n", report.day, report.state));
        for letter in &report.letters {
            text.push_str(&one(letter, zone));
        }
    }
    text
}

fn one(letter: &LetterView, zone: &Zone) -> String {
    let LetterView { kind, by, at, reason, proof, subject, text, enclosures, mails } = letter;
    let mut out = format!("\n-- {kind} by {by} · {} · {reason} · {proof}\n", minute(at, zone));
    if !subject.is_empty() {
        out.push_str(&format!("   subject: {subject}\n"));
    }
    for line in text.lines() {
        out.push_str(&format!("   {line}\n"));
    }
    if *enclosures > 0 {
        out.push_str(&format!("   (enclosures: {enclosures})\n"));
    }
    for mail in mails {
        let ended = mail
            .ended_at
            .as_deref()
            .or(mail.next_at.as_deref())
            .map_or_else(String::new, |at| minute(at, zone));
        out.push_str(&format!("   → {} to {}: {} {ended}\n", mail.kind, mail.person, mail.state));
    }
    out
}
