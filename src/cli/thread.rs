//! A client's story as plain text, oldest day first.

use super::page::{Page, minute};
use crate::clock::Zone;
use crate::domain::decision::Reason;
use crate::store::{EndView, LetterView, ThreadView};

/// The whole story, with every address that is in it.
pub(super) fn whole(thread: &ThreadView, zone: &Zone) -> String {
    let mut page = Page::whole();
    story(&mut page, thread, zone);
    page.text()
}

/// The whole story.
pub(super) fn story(page: &mut Page, thread: &ThreadView, zone: &Zone) {
    page.line(&thread.client);
    if !thread.goal.is_empty() {
        page.line(&format!("goal: {}", thread.goal));
    }
    if thread.reports.is_empty() {
        page.line("\nno reports yet");
    }
    for report in &thread.reports {
        let holder = report.holder.as_deref().unwrap_or("nobody");
        let due = minute(&report.due_at, zone);
        page.line(&format!("\n== {} · {} · holder {holder} · due {due}", report.day, report.state));
        for letter in &report.letters {
            one(page, letter, zone);
        }
    }
}

fn one(page: &mut Page, letter: &LetterView, zone: &Zone) {
    let LetterView { kind, by, at, reason, proof, subject, text, enclosures, junk, end, mails } = letter;
    page.line(&format!("\n-- {kind} by {by} · {} · {reason} · {proof}", minute(at, zone)));
    if !subject.is_empty() {
        page.words("   ", &format!("subject: {subject}"));
    }
    page.words("   ", text);
    if *enclosures > 0 {
        page.words("   ", &format!("(enclosures: {enclosures})"));
    }
    if *junk {
        page.words("   ", "(it lay in the junk folder)");
    }
    if let Some(end) = end {
        page.words("   ", &format!("= {}", ended(end, zone)));
    }
    for mail in mails {
        let ended = mail
            .ended_at
            .as_deref()
            .or(mail.next_at.as_deref())
            .map_or_else(String::new, |at| minute(at, zone));
        let besides = match mail.in_grace() {
            Some(until) => format!(" (grace until {})", minute(until, zone)),
            None if mail.reason == Reason::Recalled.word() => " (taken back)".to_owned(),
            None => String::new(),
        };
        page.words("   ", &format!("→ {} to {}: {} {ended}{besides}", mail.kind, mail.person, mail.state));
    }
}

/// Who has it, until when, and how it ended.
fn ended(end: &EndView, zone: &Zone) -> String {
    let by = end.by.as_deref().unwrap_or("nobody");
    match (end.end.as_str(), &end.due_at) {
        ("waits", Some(due)) => format!("waits: {by} has it, due {}", minute(due, zone)),
        ("unread", _) => "nobody was there to read it".to_owned(),
        (how, _) => format!("{how} by {by}"),
    }
}
