//! `yorisoi status`: the first look on a bad day. What waits for an answer, whether fetching and sending work, which
//! mails did not go their way; for each trouble what to do. One value, made for a moment, shown as text or JSON.

use std::process::ExitCode;
use std::time::Duration;

use serde::Serialize;

use super::page::Column::{Soft, Stiff};
use super::page::{Form, Page, minute};
use super::{FAILED, read};
use crate::clock::{self, Timestamp, Zone};
use crate::domain::calendar::Calendar;
use crate::domain::outgoing::State;
use crate::engine::disk::{Disk, LEAST_FREE};
use crate::engine::{daily_backups, day_of_backup};
use crate::mail::fetched::FolderRole;
use crate::settings::{JunkFolder, Settings};
use crate::store::{
    CountView, FolderView, HealthView, Loop, OldestView, StatusView, SuspendedView, WaitingView,
};

/// The daemon looks every five minutes at the latest: after this long it is not running, or it hangs.
const SILENT_AFTER: Duration = Duration::from_secs(60 * 60);

/// What is shown. The order of the fields is the order of the keys.
#[derive(Serialize)]
struct Look {
    at: String,
    /// What somebody has to look at, a sentence each; empty on a good day.
    troubles: Vec<String>,
    waiting: Vec<Waiting>,
    /// Clients whom nobody answers where her supporter cannot.
    without_second: Vec<String>,
    health: Vec<Health>,
    folders: Vec<Watched>,
    open: Vec<Open>,
    /// Answers that wait for their writer to say what becomes of them.
    set_aside: usize,
    /// Addresses that nobody has, and to which nothing goes.
    suspended: Vec<SuspendedView>,
    /// Whether a second installation on the mailbox would be noticed.
    guarded: bool,
    mails: Vec<CountView>,
    outbox: Vec<CountView>,
}

#[derive(Serialize)]
struct Waiting {
    client: String,
    day: String,
    /// The report was answered before: this is what she wrote after that.
    follow_up: bool,
    since: String,
    due_at: String,
    /// Minutes until then; below nothing when it is late.
    left: i64,
    late: bool,
    holder: Option<String>,
    /// How far it has come: alerted, reminded, second, pool.
    stage: String,
    /// When the client was told that her answer may be late.
    told_at: Option<String>,
}

#[derive(Serialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
enum Condition {
    Never,
    Works,
    Fails,
    /// It worked when it was last heard of, and that is too long ago.
    Silent,
}

#[derive(Serialize)]
struct Health {
    name: &'static str,
    condition: Condition,
    last_success_at: Option<String>,
    last_failure_at: Option<String>,
    /// What stops it now; empty otherwise.
    failure: String,
    last_failure: String,
    remedy: String,
}

/// A folder of the mailbox.
#[derive(Serialize)]
struct Watched {
    /// main or junk.
    role: &'static str,
    /// Empty when there is none.
    folder: String,
    /// When its whole list was last compared with what was taken in.
    last_sweep_at: Option<String>,
    /// Mails that had escaped and that a sweep brought, ever.
    healed: i64,
    last_healed_at: Option<String>,
    /// Why it is not looked at; empty otherwise.
    failure: String,
    remedy: String,
}

#[derive(Serialize)]
struct Open {
    what: String,
    count: i64,
    /// The oldest of them.
    oldest: i64,
    since: String,
    about: String,
    commands: Vec<String>,
}

/// Shows it; with `check`, exit status 1 when something needs a look.
pub(super) fn status(form: Form, check: bool, settings: &Settings) -> anyhow::Result<ExitCode> {
    let mut view = read(settings, |tx| tx.status_view())?;
    if settings.imap.junk == JunkFolder::Unwatched {
        view.folders.retain(|seen| seen.role != FolderRole::Junk);
    }
    view.no_dns &= settings.auth.mode.checks_signatures();
    let mut look = look(view, Disk::of(&settings.service.data_dir).ok(), clock::now());
    look.troubles.extend(late_backup(settings, clock::now())?);
    form.print(&look, |page| lay_out(page, &look, &settings.service.timezone))?;
    Ok(if check && !look.troubles.is_empty() { ExitCode::from(FAILED) } else { ExitCode::SUCCESS })
}

