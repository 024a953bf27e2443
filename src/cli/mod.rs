//! The operator's words: arguments in, one verb of the engine or one view of the store, a listing out.

mod absence;
mod adding;
mod addresses;
mod backup;
mod choosing;
mod describe;
mod explain;
mod inspect;
mod key;
mod ledger;
mod list;
mod mend;
mod once;
mod page;
mod people;
mod pool;
mod progress;
mod repeats;
mod status;
mod thread;

use std::io::{IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::daemon::{self, DaemonError};
use crate::domain::command::{Command, Ordered, Refusal};
use crate::domain::locale::Locale;
use crate::domain::people::Side;
use crate::engine::{Engine, EngineError, Role, Topic, Use, finish_restore};
use crate::mail::address::Address;
use crate::mail::masked::masked;
use crate::rng::Rng;
use crate::settings::{self, Settings};
use crate::store::{Store, StoreError, Tx};
use crate::{clock, demo};

use page::Form;

/// Clients write a daily report by mail, a supporter answers with the reply button.
#[derive(Parser)]
#[command(version, about, max_term_width = 100)]
struct Arguments {
    /// The configuration file
    #[arg(long, short, global = true, default_value = "yorisoi.toml", value_name = "FILE")]
    config: PathBuf,
    #[command(subcommand)]
    order: Order,
}

#[derive(Subcommand)]
enum Order {
    /// Add, list, pause or resume clients; their addresses
    #[command(subcommand)]
    Client(ClientOrder),
    /// Add or list supporters; their addresses
    #[command(subcommand)]
    Supporter(SupporterOrder),
    /// When supporters are away
    #[command(subcommand)]
    Absence(absence::AbsenceOrder),
    /// Who is in the pool: whoever has a free minute is asked to take one letter
    #[command(subcommand)]
    Pool(pool::PoolOrder),
    /// Who may have nothing to do with whom
    #[command(subcommand)]
    Exclusion(choosing::ExclusionOrder),
    /// Give a client to a supporter; letters that wait are delivered to her
    Assign(people::AssignOrder),
    /// Show a plan of few moves, so that nobody has more clients than she takes; carry it out with --apply
    Balance(choosing::BalanceOrder),
    /// Mail a person again whose address was reported as nobody's
    Lift {
        /// Name, address or id
        person: String,
    },
    /// Show the main job: two clients, two supporters, their mails; no account, network or configuration needed
    Demo {
        /// ja or en
        #[arg(long, value_parser = locale, default_value = "ja")]
        locale: Locale,
        /// Stay until Ctrl-C, so that any mail program can take part
        #[arg(long)]
        stay: bool,
    },
    /// Run until told to stop
    Run {
        #[command(flatten)]
        place: Place,
    },
    /// Take in everything that waits, send everything that is due, and exit
    Once {
        #[command(flatten)]
        place: Place,
    },
    /// Leave safe mode: understand the mails that were kept, and alert
    GoOn,
    /// A client's story, with the words: what came, what went out, and why
    Thread {
        /// Name, address or id
        client: String,
        #[command(flatten)]
        form: Form,
    },
    /// Mails on their way out
    #[command(subcommand)]
    Outbox(mend::OutboxOrder),
    /// Mails that a human has to look at
    #[command(subcommand)]
    Quarantine(mend::QuarantineOrder),
    /// Words that wait for a yes
    #[command(subcommand)]
    Held(mend::HeldOrder),
    /// Mails that may have been sent already, after a restore
    #[command(subcommand)]
    Repeats(repeats::RepeatsOrder),
    /// What each supporter did in a month, and what it was worth
    Ledger(ledger::LedgerOrder),
    /// Renew the key that signs reply addresses
    #[command(subcommand)]
    Key(key::KeyOrder),
    /// Make a backup: one file with everything, beside a running yorisoi
    Backup(backup::BackupOrder),
    /// Look whether a backup, or the data folder, is whole
    Verify(backup::VerifyOrder),
    /// Put a backup in place; what was there is put aside
    Restore(backup::RestoreOrder),
    /// What waits, whether fetching and sending work, what to mend
    Status {
        /// End with exit status 1 when something needs a look, for cron and monitoring
        #[arg(long)]
        check: bool,
        #[command(flatten)]
        form: Form,
    },
    /// How yorisoi reads a mail: who wrote it, what kind it is, what was newly written. Needs no configuration
    Inspect {
        /// Print one JSON object a line
        #[arg(long)]
        json: bool,
        /// Show the whole text, and beside each block of lines that is no part of the reply which rule took it, and on
        /// what evidence; with --json as "cut": [{"lines": [from, to], "rule": "…", "evidence": ["…"]}]
        #[arg(long)]
        explain: bool,
        /// Files with one mail each; - is standard input
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
    },
}

/// Whose place this installation takes.
#[derive(Args)]
struct Place {
    /// Take the mailbox over from another installation, which then stops by itself within ten minutes
    #[arg(long)]
    take_over: bool,
}

#[derive(Subcommand)]
enum ClientOrder {
    /// Add a client; nobody gets a mail, but she with --second, who is told both names
    Add(adding::NewClient),
    /// List every client
    List {
        #[command(flatten)]
        form: Form,
    },
    /// List and change a client's addresses
    #[command(subcommand)]
    Address(addresses::AddressOrder),
    /// Set a client's own hours: her zone, her deadline, when answers reach her
    Hours(people::ClientHours),
    /// Set what is known of a client: for whoever answers her, and for choosing who that is
    Set(describe::Description),
    /// Leave a client in peace, who rests or has left; what she writes still arrives
    Pause {
        /// Name, address or id
        client: String,
    },
    /// She is back
    Resume {
        /// Name, address or id
        client: String,
    },
}

#[derive(Subcommand)]
enum SupporterOrder {
    /// Add a supporter; nobody gets a mail
    Add(adding::NewSupporter),
    /// Make every reply address that a supporter got so far void: lost or stolen mail cannot be answered any more
    Revoke {
        /// Name, address or id
        supporter: String,
        #[command(flatten)]
        sure: mend::Sure,
    },
    /// She leaves for good: her clients go to their second ones, and she is asked for a last line to them
    Leave(describe::Leaver),
    /// She is back, or did not leave; her clients stay with whoever has them until you assign them
    Return(describe::Returner),
    /// Set a supporter's own hours: her zone, when she is left in peace
    Hours(people::Hers),
    /// Set what a supporter can do, and how much: aptitudes, languages, when she answers, how many reports she takes
    Set(choosing::OfSupporter),
    /// List and change a supporter's addresses
    #[command(subcommand)]
    Address(addresses::AddressOrder),
    /// List every supporter
    List {
        #[command(flatten)]
        form: Form,
    },
}

fn address(text: &str) -> Result<Address, String> {
    Address::parse(text).map_err(|e| format!("{e}; write it like haru@example.jp"))
}

fn locale(text: &str) -> Result<Locale, String> {
    Locale::from_word(text).ok_or_else(|| "write ja or en".to_owned())
}

/// Something failed that the operator can see in `status`.
const FAILED: u8 = 1;
/// The configuration or the arguments are wrong.
const MISTAKEN: u8 = 2;

/// Runs the command. Exit status: 0 done, 1 something failed, 2 the configuration or the arguments are wrong.
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if let Order::Inspect { json, explain, files } = &arguments.order {
        return ended(inspect::inspect(*json, *explain, files));
    }
    if let Order::Demo { locale, stay } = arguments.order {
        return demonstrate(locale, stay);
    }
    let settings = match settings::load(&arguments.config, std::env::vars()) {
        Ok(settings) => settings,
        Err(errors) => {
            eprintln!("{errors}");
            return ExitCode::from(MISTAKEN);
        }
    };
    // A line that moves and a log line for each mail would tear each other apart.
    let moves = matches!(arguments.order, Order::Once { .. }) && std::io::stderr().is_terminal();
    log_to_stderr(if moves { "warn" } else { "info" });
    for warning in &settings.warnings {
        tracing::warn!("{warning}");
    }
    ended(perform(&arguments.order, &settings))
}

