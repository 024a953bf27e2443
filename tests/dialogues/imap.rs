//! IMAP dialogues, through the session, the round and `Engine::keep` as the daemon calls them.
//!
//! Wherever a dialogue breaks off: what was told is what the whole dialogue tells, or an error, and an error in time;
//! the low-water mark passes no UID without a row; and at a server with nothing wrong every mail is there once.

use std::collections::HashMap;
use std::path::Path;
use std::time::Duration;

use rusqlite::Connection;
use tokio::time::{Instant, timeout};
use yorisoi::clock::Timestamp;
use yorisoi::engine::{Engine, Role};
use yorisoi::mail::fetched::{FetchPlan, FetchStep, Fetched};
use yorisoi::net::connect::{ConnectError, TlsFault};
use yorisoi::net::imap::{ImapError, Limits, Round, Selected, Session, Woken};
use yorisoi::net::stream::Io;
use yorisoi::rng::Rng;
use yorisoi::settings::{self, Tls};

use super::super::protocol::healthy::{self, Folder};
use super::super::protocol::session::server;
use super::super::protocol::{Then, serve_cut, tls_file};
use super::{Way, ways};

/// Largest mail that is fetched whole.
const LARGEST: u64 = 60;
/// How long the daemon of these tests waits for news.
const SLICE: Duration = Duration::from_secs(60);
/// A minute of silence, or a slice of IDLE and the answer to DONE.
const PATIENCE: Duration = Duration::from_secs(90);
/// Two days: what could not be fetched is asked for again after one.
const LATER: i64 = 2 * 86_400_000;

/// A dialogue, connection by connection, and how each of them ends.
pub struct Dialogue {
    pub told: &'static str,
    pub folder: Folder,
    pub login: bool,
    pub tls: Tls,
    /// What it is about is that octets come together.
    pub in_haste: bool,
    pub connections: Vec<(String, Result<Woken, ImapError>)>,
    /// The rows when all is played: the UID, and why it is no whole mail.
    pub rows: Vec<String>,
}

/// What one connection told.
#[derive(Clone, Debug, Default)]
struct Told {
    selected: Vec<Selected>,
    listed: Vec<Vec<u32>>,
    woken: Vec<Woken>,
    fetched: Vec<Fetched>,
}

impl Told {
    /// Whether `whole` begins with what was told here, mails left aside.
    fn begins(&self, whole: &Self) -> bool {
        whole.selected.starts_with(&self.selected)
            && whole.listed.starts_with(&self.listed)
            && whole.woken.starts_with(&self.woken)
    }
}

/// What the engine made of all that it was told of a folder.
#[derive(Clone, Debug)]
struct Kept {
    plan: FetchPlan,
    /// Each row: the UID, why it holds no whole mail, and its octets.
    rows: Vec<(u32, String, Vec<u8>)>,
}

/// An engine. Most cuts of a dialogue tell it the same steps; it is told them once, each time for a new folder, and
/// its answer stands for the other cases too.
struct Office {
    engine: Engine,
    rows: Connection,
    known: HashMap<String, Kept>,
    cases: usize,
    /// What each connection of the dialogue tells when it is whole.
    wholes: Vec<Told>,
    _place: tempfile::TempDir,
}

impl Office {
    fn new() -> Self {
        let place = tempfile::tempdir().expect("a folder");
        let settings = configured(place.path());
        let now = Timestamp::from_millis(0);
        let engine = Engine::open(&settings, Role::Daemon, Rng::from_seed(1), now).expect("an engine");
        let rows = Connection::open(settings.service.data_dir.join("yorisoi.db")).expect("a database");
        Self { engine, rows, known: HashMap::new(), cases: 0, wholes: Vec::new(), _place: place }
    }

    /// What the engine makes of these steps, from the first to the last.
    fn keep(&mut self, steps: &[(FetchStep, Timestamp)]) -> Kept {
        let name = format!("{steps:?}");
        if let Some(kept) = self.known.get(&name) {
            return kept.clone();
        }
        let folder = format!("folder {}", self.known.len());
        let mut plan = None;
        for (step, now) in steps {
            let step = FetchStep { folder: folder.clone(), ..step.clone() };
            plan = Some(self.engine.keep(&step, *now).expect("a store"));
        }
        let kept = Kept { plan: plan.expect("a step"), rows: self.rows(&folder) };
        self.known.insert(name, kept.clone());
        kept
    }

