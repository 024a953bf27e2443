//! What is measured, in which order, and how often.

mod anchors;
mod burst;
mod mails;
mod pieces;
mod progress;
mod table;
mod whole;
mod world;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;

use progress::Progress;
use table::Table;
use world::{World, calm};

/// Measures the corridor, piece by piece and whole, beside other programs
#[derive(Clone, Debug, Parser)]
pub struct Arguments {
    /// Mails in the folder
    #[arg(long, default_value_t = 10_000)]
    pub mails: usize,
    /// How often each line is measured, in turns with the others
    #[arg(long, default_value_t = 5)]
    pub repetitions: usize,
    /// Alerts whose latency is measured
    #[arg(long, default_value_t = 100)]
    pub alerts: usize,
    /// Mails of the client who sends a burst
    #[arg(long, default_value_t = 200)]
    pub burst: usize,
    /// Only lines whose name contains this
    #[arg(long, default_value = "")]
    pub only: String,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
    /// Print a Markdown table
    #[arg(long)]
    pub markdown: bool,
    /// Cargo says so; nothing depends on it
    #[arg(long, hide = true)]
    pub bench: bool,
}

pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let table = run(&arguments);
    if arguments.json {
        println!("{}", table.json());
    } else if arguments.markdown {
        println!("{}", table.markdown());
    } else {
        println!("{}", table.text());
    }
    ExitCode::SUCCESS
}

const DOVECOT: [&str; 4] =
    ["/usr/sbin/dovecot", "/usr/lib/dovecot/lmtp", "/usr/lib/postfix/sbin/master", "/usr/bin/openssl"];
const POSTFIX: [&str; 2] = ["/usr/sbin/smtp-source", "/usr/sbin/smtp-sink"];

/// Measures everything that the machine can carry; what it cannot is said in the table.
pub fn run(arguments: &Arguments) -> Table {
    let mut absent = whole::missing(&DOVECOT);
    if !is_root() {
        absent.push("root".to_owned());
    }
    let has_servers = absent.is_empty();
    let mut table = Table::new(arguments);
    let progress = Progress::new();
    progress.say("writing the mails");
    let world = World::new(arguments.mails, has_servers);
    let mut bench = Bench { arguments, world, progress, table: &mut table, empty: PathBuf::new() };
    bench.empty = bench.world.furnish("empty");
    if !has_servers {
        bench.table.skip("everything with Dovecot", &format!("missing: {}", absent.join(", ")));
    }
    let no_postfix = whole::missing(&POSTFIX);
    if !no_postfix.is_empty() {
        bench.table.skip("everything with smtp-sink", &format!("missing: {}", no_postfix.join(", ")));
    }
    bench.all(has_servers, no_postfix.is_empty());
    bench.progress.end();
    table
}

struct Bench<'a> {
    arguments: &'a Arguments,
    world: World,
    progress: Progress,
    table: &'a mut Table,
    /// An installation without any mail.
    empty: PathBuf,
}