/// Whether the daily backups have stopped.
fn late_backup(settings: &Settings, now: Timestamp) -> anyhow::Result<Option<String>> {
    let Some(backup_dir) = &settings.service.backup_dir else { return Ok(None) };
    let calendar = Calendar { zone: settings.service.timezone.clone(), day_starts_at: 0 };
    let newest = daily_backups(backup_dir)?.pop();
    let yesterday = calendar.day_of(now).plus(-1);
    let place = backup_dir.display();
    Ok(match newest.as_deref().map(day_of_backup) {
        Some(Some(day)) if day >= yesterday => None,
        Some(Some(day)) => {
            Some(format!("the last backup in {place} is of {day}; try one: yorisoi backup {place}"))
        }
        _ => Some(format!("there is no backup in {place}; try one: yorisoi backup {place}")),
    })
}

fn look(view: StatusView, disk: Option<Disk>, now: Timestamp) -> Look {
    let waiting: Vec<Waiting> = view.waiting.into_iter().map(|report| waiting(report, now)).collect();
    let health: Vec<Health> = [Loop::Fetch, Loop::Submit]
        .into_iter()
        .map(|which| health(which, view.health.iter().find(|seen| seen.which == which), now))
        .collect();
    let folders: Vec<Watched> = view.folders.iter().map(watched).collect();
    let open: Vec<Open> = view.open.iter().chain(&view.quarantined).map(open).collect();
    let troubles = disk.and_then(sick).into_iter().chain(health.iter().filter_map(Health::trouble));
    let troubles = troubles.chain(folders.iter().filter_map(Watched::trouble));
    let troubles = troubles.chain(open.iter().filter_map(Open::trouble));
    let troubles = troubles.chain(view.suspended.iter().map(suspended)).chain(unanswered(&waiting));
    let safe = view.safe_mode.then(|| SAFE_MODE.to_owned());
    let troubles = safe.into_iter().chain(view.no_dns.then(|| NO_DNS.to_owned())).chain(troubles);
    let (troubles, at) = (troubles.collect(), now.to_string());
    let StatusView { suspended, unguarded, mails, outbox, set_aside, without_second, .. } = view;
    let guarded = !unguarded;
    Look {
        at,
        troubles,
        waiting,
        without_second,
        health,
        folders,
        open,
        set_aside,
        suspended,
        guarded,
        mails,
        outbox,
    }
}

const SAFE_MODE: &str = "yorisoi broke by its own fault again and again: mails are kept, and nobody is alerted to them; \
     when it is mended: yorisoi go-on";

const NO_DNS: &str = "no name server gives the keys of signatures (DKIM): answers that only a signature proves wait for a \
     yes; look at /etc/resolv.conf, or name a server in dns_servers in [auth]";

/// What is wrong with the disk right now, whatever the database was able to note.
fn sick(disk: Disk) -> Option<String> {
    const REMEDY: &str = "nothing is fetched until there is more room";
    let mebibytes = disk.free >> 20;
    if disk.read_only {
        Some("the disk that holds data_dir is mounted read-only: nothing can be kept or sent".to_owned())
    } else if disk.free < LEAST_FREE {
        Some(format!("the disk that holds data_dir has {mebibytes} MiB free: {REMEDY}"))
    } else {
        None
    }
}

fn waiting(report: WaitingView, now: Timestamp) -> Waiting {
    let WaitingView { client, day, follow_up, since, due_at, holder, stage, told_at } = report;
    let (late, left) = (due_at <= now, (due_at.millis() - now.millis()).div_euclid(60_000));
    let (since, due_at, told_at) = (since.to_string(), due_at.to_string(), told_at.map(|at| at.to_string()));
    Waiting { client, day, follow_up, since, due_at, left, late, holder, stage, told_at }
}

/// The time that is left, and whether the client knows that it may not be enough.
fn left(report: &Waiting) -> String {
    let minutes = report.left.unsigned_abs();
    let time = if minutes < 120 { format!("{minutes} min") } else { format!("{} h", minutes / 60) };
    let told = if report.told_at.is_some() { ", told" } else { "" };
    if report.late { format!("late by {time}{told}") } else { format!("{time} left{told}") }
}

fn suspended(seen: &SuspendedView) -> String {
    let SuspendedView { person, address, status, .. } = seen;
    format!(
        "nothing goes to {address} ({person}): nobody has it, we were told ({status}); yorisoi lift {person}"
    )
}