    fn rows(&self, folder: &str) -> Vec<(u32, String, Vec<u8>)> {
        let all = "SELECT uid, CASE WHEN too_large THEN 'too large' ELSE kept_mails.reason END, raw
            FROM kept_mails JOIN epochs ON epochs.id = epoch_id LEFT JOIN raw_mails ON mail_id = kept_mails.id
            WHERE folder = ?1 AND epochs.ended_at IS NULL ORDER BY uid";
        let mut all = self.rows.prepare_cached(all).expect("SQL");
        let row = |row: &rusqlite::Row<'_>| {
            Ok((row.get(0)?, row.get(1)?, row.get::<_, Option<Vec<u8>>>(2)?.unwrap_or_default()))
        };
        all.query_map([folder], row).expect("rows").map(|row| row.expect("a row")).collect()
    }
}

fn configured(place: &Path) -> settings::Settings {
    let server = "host = \"127.0.0.1\"\ntls = \"none\"\n";
    let text = format!(
        "[service]\nname = \"Care\"\naddress = \"care@a.example\"\nlocale = \"en\"\n\
         timezone = \"Europe/London\"\ndata_dir = \"data\"\noperators = [\"office@b.example\"]\n\
         [imap]\n{server}[smtp]\n{server}"
    );
    let file = place.join("yorisoi.toml");
    std::fs::write(&file, text).expect("a file");
    settings::load(&file, std::iter::empty()).map_err(|errors| errors.to_string()).expect("settings")
}

/// The fetcher of one case.
struct Fetcher<'a> {
    office: &'a mut Office,
    mails: &'static [(u32, &'static str)],
    now: Timestamp,
    steps: Vec<(FetchStep, Timestamp)>,
    kept: Option<Kept>,
    pending: Option<(u32, Round)>,
    told: Told,
}

impl Fetcher<'_> {
    /// One session, until it has waited once and seen what that brought.
    async fn session(&mut self, io: impl Io, server: &settings::Server) -> Result<Woken, ImapError> {
        let mut session = Session::start(io, server, Limits::default()).await?;
        self.round(&mut session).await?;
        let woken = session.wait(SLICE).await?;
        self.told.woken.push(woken);
        if woken == Woken::News {
            self.round(&mut session).await?;
        }
        session.logout().await;
        Ok(woken)
    }

    /// The low-water mark and the rows.
    fn kept(&self) -> (u32, Vec<(u32, String, Vec<u8>)>) {
        self.kept.as_ref().map_or((0, Vec::new()), |kept| (kept.plan.low_water, kept.rows.clone()))
    }

    async fn round(&mut self, session: &mut Session) -> Result<(), ImapError> {
        let mut selected = session.select("INBOX").await?;
        // without a UIDVALIDITY a session makes one up; here it is always the same
        selected.uid_validity = selected.uid_validity.min(99);
        self.told.selected.push(selected);
        let plan = self.keep(selected, None, Vec::new());
        selected.uid_next = None;
        let left = self.pending.take().filter(|(validity, _)| *validity == selected.uid_validity);
        if let Some((_, round)) = left {
            self.fetch(session, selected, round).await?;
        }
        let listed = session.search_above(plan.low_water).await?;
        self.told.listed.push(listed.clone());
        let plan = self.keep(selected, Some(listed), Vec::new());
        self.fetch(session, selected, Round::new(plan.wanted, LARGEST)).await
    }

    async fn fetch(
        &mut self,
        session: &mut Session,
        selected: Selected,
        mut round: Round,
    ) -> Result<(), ImapError> {
        while !round.is_done() {
            match round.step(session).await {
                Ok(fetched) => {
                    self.told.fetched.extend(fetched.iter().cloned());
                    self.keep(selected, None, fetched);
                }
                Err(error) => {
                    self.pending = Some((selected.uid_validity, round));
                    return Err(error);
                }
            }
        }
        Ok(())
    }

    fn keep(&mut self, selected: Selected, listed: Option<Vec<u32>>, fetched: Vec<Fetched>) -> FetchPlan {
        let Selected { uid_validity, uid_next, .. } = selected;
        let step = FetchStep { folder: String::new(), uid_validity, uid_next, listed, fetched };
        self.steps.push((step, self.now));
        let before = self.kept.take().filter(|_| self.steps.len() > 1);
        let kept = self.office.keep(&self.steps);
        let same_epoch = self.steps.iter().all(|(step, _)| step.uid_validity == uid_validity);
        if let Some(before) = before.filter(|_| same_epoch) {
            assert!(kept.plan.low_water >= before.plan.low_water, "the mark fell: {:?}", self.steps);
        }
        let low = kept.plan.low_water;
        for (uid, _) in self.mails.iter().filter(|(uid, _)| *uid <= low) {
            let has_row = kept.rows.iter().any(|(row, ..)| row == uid);
            assert!(has_row, "the mark {low} passed {uid}: {:?}", self.steps);
        }
        self.kept.insert(kept).plan.clone()
    }
}