impl Bench<'_> {
    fn all(&mut self, dovecot: bool, postfix: bool) {
        let mut installed: Option<Installed> = None;
        for turn in 1..=self.arguments.repetitions {
            self.progress.turn(turn, self.arguments.repetitions);
            self.progress.say("syncs");
            self.table.add("syncs, one after another", "/s", None, anchors::syncs(self.world.dir()));
            self.rate("parse", None, false, |b| pieces::parsed(&b.world));
            if dovecot {
                self.reading(false);
                self.reading(true);
            }
            let needs_outbox = ["apply", "drain"].iter().any(|line| self.wants(line));
            if installed.is_none() && needs_outbox {
                installed = Some(self.install());
            }
            if let Some(installed) = &installed {
                self.rate("apply", None, false, |b| {
                    b.world.copy(&installed.kept, "apply");
                    pieces::applied(&b.world, &b.world.settings("apply", 1, ""))
                });
            }
            if postfix {
                self.writing(installed.as_ref().filter(|_| dovecot));
            }
            if dovecot && postfix {
                self.corridor(false);
                self.corridor(true);
            }
        }
        self.latency(dovecot);
        self.burst();
    }

    /// One client's burst, and who waits because of it.
    fn burst(&mut self) {
        if !self.wants("burst") {
            return;
        }
        self.progress.say("burst");
        let filled = self.world.copy(&self.empty, "filled");
        burst::fill(&self.world, "filled", self.arguments.burst);
        let burst::Burst { claims, waits } = burst::measure(&self.world, &filled, self.arguments.burst);
        self.table.add("burst, ends settled and mails claimed", "/s", None, claims);
        for (speed, wait) in waits {
            self.table.latencies(&format!("burst, another's alert at {speed}"), &[wait]);
        }
    }

    /// Everything that reads the folder.
    fn reading(&mut self, cold: bool) {
        let Some(imap) = self.world.lab.as_ref().map(|lab| lab.ports().imap) else { return };
        let name = |warm: &'static str, at_cold: &'static str| if cold { at_cold } else { warm };
        // the server knows the folder, as it does that delivered the mails itself
        anchors::raw_fetch(&self.world, imap);
        let anchor = name("raw FETCH, warm", "raw FETCH, cold");
        self.rate(anchor, None, cold, |b| anchors::raw_fetch(&b.world, imap));
        self.rate(name("keep, warm", "keep, cold"), Some(anchor), cold, |b| {
            pieces::kept(&b.world, &b.world.settings("keep", 1, ""))
        });
        if Path::new("/usr/bin/mbsync").exists() {
            let line = name("mbsync durable, warm", "mbsync durable, cold");
            self.rate(line, Some(anchor), cold, |b| anchors::mbsync(&b.world, imap, true));
            let line = name("mbsync without fsync, warm", "mbsync without fsync, cold");
            self.rate(line, Some(anchor), cold, |b| anchors::mbsync(&b.world, imap, false));
        } else {
            self.table.skip("mbsync", "missing: /usr/bin/mbsync");
        }
    }

    /// Everything that submits.
    fn writing(&mut self, installed: Option<&Installed>) {
        let lines = [
            (1, "smtp-source, 1 connection", "submit, 1 connection", "drain, 1 connection"),
            (8, "smtp-source, 8 connections", "submit, 8 connections", "drain, 8 connections"),
        ];
        for (connections, anchor, submit, drain) in lines {
            let (count, octets) = (self.world.mails.len(), self.world.mean());
            self.rate(anchor, None, false, |b| {
                anchors::smtp_source(b.world.dir(), count, connections, octets)
            });
            self.rate(submit, Some(anchor), false, |b| {
                pieces::submitted(&b.world, &b.world.settings("submit", 1, ""), connections)
            });
            let Some(installed) = installed else { continue };
            self.rate(drain, Some(anchor), false, |b| {
                b.world.copy(&installed.applied, "drain");
                whole::drained(&b.world, &b.world.settings("drain", 1, ""), connections)
            });
        }
    }

    fn corridor(&mut self, cold: bool) {
        let Some(imap) = self.world.lab.as_ref().map(|lab| lab.ports().imap) else { return };
        let line = if cold { "corridor, cold" } else { "corridor, warm" };
        let mut peak = 0;
        self.rate(line, None, cold, |b| {
            b.world.copy(&b.empty, "corridor");
            let (took, octets) = whole::corridor(&b.world, "corridor", imap);
            peak = octets;
            took
        });
        if peak > 0 {
            self.table.add("memory of the corridor", "MB", None, peak as f64 / 1e6);
        }
    }

    fn latency(&mut self, dovecot: bool) {
        if self.wants("latency") && self.world.mails.len() >= self.arguments.alerts {
            self.progress.say("latency, announced at once");
            let took = whole::latency_at_once(&self.world, &self.empty, self.arguments.alerts);
            self.table.latencies("latency, announced at once", &took);
            if let Some(lab) = self.world.lab.as_ref().filter(|_| dovecot) {
                self.progress.say("latency, Dovecot");
                let took = whole::latency_of_dovecot(
                    &self.world,
                    &self.empty,
                    lab,
                    self.arguments.alerts.div_ceil(5),
                );
                self.table.latencies("latency, Dovecot", &took);
            }
        }
    }

    /// Installations that have met the mails, for every turn to begin with.
    fn install(&self) -> Installed {
        self.progress.say("filling an outbox");
        let kept = self.world.copy(&self.empty, "kept");
        let mut engine = world::open(&self.world.settings("kept", 1, ""));
        self.world.keep_all(&mut engine);
        drop(engine);
        let applied = self.world.copy(&kept, "applied");
        pieces::applied(&self.world, &self.world.settings("applied", 1, ""));
        Installed { kept, applied }
    }

    fn wants(&self, line: &str) -> bool {
        line.contains(&self.arguments.only)
    }

    /// Measures a line once and notes its mails a second.
    fn rate(
        &mut self,
        line: &'static str,
        against: Option<&'static str>,
        cold: bool,
        work: impl FnOnce(&Self) -> Duration,
    ) {
        if !self.wants(line) && !line.starts_with("smtp-source") && !line.starts_with("raw FETCH") {
            return;
        }
        if line.starts_with("keep") {
            self.world.copy(&self.empty, "keep");
        }
        self.progress.say(line);
        if !calm(cold) {
            self.table
                .skip(line, "the page cache cannot be emptied (/proc/sys/vm/drop_caches): not available");
            return;
        }
        let took = work(self);
        self.table.add(line, "mails/s", against, self.world.mails.len() as f64 / took.as_secs_f64());
    }
}

/// Two installations of the same people.
struct Installed {
    /// Every mail is kept, none is understood.
    kept: PathBuf,
    /// Every alert is in the outbox.
    applied: PathBuf,
}

fn is_root() -> bool {
    std::os::unix::fs::MetadataExt::uid(&std::fs::metadata("/proc/self").unwrap()) == 0
}