fn unanswered(waiting: &[Waiting]) -> Option<String> {
    let late = waiting.iter().filter(|report| report.late).count();
    let alone = waiting.iter().filter(|report| report.holder.is_none()).count();
    let said = match (late, alone) {
        (0, 0) => return None,
        (late, 0) => format!("late: {late}"),
        (0, alone) => format!("with nobody to answer: {alone}"),
        (late, alone) => format!("late: {late}, with nobody to answer: {alone}"),
    };
    Some(format!("reports wait for an answer ({said}); another supporter: yorisoi assign CLIENT SUPPORTER"))
}

fn health(which: Loop, seen: Option<&HealthView>, now: Timestamp) -> Health {
    let condition =
        seen.map_or(Condition::Never, |seen| match (seen.last_success_at, seen.last_failure_at) {
            (success, Some(failure)) if success.is_none_or(|success| success < failure) => Condition::Fails,
            // Sending is silent whenever there is nothing to send.
            (Some(success), _) if which == Loop::Fetch && now.since(success) > SILENT_AFTER => {
                Condition::Silent
            }
            _ => Condition::Works,
        });
    let word = |at: Option<Timestamp>| at.map(|at| at.to_string());
    let last_failure = seen.map_or_else(String::new, |seen| seen.failure.clone());
    Health {
        name: which.word(),
        condition,
        last_success_at: word(seen.and_then(|seen| seen.last_success_at)),
        last_failure_at: word(seen.and_then(|seen| seen.last_failure_at)),
        failure: if condition == Condition::Fails { last_failure.clone() } else { String::new() },
        last_failure,
        remedy: match condition {
            Condition::Fails => seen.map_or_else(String::new, |seen| seen.remedy.clone()),
            Condition::Silent => "is it running? start it with: yorisoi run".to_owned(),
            Condition::Never | Condition::Works => String::new(),
        },
    }
}

impl Health {
    fn title(&self) -> &'static str {
        if self.name == Loop::Fetch.word() { "fetching" } else { "sending" }
    }

    fn trouble(&self) -> Option<String> {
        match self.condition {
            Condition::Fails => Some(format!("{} fails: {}", self.title(), self.failure)),
            Condition::Silent => Some(format!("{} was not heard of for more than an hour", self.title())),
            Condition::Never | Condition::Works => None,
        }
    }
}

fn watched(seen: &FolderView) -> Watched {
    let (failure, remedy) = seen.failure.split_once('\n').unwrap_or((&seen.failure, ""));
    let word = |at: Option<Timestamp>| at.map(|at| at.to_string());
    Watched {
        role: seen.role.word(),
        folder: seen.folder.clone(),
        last_sweep_at: word(seen.swept_at),
        healed: seen.healed,
        last_healed_at: word(seen.healed_at),
        failure: failure.to_owned(),
        remedy: remedy.to_owned(),
    }
}

impl Watched {
    /// That a server has no junk folder at all is none.
    fn trouble(&self) -> Option<String> {
        let fails = !self.failure.is_empty() && !self.folder.is_empty();
        fails.then(|| format!("the {} folder is not looked at: {}", self.role, self.failure))
    }
}

impl Open {
    fn trouble(&self) -> Option<String> {
        let said = match self.what.as_str() {
            "failed" => "refused for good",
            "expired" => "given up, their time ran out",
            "unresolved" => "perhaps sent, perhaps not",
            "quarantined" => "wait for a human",
            "may_repeat" => "may have been sent already, before a restore: say what happens with them",
            _ => return None,
        };
        Some(format!("{}: {} ({said})", self.what, self.count))
    }
}

fn open(seen: &OldestView) -> Open {
    let OldestView { state, count, id, since, what, person } = seen;
    let commands: &[&str] = match State::from_word(state) {
        Some(State::Unresolved) => &["outbox show", "outbox accept", "outbox retry", "outbox cancel"],
        Some(State::Failed | State::Expired) => &["outbox show", "outbox retry", "outbox cancel"],
        Some(State::Held) => &["held show", "held release", "held return"],
        Some(_) => &["outbox show"],
        None if state == "may_repeat" => &["outbox show"],
        None => &["quarantine show", "quarantine release", "quarantine discard"],
    };
    let all = if state == "may_repeat" { &["repeats list", "repeats send", "repeats drop"][..] } else { &[] };
    let commands = commands.iter().map(|command| format!("yorisoi {command} {id}"));
    Open {
        what: state.clone(),
        count: *count,
        oldest: *id,
        since: since.to_string(),
        about: if person.is_empty() { what.clone() } else { format!("{what} to {person}") },
        commands: commands.chain(all.iter().map(|command| format!("yorisoi {command}"))).collect(),
    }
}

