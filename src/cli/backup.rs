//! Backups: making one, looking whether it is whole, putting it back.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use clap::Args;
use serde::Serialize;

use super::mend::Sure;
use super::{FAILED, progress, say_whole as say};
use crate::clock;
use crate::engine::{self, Backup, BackupPlan, Findings, JournalFindings, Restored, Standing};
use crate::settings::{Service, Settings};

/// `backup`
#[derive(Args)]
pub(super) struct BackupOrder {
    /// The file to make, or a folder for it. Whoever has it can read every letter: keep it secret
    path: PathBuf,
    /// Take the place of a file that is there
    #[arg(long)]
    replace: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// `verify`
#[derive(Args)]
pub(super) struct VerifyOrder {
    /// A backup; without it the data folder is looked at, which may be in use
    path: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// `restore`
#[derive(Args)]
pub(super) struct RestoreOrder {
    /// The backup
    path: PathBuf,
    /// The journal of accepted mails is lost, or itself an older copy: hold what may have been sent already
    #[arg(long)]
    journal_lost: bool,
    #[command(flatten)]
    sure: Sure,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn backup(order: &BackupOrder, settings: &Settings) -> anyhow::Result<ExitCode> {
    let now = clock::now();
    let target = if order.path.is_dir() {
        order.path.join(format!("yorisoi-{}.backup", now.to_string().replace([':', '.'], "")))
    } else {
        order.path.clone()
    };
    let plan = BackupPlan::new(&settings.service.data_dir, &target, order.replace);
    let plan = plan.map_err(|error| match error {
        engine::EngineError::Exists(path) => {
            anyhow::anyhow!("{path} is there already; choose another name, or add --replace")
        }
        other => other.into(),
    })?;
    let made = making(plan)?;
    if order.json {
        return print(&made).map(|()| ExitCode::SUCCESS);
    }
    let Backup { path, octets, .. } = made;
    say(&format!("{}: {} KiB", path.display(), octets >> 10))?;
    say("It holds every letter and the key: keep it secret, and not on this machine alone.")?;
    Ok(ExitCode::SUCCESS)
}

/// Makes it, and shows how far it is.
fn making(plan: BackupPlan) -> anyhow::Result<Backup> {
    const TOLD: Duration = Duration::from_millis(500);
    let (growing, of) = (plan.growing().to_owned(), plan.octets.max(1));
    let line = progress::Line::new();
    let (tell, told) = channel();
    let made = std::thread::scope(|scope| {
        let maker = scope.spawn(move || {
            let made = plan.make(clock::now());
            drop(tell); // which ends the waiting, as a panic would
            made
        });
        while told.recv_timeout(TOLD) == Err::<(), _>(RecvTimeoutError::Timeout) {
            let done = std::fs::metadata(&growing).map_or(0, |file| file.len());
            line.tell(&format!("copied: {} %", (done * 100 / of).min(100)));
        }
        maker.join()
    });
    line.end();
    Ok(made.map_err(|_| anyhow::anyhow!("making the backup broke off; the log says where"))??)
}

pub(super) fn verify(order: &VerifyOrder, settings: &Settings) -> anyhow::Result<ExitCode> {
    let findings = match &order.path {
        Some(path) => engine::verify_backup(path)?,
        None => engine::verify_data(&settings.service)?,
    };
    if order.json {
        print(&findings)?;
    } else {
        lay_out(&findings)?;
    }
    Ok(if findings.troubles.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(FAILED) })
}

fn lay_out(findings: &Findings) -> anyhow::Result<()> {
    let Findings { path, troubles, made_at, format, counts, ids_derived, journal } = findings;
    if troubles.is_empty() {
        say(&format!("{path}: all is well"))?;
    } else {
        say(&format!("{path}: this is wrong:"))?;
        troubles.iter().try_for_each(|trouble| say(&format!("  {trouble}")))?;
    }
    if let Some(at) = made_at {
        say(&format!("made at:   {at}"))?;
    }
    say(&format!("format:    {format}"))?;
    say(&format!("people:    {} clients, {} supporters", counts.clients, counts.supporters))?;
    say(&format!("mails:     {} came, {} of them letters", counts.mails, counts.letters))?;
    say(&format!("outgoing:  {}, {} of them not sent yet", counts.outgoing, counts.unsent))?;
    say(&format!("key:       {ids_derived} Message-IDs derived again and found the same"))?;
    if let Some(JournalFindings { accepted, torn, newest, .. }) = journal {
        let newest = newest.as_deref().unwrap_or("never");
        say(&format!("journal:   {accepted} accepted mails, the last at {newest}; torn records: {torn}"))?;
    }
    Ok(())
}

pub(super) fn restore(order: &RestoreOrder, settings: &Settings) -> anyhow::Result<ExitCode> {
    let service = &settings.service;
    let findings = engine::verify_backup(&order.path)?;
    if !findings.troubles.is_empty() {
        lay_out(&findings)?;
        anyhow::bail!("nothing was done: take another backup");
    }
    let old = service.data_dir.join("yorisoi.db").exists() || service.data_dir.join("key").exists();
    if old {
        order.sure.ask(&format!("leaving what is in {}", service.data_dir.display()))?;
    }
    let now = clock::now();
    let restored = engine::restore(service, &order.path, old, order.journal_lost, now)?;
    if order.json {
        print(&restored)?
    } else {
        tell(&restored, service)?
    }
    Ok(ExitCode::SUCCESS)
}

fn tell(restored: &Restored, service: &Service) -> anyhow::Result<()> {
    let Restored { made_at, aside, journal } = restored;
    say(&format!("restored: {} has the state of {made_at}", service.data_dir.display()))?;
    if let Some(aside) = aside {
        say(&format!("aside:    what was there before is in {}", aside.display()))?;
    }
    say(
        "lost:     what was ordered since then (people added, assign, pause, resume, lift, mails mended by hand)",
    )?;
    say("          Add those people again before you start, each with the same first address.")?;
    let place: &Path = &service.journal_dir;
    let place = place.display();
    say(&match journal {
        Standing::New | Standing::Whole => {
            format!("journal:  {place} knows every mail that went out; nothing is sent twice")
        }
        Standing::Younger => format!("journal:  {place} is younger than the backup. {HELD}"),
        Standing::Missing => format!("journal:  {place} is missing or not complete. {HELD}"),
        Standing::Foreign => {
            format!("journal:  {place} belongs to another installation; yorisoi will not start with it")
        }
    })?;
    say("next:     yorisoi verify; then start it: yorisoi run")
}

const HELD: &str = "What may have been sent already is held:\n          \
     when yorisoi has caught up it asks the office once; see it with: yorisoi repeats list";

fn print(value: &impl Serialize) -> anyhow::Result<()> {
    say(&serde_json::to_string_pretty(value)?)
}