fn ended(done: anyhow::Result<ExitCode>) -> ExitCode {
    match done {
        Ok(code) => code,
        Err(error) => {
            eprintln!("yorisoi: {error:#}");
            if let Some(remedy) = remedy(&error) {
                eprintln!("what to do: {remedy}");
            }
            ExitCode::from(FAILED)
        }
    }
}

/// What to do about a store that is sick.
fn remedy(error: &anyhow::Error) -> Option<&'static str> {
    let engine = match error.downcast_ref() {
        Some(DaemonError::Engine(error)) => Some(error),
        _ => error.downcast_ref(),
    };
    match (engine, error.downcast_ref::<StoreError>()) {
        (Some(EngineError::Store(sick)), _) | (None, Some(sick)) => Some(sick.remedy()),
        _ => None,
    }
}

/// The demo brings its own configuration, so it is asked for none.
fn demonstrate(locale: Locale, stay: bool) -> ExitCode {
    log_to_stderr("warn");
    match demo::run(&demo::Play { locale, stay, tell: thread::whole }) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("yorisoi: {error}");
            ExitCode::from(FAILED)
        }
    }
}

/// `RUST_LOG` chooses what is logged, in its absence `level` and above; the protocol crates, whose lines may hold a mail, never are.
fn log_to_stderr(level: &str) {
    use tracing_subscriber::EnvFilter;
    let mut filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(level));
    let silent = ["async_imap", "imap_proto", "imap_next", "lettre", "mail_parser", "html5ever", "mail_auth"];
    // what DNS is asked for are people's domains
    let silent = silent.into_iter().chain(["hickory_resolver", "hickory_net", "hickory_proto"]);
    for silent in silent.map(|name| format!("{name}=off")) {
        if let Ok(directive) = silent.parse() {
            filter = filter.add_directive(directive);
        }
    }
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // Colours are for a terminal; in a journal or a file they are noise that hides words from a search.
    let colours = std::io::stderr().is_terminal();
    let _ = lines.with_ansi(colours).with_target(false).try_init();
    // A panic's message may hold a piece of a mail: its place is enough.
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map_or_else(String::new, |l| format!("{}:{}", l.file(), l.line()));
        tracing::error!(place, "our code panicked");
    }));
}