/// Plays every way of every dialogue; returns how many cases that were.
pub async fn play_all(dialogues: &[Dialogue], known: &str) -> usize {
    let mut cases = 0;
    for dialogue in dialogues {
        let mut office = Office::new();
        for (n, (trace, _)) in dialogue.connections.iter().enumerate() {
            for way in ways(trace, known).into_iter().filter(|way| !(way.by_octets && dialogue.in_haste)) {
                case(&mut office, dialogue, n, way).await;
            }
        }
        assert!(office.cases >= 2 * dialogue.connections.len(), "{}", dialogue.told);
        let broken = office.engine.view(|tx| tx.check()).expect("a store");
        assert_eq!(broken, Vec::<String>::new(), "{}", dialogue.told);
        cases += office.cases;
    }
    cases
}

/// The connections before the `nth` as they are written, the `nth` in its way, and then a server with nothing wrong.
async fn case(office: &mut Office, dialogue: &Dialogue, nth: usize, way: Way) {
    office.cases += 1;
    let place = format!("{}, connection {nth}, {way:?}", dialogue.told);
    let now = Timestamp::from_millis(0);
    let mut fetcher = Fetcher {
        office,
        mails: dialogue.folder.mails,
        now,
        steps: Vec::new(),
        kept: None,
        pending: None,
        told: Told::default(),
    };
    let mut wholes = std::mem::take(&mut fetcher.office.wholes);
    let last = if way.cut.is_some() { nth } else { dialogue.connections.len() - 1 };
    for (n, (trace, expected)) in dialogue.connections.iter().take(last + 1).enumerate() {
        let way = if n == nth { way } else { Way::WHOLE };
        fetcher.told = Told::default();
        let ended = play(&mut fetcher, dialogue, trace, way, &place).await;
        match wholes.get(n) {
            Some(whole) => assert!(fetcher.told.begins(whole), "{:?}, not {whole:?}: {place}", fetcher.told),
            None => wholes.push(fetcher.told.clone()),
        }
        judge(&fetcher, dialogue, trace, *expected, (way, ended), &place);
    }
    fetcher.office.wholes = wholes;
    if way.cut.is_none() {
        let (_, rows) = fetcher.kept();
        let name = |(uid, why, _): &(u32, String, Vec<u8>)| format!("{uid} {why}").trim_end().to_owned();
        assert_eq!(rows.iter().map(name).collect::<Vec<_>>(), dialogue.rows, "{place}");
    }
    heal(fetcher, dialogue, &place).await;
}

/// Plays one connection; `None` when the client was given up.
async fn play(
    fetcher: &mut Fetcher<'_>,
    dialogue: &Dialogue,
    trace: &str,
    way: Way,
    place: &str,
) -> Option<Result<Woken, ImapError>> {
    let mut server = server(dialogue.tls, dialogue.login.then_some(("haru", "pw")));
    server.ca_file = (dialogue.tls != Tls::None).then(|| tls_file("ca.pem"));
    let (client, served) = serve_cut(trace, way.cut, way.by_octets, None);
    let cut = served.cut();
    let given_up = async {
        cut.notified().await;
        let patience = if way.given_up { Duration::from_secs(1) } else { Duration::MAX };
        tokio::time::sleep(patience).await;
    };
    let ended = tokio::select! {
        ended = fetcher.session(client, &server) => Some(ended),
        () = given_up => None,
    };
    let over = Instant::now();
    let played = timeout(Duration::from_secs(9), served.played()).await;
    let played = played.unwrap_or_else(|_| panic!("{ended:?}, and the client does not hang up: {place}"));
    let played = played.unwrap_or_else(|why| panic!("{why}; {ended:?}: {place}"));
    if let Some(cut_at) = played.cut_at {
        assert!(over - cut_at <= way.limit(PATIENCE), "{:?}: {place}", over - cut_at);
    }
    ended
}

