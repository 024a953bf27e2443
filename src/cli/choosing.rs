//! Who may answer whom, and who fits: what an operator says of people, exclusions, proposals, and a plan of few moves.

use clap::{Args, Subcommand};

use super::mend::Sure;
use super::page::Column::{Soft, Stiff};
use super::page::{Form, Page, minute};
use super::{give, locale, read, say};
use crate::clock::{self, Zone};
use crate::domain::choosing::{ClientSet, Fit, Proposal, Speaks, SupporterSet, counted, tags};
use crate::domain::command::{Command, Excluded, Ordered};
use crate::domain::days_off::Weekdays;
use crate::domain::hours::Span;
use crate::domain::locale::Locale;
use crate::engine::{Engine, Plan, Role};
use crate::rng::Rng;
use crate::settings::Settings;
use crate::store::ExclusionView;

/// What can be done with exclusions.
#[derive(Subcommand)]
pub(super) enum ExclusionOrder {
    /// List who may have nothing to do with whom, and by whose word
    List {
        #[command(flatten)]
        form: Form,
    },
    /// Keep a supporter from a client in every way; whoever answers then gets what waits, and nobody is told why
    Add {
        /// The client: name, address or id
        client: String,
        /// The supporter: name, address or id
        supporter: String,
    },
    /// They may have to do with each other again; nobody is assigned by it
    Remove {
        /// The client: name, address or id
        client: String,
        /// The supporter: name, address or id
        supporter: String,
    },
}

/// What fits a client; what is left out stays as it was.
#[derive(Args)]
pub(super) struct OfClient {
    /// What she writes about, as tags: sleep,work; "" for none
    #[arg(long, value_parser = listed)]
    topics: Option<Tags>,
    /// Whether somebody else than her supporters may answer one letter, as she agreed: yes or no
    #[arg(long, value_parser = yes)]
    pool: Option<bool>,
}

/// What a supporter can do, and how much; what is left out stays as it was.
#[derive(Args)]
pub(super) struct OfSupporter {
    /// Name, address or id
    supporter: String,
    /// What she knows about, as tags: sleep,work; "" for none
    #[arg(long, value_parser = listed)]
    aptitudes: Option<Tags>,
    /// The languages that she answers in: ja,en
    #[arg(long, value_delimiter = ',', value_parser = locale)]
    languages: Option<Vec<Locale>>,
    /// When she usually answers, by her clock: 06:00-08:00,20:00-22:00; none when that is not known
    #[arg(long, value_parser = spans)]
    answers: Option<Spans>,
    /// How many reports she takes on a day, or none for any number
    #[arg(long, value_parser = cap)]
    cap_day: Option<Cap>,
    /// How many reports she takes in a month, or none for any number
    #[arg(long, value_parser = cap)]
    cap_month: Option<Cap>,
    /// The weekdays on which she is off, every week: sat,sun or 土,日, or none; she gets a mail with which she can take it back
    #[arg(long, value_parser = off)]
    off: Option<Weekdays>,
    /// Whether she reads the first answers of newcomers before they go: yes or no
    #[arg(long, value_parser = yes)]
    reader: Option<bool>,
}

/// A plan, shown or carried out.
#[derive(Args)]
pub(super) struct BalanceOrder {
    /// Carry the plan out: clients are told who answers them, and what waits goes there
    #[arg(long)]
    apply: bool,
    #[command(flatten)]
    sure: Sure,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Debug)]
struct Tags(Vec<String>);
#[derive(Clone, Debug)]
struct Spans(Vec<Span>);
/// A number, or that there is none.
#[derive(Clone, Copy, Debug)]
struct Cap(Option<u32>);

fn listed(text: &str) -> Result<Tags, String> {
    tags(text)
        .map(Tags)
        .ok_or_else(|| "write tags of at most 30 characters with commas between them".to_owned())
}

pub(super) fn yes(text: &str) -> Result<bool, String> {
    match text {
        "yes" => Ok(true),
        "no" => Ok(false),
        _ => Err("write yes or no".to_owned()),
    }
}

fn spans(text: &str) -> Result<Spans, String> {
    let spans: Option<Vec<Span>> = match text {
        "none" => Some(Vec::new()),
        _ => text.split(',').map(Span::parse).collect(),
    };
    spans.map(Spans).ok_or_else(|| "write it like 06:00-08:00,20:00-22:00, or none".to_owned())
}

fn cap(text: &str) -> Result<Cap, String> {
    let cap = if text == "none" { Some(None) } else { text.parse().ok().map(Some) };
    cap.map(Cap).ok_or_else(|| "write a number, or none".to_owned())
}

fn off(text: &str) -> Result<Weekdays, String> {
    Weekdays::parse(text).ok_or_else(|| "write weekdays like sat,sun or 土,日, or none".to_owned())
}

pub(super) fn exclusion(order: &ExclusionOrder, settings: &Settings) -> anyhow::Result<()> {
    match order {
        ExclusionOrder::List { form } => {
            let rows = read(settings, |tx| tx.exclusions())?;
            form.print(&rows, |page| exclusions(page, &rows, &settings.service.timezone))
        }
        ExclusionOrder::Add { client, supporter } => {
            let (client, supporter) = (client.clone(), supporter.clone());
            match give(settings, &Command::Exclude { client: client.clone(), supporter })? {
                Ordered::Excluded(Excluded { changed: false, .. }) => say("nothing to do: it was so before"),
                Ordered::Excluded(Excluded { moved: false, .. }) => say("done"),
                Ordered::Excluded(Excluded { own, second, alerts, .. }) => {
                    let name = |name: Option<String>| name.unwrap_or_else(|| "nobody".to_owned());
                    let (own, second) = (name(own), name(second));
                    say(&format!("done; {client} is answered by {own}, and where she cannot by {second}"))?;
                    say(&format!("letters that waited and go out now: {alerts}"))
                }
                _ => Ok(()),
            }
        }
        ExclusionOrder::Remove { client, supporter } => {
            let (client, supporter) = (client.clone(), supporter.clone());
            give(settings, &Command::EndExclusion { client, supporter })?;
            say("taken back; nobody is assigned by it")
        }
    }
}