fn perform(order: &Order, settings: &Settings) -> anyhow::Result<ExitCode> {
    let zone = &settings.service.timezone;
    match order {
        // taken before any configuration is read
        Order::Demo { .. } => {}
        Order::Run { place } => {
            take_over(place, settings)?;
            daemon::run(settings)?;
        }
        Order::Once { place } => {
            take_over(place, settings)?;
            return once::once(settings);
        }
        Order::GoOn => {
            let (now, rng) = (clock::now(), Rng::from_system()?);
            let was = Engine::open(settings, Role::Command, rng, now)?.go_on(now)?;
            say(if was { "mails are understood again" } else { "nothing to do: it is not in safe mode" })?;
        }
        Order::Client(order) => client(order, settings)?,
        Order::Supporter(order) => supporter(order, settings)?,
        Order::Absence(order) => absence::absence(order, settings)?,
        Order::Pool(order) => pool::pool(order, settings)?,
        Order::Exclusion(order) => choosing::exclusion(order, settings)?,
        Order::Assign(order) => people::assign(order, settings)?,
        Order::Balance(order) => choosing::balance(order, settings)?,
        Order::Lift { person } => match give(settings, &Command::Lift { person: person.clone() })? {
            Ordered::Lifted(0) => say("nothing to do: no address of hers is suspended")?,
            _ => say(&format!("{person} gets mail again"))?,
        },
        Order::Thread { client, form } => {
            let found = |tx: &Tx<'_>| tx.find_client(client)?.map(|found| tx.thread_view(found)).transpose();
            let view = read(settings, found)?;
            let view = view.ok_or_else(|| Refusal::NoClient(client.clone()))?;
            form.print(&view, |page| thread::story(page, &view, zone))?;
        }
        Order::Outbox(order) => mend::outbox(order, settings)?,
        Order::Quarantine(order) => mend::quarantine(order, settings)?,
        Order::Held(order) => mend::held(order, settings)?,
        Order::Repeats(order) => repeats::repeats(order, settings)?,
        Order::Ledger(order) => ledger::ledger(order, settings)?,
        Order::Key(order) => key::key(order, settings)?,
        Order::Backup(order) => return backup::backup(order, settings),
        Order::Verify(order) => return backup::verify(order, settings),
        Order::Restore(order) => return backup::restore(order, settings),
        Order::Status { check, form } => return status::status(*form, *check, settings),
        Order::Inspect { json, explain, files } => return inspect::inspect(*json, *explain, files),
    }
    Ok(ExitCode::SUCCESS)
}