fn lay_out(page: &mut Page, look: &Look, zone: &Zone) {
    let never = look.health.iter().all(|health| health.condition == Condition::Never);
    match (look.troubles.as_slice(), never) {
        ([], true) => page.line("Nothing has run yet; start with: yorisoi run"),
        ([], false) => page.line("All is well."),
        (troubles, _) => {
            page.line("This needs a look:");
            troubles.iter().for_each(|trouble| page.words("  ", trouble));
        }
    }
    let order = if look.waiting.len() > 1 { ", the first deadline first" } else { "" };
    page.line(&format!("\nReports that wait for an answer: {}{order}", look.waiting.len()));
    if !look.waiting.is_empty() {
        let columns = [Soft("client"), Stiff("day"), Stiff("since"), Stiff("due"), Soft("holder"), Stiff("")];
        let rows = look.waiting.iter().map(|report| {
            let holder = report.holder.as_deref().unwrap_or("nobody").to_owned();
            let more = if report.follow_up { ", again" } else { "" };
            let left = left(report) + more;
            let (since, due) = (minute(&report.since, zone), minute(&report.due_at, zone));
            [report.client.clone(), report.day.clone(), since, due, holder, left]
        });
        page.table(columns, rows);
    }
    if !look.without_second.is_empty() {
        page.line(&without_second(&look.without_second));
    }
    page.line("");
    look.health.iter().for_each(|health| loop_lines(page, health, zone));
    look.folders.iter().for_each(|folder| folder_lines(page, folder, zone));
    if !look.guarded {
        page.words(
            "",
            "A second yorisoi on this mailbox would not be noticed: its server allows no folder of ours.",
        );
    }
    for open in &look.open {
        let Open { what, count, oldest, since, about, commands } = open;
        let since = minute(since, zone);
        page.line(&format!("\n{what}: {count}, the oldest since {since}: number {oldest}, {about}"));
        commands.iter().for_each(|command| page.words("  ", command));
    }
    if look.set_aside > 0 {
        page.line(&format!("\nanswers that wait for their writer's word: {}", look.set_aside));
        page.words("  ", "yorisoi held aside");
    }
    for (title, rows) in [("Mails that came", &look.mails), ("Mails that go out", &look.outbox)] {
        if !rows.is_empty() {
            page.line(&format!("\n{title}"));
            let rows = rows.iter().map(|c| [c.state.clone(), c.what.clone(), c.count.to_string()]);
            page.table([Stiff("state"), Stiff("what"), Stiff("count")], rows);
        }
    }
}

/// At most a line; JSON names everybody.
fn without_second(names: &[String]) -> String {
    const NAMED: usize = 5;
    let shown = names.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join(", ");
    let more = match names.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!("without a second one: {shown}{more}; yorisoi assign CLIENT --propose")
}

fn folder_lines(page: &mut Page, folder: &Watched, zone: &Zone) {
    let title = if folder.role == FolderRole::Main.word() { "folder" } else { "junk" };
    let name = if folder.folder.is_empty() { "none" } else { &folder.folder };
    page.words(&format!("{title:<10}"), name);
    if !folder.failure.is_empty() {
        page.words("  why not:      ", &folder.failure);
        page.words("  what to do:   ", &folder.remedy);
    }
    if let Some(at) = &folder.last_sweep_at {
        page.words("  last sweep:   ", &minute(at, zone));
    }
    if let Some(at) = &folder.last_healed_at {
        page.words("  found late:   ", &format!("{}, the last {}", folder.healed, minute(at, zone)));
    }
}

fn loop_lines(page: &mut Page, health: &Health, zone: &Zone) {
    let condition = match health.condition {
        Condition::Never => "has not run yet",
        Condition::Works => "works",
        Condition::Fails => "FAILS",
        Condition::Silent => "SILENT",
    };
    page.line(&format!("{:<9} {condition}", health.title()));
    if health.condition == Condition::Fails {
        page.words("  why:          ", &health.failure);
    }
    if !health.remedy.is_empty() {
        page.words("  what to do:   ", &health.remedy);
    }
    if let Some(at) = &health.last_success_at {
        page.words("  last success: ", &minute(at, zone));
    }
    if let Some(at) = &health.last_failure_at {
        page.words("  last failure: ", &format!("{}, {}", minute(at, zone), health.last_failure));
    }
}

#[cfg(test)]
mod tests;