fn exclusions(page: &mut Page, rows: &[ExclusionView], zone: &Zone) {
    if rows.is_empty() {
        return page.line("nobody is kept from anybody");
    }
    page.table(
        [Soft("client"), Soft("supporter"), Stiff("said by"), Stiff("since")],
        rows.iter()
            .map(|e| [e.client.clone(), e.supporter.clone(), e.said_by.clone(), minute(&e.since_at, zone)]),
    );
}

impl OfClient {
    /// What is said of her.
    pub(super) fn set(&self) -> ClientSet {
        ClientSet { topics: self.topics.clone().map(|tags| tags.0), pool: self.pool }
    }
}

pub(super) fn set_supporter(order: &OfSupporter, settings: &Settings) -> anyhow::Result<()> {
    let OfSupporter { supporter, aptitudes, languages, answers, cap_day, cap_month, off, reader } = order;
    let set = SupporterSet {
        aptitudes: aptitudes.clone().map(|tags| tags.0),
        languages: languages.clone(),
        answers: answers.clone().map(|spans| spans.0),
        cap_day: cap_day.map(|cap| cap.0),
        cap_month: cap_month.map(|cap| cap.0),
        off: *off,
        reader: *reader,
    };
    if set == SupporterSet::default() {
        anyhow::bail!(
            "say what to set: --aptitudes TAGS, --languages ja,en, --answers HOURS, --cap-day N, --cap-month N, --off DAYS, \
             --reader yes"
        );
    }
    give(settings, &Command::SetSupporter { supporter: supporter.clone(), set })?;
    say(&format!("{supporter}: done; it holds for what comes from now on"))
}

/// Shows who could answer a client.
pub(super) fn propose(settings: &Settings, client: &str, most: usize, json: bool) -> anyhow::Result<()> {
    let now = clock::now();
    let engine = Engine::open(settings, Role::Command, Rng::from_system()?, now)?;
    let mut proposal = engine.propose(client, now)?;
    proposal.supporter.truncate(most);
    proposal.second.truncate(most);
    Form::of(json).print(&proposal, |page| lay_out(page, &proposal))
}

fn lay_out(page: &mut Page, proposal: &Proposal) {
    page.line(&format!("For {}, as her supporter:", proposal.client));
    fits(page, &proposal.supporter);
    page.line("");
    page.line("As her second one, beside whoever answers her now, else the first above:");
    fits(page, &proposal.second);
    if !proposal.left_out.is_empty() {
        page.line("");
        page.line("Left out:");
        let rows = proposal.left_out.iter().map(|left| [left.supporter.clone(), left.why.clone()]);
        page.table([Soft("supporter"), Soft("why")], rows);
    }
}

fn fits(page: &mut Page, fits: &[Fit]) {
    if fits.is_empty() {
        return page.line("nobody");
    }
    page.table(
        [Soft("supporter"), Stiff("points"), Soft("because")],
        fits.iter().map(|fit| [fit.supporter.clone(), fit.points.to_string(), because(&fit.reasons)]),
    );
}

fn because(reasons: &[Speaks]) -> String {
    let words = reasons.iter().map(|reason| format!("{} ({:+})", reason.words, reason.points));
    words.collect::<Vec<_>>().join("; ")
}

/// Shows the plan, or carries it out.
pub(super) fn balance(order: &BalanceOrder, settings: &Settings) -> anyhow::Result<()> {
    let now = clock::now();
    let mut engine = Engine::open(settings, Role::Command, Rng::from_system()?, now)?;
    let plan = engine.balance(now)?;
    if !order.apply {
        return Form::of(order.json).print(&plan, |page| moves(page, &plan));
    }
    let show = |json: bool| Form::of(json).print(&plan, |page| moves(page, &plan));
    if plan.moves.is_empty() {
        return if order.json { show(true) } else { say("nothing to do: nobody has to move") };
    }
    if !order.json {
        show(false)?;
    }
    let clients = counted(plan.moves.len(), "client");
    order.sure.ask(&format!("giving {clients} to others, and telling them"))?;
    let orders = plan.moves.iter().map(|one| one.order).collect();
    match engine.order(&Command::Move { moves: orders }, now)? {
        // what else is said is no JSON
        _ if order.json => show(true),
        Ordered::Assigned { alerts } => say(&format!("done; letters that waited and go out now: {alerts}")),
        _ => Ok(()),
    }
}

fn moves(page: &mut Page, plan: &Plan) {
    let Plan { clients, supporters, moves } = plan;
    let (clients, supporters) = (counted(*clients, "client"), counted(*supporters, "supporter"));
    page.line(&format!("{clients}, {supporters}; would move: {}", moves.len()));
    if moves.is_empty() {
        return;
    }
    let or_nobody = |name: &Option<String>| name.clone().unwrap_or_else(|| "-".to_owned());
    page.table(
        [Soft("client"), Soft("from"), Soft("to"), Soft("second"), Soft("why"), Soft("because")],
        moves.iter().map(|m| {
            let (from, second) = (or_nobody(&m.from), or_nobody(&m.second));
            [m.client.clone(), from, m.to.clone(), second, m.why.clone(), because(&m.reasons)]
        }),
    );
}