fn client(order: &ClientOrder, settings: &Settings) -> anyhow::Result<()> {
    match order {
        ClientOrder::Add(new) => adding::client(new, settings)?,
        ClientOrder::List { form } => {
            let rows = read(settings, |tx| tx.client_views())?;
            form.print(&rows, |page| list::clients(page, &rows))?;
        }
        ClientOrder::Hours(order) => people::of_client(order, settings)?,
        ClientOrder::Set(order) => describe::describe(order, settings)?,
        ClientOrder::Address(order) => addresses::addresses(Side::Client, order, settings)?,
        ClientOrder::Pause { client } => {
            describe::paused(settings, Command::Pause { client: client.clone() }, "paused")?
        }
        ClientOrder::Resume { client } => {
            describe::paused(settings, Command::Resume { client: client.clone() }, "active")?;
        }
    }
    Ok(())
}

fn supporter(order: &SupporterOrder, settings: &Settings) -> anyhow::Result<()> {
    match order {
        SupporterOrder::Add(new) => adding::supporter(new, settings)?,
        SupporterOrder::Revoke { supporter, sure } => {
            sure.ask(&format!("void every reply address that {supporter} got so far"))?;
            let command = Command::Revoke { supporter: supporter.clone() };
            if let Ordered::Revoked { alerts, returned } = give(settings, &command)? {
                say(&format!(
                    "done; alerts sent again: {alerts}; answers that went back to her: {returned}"
                ))?;
            }
        }
        SupporterOrder::Leave(order) => describe::leave(order, settings)?,
        SupporterOrder::Return(order) => describe::come_back(order, settings)?,
        SupporterOrder::Hours(order) => people::of_supporter(order, settings)?,
        SupporterOrder::Set(order) => choosing::set_supporter(order, settings)?,
        SupporterOrder::Address(order) => addresses::addresses(Side::Supporter, order, settings)?,
        SupporterOrder::List { form } => {
            let rows = read(settings, |tx| tx.supporter_views())?;
            form.print(&rows, |page| list::supporters(page, &rows))?;
        }
    }
    Ok(())
}

/// Notes the order for the daemon that is about to start.
fn take_over(place: &Place, settings: &Settings) -> anyhow::Result<()> {
    if place.take_over {
        let now = clock::now();
        let mut engine = Engine::open(settings, Role::Command, Rng::from_system()?, now)?;
        engine.note_machine(Topic::TakesOver, Some("ordered"), now)?;
    }
    Ok(())
}

/// Carries out an order beside a daemon that may be running.
fn give(settings: &Settings, command: &Command) -> anyhow::Result<Ordered> {
    let now = clock::now();
    let mut engine = Engine::open(settings, Role::Command, Rng::from_system()?, now)?;
    Ok(engine.order(command, now)?)
}

/// Reads the database; a service that was never started has nothing in it.
fn read<T>(settings: &Settings, work: impl FnOnce(&Tx<'_>) -> Result<T, StoreError>) -> anyhow::Result<T> {
    let dir: &Path = &settings.service.data_dir;
    finish_restore(dir)?;
    if !dir.join("yorisoi.db").exists() {
        Engine::open(settings, Role::Command, Rng::from_system()?, clock::now())?;
    }
    let _shared = Use::to_read(dir)?;
    let store = match Store::open_to_read(dir) {
        Err(StoreError::Older) => {
            Engine::open(settings, Role::Command, Rng::from_system()?, clock::now())?;
            Store::open_to_read(dir)
        }
        other => other,
    };
    Ok(store?.read(work)?)
}

/// One line to standard output. What an operator typed comes back in it: an address is masked here, too.
fn say(line: &str) -> anyhow::Result<()> {
    say_whole(&masked(line))
}

/// The same for what has to be whole: paths, and what was masked where it had to be.
fn say_whole(line: &str) -> anyhow::Result<()> {
    put(format!("{line}\n").as_bytes())
}

/// A reader that went away is no failure.
fn put(octets: &[u8]) -> anyhow::Result<()> {
    match std::io::stdout().write_all(octets) {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        other => Ok(other?),
    }
}