/// What a connection told is true, and its end is the one that is written, or the error of the cut.
fn judge(
    fetcher: &Fetcher<'_>,
    dialogue: &Dialogue,
    trace: &str,
    expected: Result<Woken, ImapError>,
    (way, ended): (Way, Option<Result<Woken, ImapError>>),
    place: &str,
) {
    let Told { fetched, .. } = &fetcher.told;
    for one in fetched {
        let uid = one.uid();
        let there = dialogue.folder.mails.iter().find(|(known, _)| *known == uid).map(|(_, mail)| *mail);
        match one {
            Fetched::Mail { raw, .. } => {
                assert_eq!(Some(raw.as_slice()), there.map(str::as_bytes), "{place}")
            }
            Fetched::Expunged { .. } => assert_eq!(there, None, "{place}"),
            Fetched::TooLarge { .. } => assert!(has_row(dialogue, uid, "too large"), "{place}"),
            Fetched::Unfetchable { .. } => assert!(has_row(dialogue, uid, "unfetchable"), "{place}"),
        }
    }
    let lost = match way.cut.map(|cut| cut.then) {
        // octets that were sent too early come too late then, and are no handshake
        None => {
            way.by_octets && ended == Some(Err(ImapError::Connect(ConnectError::Tls(TlsFault::Handshake))))
        }
        Some(Then::Silence) if ended.is_none() => way.given_up,
        Some(Then::Silence) => matches!(
            ended,
            Some(Err(ImapError::Timeout
                | ImapError::Lost
                | ImapError::Connect(ConnectError::Tls(TlsFault::Timeout))))
        ),
        Some(_) => matches!(
            ended,
            Some(Err(ImapError::Lost | ImapError::Connect(ConnectError::Tls(TlsFault::Handshake))))
        ),
    };
    let heard = String::from_utf8_lossy(&way.heard(trace)).into_owned();
    let lines = heard.rsplit_once('\n').map_or("", |(lines, _)| lines);
    let reason_is_whole = match expected {
        Err(ImapError::Refused { .. } | ImapError::Credentials) => {
            [" NO", " BAD"].iter().any(|no| lines.contains(no))
        }
        Err(ImapError::Bye(_)) => lines.contains("BYE"),
        _ => true,
    };
    let as_written = ended == Some(expected) && (way.cut.is_none() || reason_is_whole);
    assert!(lost || as_written, "{ended:?}, not {expected:?}: {place}\nheard: {heard}");
}

fn has_row(dialogue: &Dialogue, uid: u32, why: &str) -> bool {
    dialogue.rows.contains(&format!("{uid} {why}"))
}

/// At a server with nothing wrong every mail is there, once, as it is.
async fn heal(mut fetcher: Fetcher<'_>, dialogue: &Dialogue, place: &str) {
    let mut whole = false;
    // what a round has blamed on a mail is asked for again another day
    for days in 1..9 {
        fetcher.now = Timestamp::from_millis(days * LATER);
        let ended = fetcher.session(healthy::imap(dialogue.folder), &server(Tls::None, None)).await;
        assert_eq!(ended, Ok(Woken::NoIdle), "{place}");
        whole = fetcher.kept().1.iter().all(|(_, why, _)| why != "unfetchable");
        if whole {
            break;
        }
    }
    assert!(whole, "{place}");
    let (low, rows) = fetcher.kept();
    let of_folder: Vec<(u32, Vec<u8>)> = rows
        .iter()
        .filter(|(_, why, _)| why != "expunged")
        .map(|(uid, _, raw)| (*uid, raw.clone()))
        .collect();
    let all: Vec<(u32, Vec<u8>)> = dialogue
        .folder
        .mails
        .iter()
        .map(|(uid, mail)| match mail.split_once("\r\n\r\n") {
            Some((header, _)) if mail.len() as u64 > LARGEST => {
                (*uid, format!("{header}\r\n\r\n").into_bytes())
            }
            _ => (*uid, mail.as_bytes().to_vec()),
        })
        .collect();
    assert_eq!(of_folder, all, "{place}");
    assert_eq!(low, all.last().map_or(0, |(uid, _)| *uid), "{place}");
}
