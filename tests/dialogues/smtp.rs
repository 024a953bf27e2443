//! SMTP dialogues: one mail against a trace, then another mail for somebody else, as the daemon submits them.
//!
//! Wherever a dialogue breaks off: accepted is only what a whole reply accepted; unknown is only what had its dot;
//! a connection in doubt is not used again; every mail that a server took has the one recipient that it was for.

use std::convert::Infallible;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::time::{Instant, timeout};
use yorisoi::mail::address::Address;
use yorisoi::mail::submission::{Envelope, Stage, SubmitOutcome};
use yorisoi::net::connect::{ConnectError, TlsFault};
use yorisoi::net::smtp::{Deadlines, SubmitError, Submitter};
use yorisoi::net::stream::Io;
use yorisoi::settings::{self, Tls};

use super::super::protocol::session::server;
use super::super::protocol::{Played, Then, healthy, said, serve_cut, tls_file};
use super::{Way, ways};
use SubmitOutcome::{Accepted, Transient, Unknown};

const HELLO: &str = "yorisoi.example.jp";
/// Who the first mail is for, unless the dialogue says so; and the second.
pub const HARU: &str = "haru@example.jp";
const AKI: &str = "aki@example.jp";
const FIRST: &str = "Subject: hi\r\n\r\nfor haru\r\n.dotted\r\n.\r\nlast\r\n";
const SECOND: &str = "Subject: hi\r\n\r\nfor aki\r\n";

/// How one mail ended; an error when there was no connection to submit it on.
pub type Ended = Result<SubmitOutcome, SubmitError>;

/// A dialogue: the trace of one connection, and how the first mail ends.
pub struct Dialogue {
    pub told: String,
    pub login: bool,
    pub tls: Tls,
    pub to: &'static str,
    pub trace: String,
    pub ended: Ended,
    /// The second mail goes over the same connection.
    pub reused: bool,
    /// The client says goodbye after the first mail.
    pub quits: bool,
    /// What it is about is that octets come together.
    pub in_haste: bool,
}

/// Plays every way of every dialogue; returns how many cases that were.
pub async fn play_all(dialogues: &[Dialogue], known: &str) -> usize {
    let mut cases = 0;
    for dialogue in dialogues {
        for way in ways(&dialogue.trace, known) {
            if !(way.by_octets && dialogue.in_haste) {
                case(dialogue, way).await;
                cases += 1;
            }
        }
    }
    cases
}

/// What became of the first mail.
struct First {
    /// `None` when the client was given up.
    ended: Option<Ended>,
    kept: Option<Submitter>,
    /// How often the end of the content was recorded.
    records: usize,
    over: Instant,
}

async fn case(dialogue: &Dialogue, way: Way) {
    let place = format!("{}, {way:?}", dialogue.told);
    let (client, served) = serve_cut(&dialogue.trace, way.cut, way.by_octets, Some(healthy::take_mail));
    let mut server = server(dialogue.tls, dialogue.login.then_some(("haru", "pw")));
    server.ca_file = (dialogue.tls != Tls::None).then(|| tls_file("ca.pem"));
    let cut = served.cut();
    let records = AtomicUsize::new(0);
    let given_up = async {
        cut.notified().await;
        let patience = if way.given_up { Duration::from_secs(1) } else { Duration::MAX };
        tokio::time::sleep(patience).await;
    };
    let (ended, kept) = tokio::select! {
        (ended, kept) = submit(client, &server, dialogue.to, &records) => (Some(ended), kept),
        () = given_up => (None, None),
    };
    let mut first = First { ended, kept, records: records.into_inner(), over: Instant::now() };
    let reused = first.kept.is_some();
    if dialogue.quits
        && let Some(kept) = first.kept.take()
    {
        let begun = Instant::now();
        kept.quit().await;
        assert!(begun.elapsed() <= Duration::from_secs(2), "a goodbye took {:?}: {place}", begun.elapsed());
    }
    let second = second_mail(first.kept.take(), &place).await;
    let played = timeout(Duration::from_secs(9), served.played()).await;
    let played =
        played.unwrap_or_else(|_| panic!("{:?}, and the client does not hang up: {place}", first.ended));
    let played = played.unwrap_or_else(|why| panic!("{why}; {:?}: {place}", first.ended));
    judge(dialogue, way, &first, &played, &place);
    let (octets, total) = (way.heard(&dialogue.trace).len(), said(&dialogue.trace).len());
    let clean = octets == total || octets >= dot(&dialogue.trace).1;
    let may = dialogue.reused && clean && first.ended.as_ref() == Some(&dialogue.ended);
    assert!(may || !reused, "a connection in doubt was used again: {place}");
    assert!(way.cut.is_some() || reused == dialogue.reused, "used again: {reused}, {place}");
    let firsts = transactions(&played.lines, &place);
    let seconds = transactions(&second, &place);
    let all: Vec<_> = firsts.iter().chain(&seconds).collect();
    for (to, mail) in &all {
        let right = if mail.contains("for aki") { AKI } else { dialogue.to };
        assert_eq!(to.replace('"', ""), right, "cross-delivery: {place}");
    }
    assert_eq!(all.iter().filter(|(to, _)| to == AKI).count(), 1, "{place}");
}

/// Submits the first mail over a connection of its own.
async fn submit(
    io: impl Io,
    server: &settings::Server,
    to: &str,
    records: &AtomicUsize,
) -> (Ended, Option<Submitter>) {
    let submitter = match Submitter::start(io, server, HELLO, Deadlines::default()).await {
        Ok(submitter) => submitter,
        Err(error) => return (Err(error), None),
    };
    let record = async {
        records.fetch_add(1, Ordering::Relaxed);
        Ok::<(), Infallible>(())
    };
    let (outcome, kept) = submitter.submit(&envelope(to), FIRST.as_bytes(), record).await;
    (Ok(outcome), kept)
}

/// The second mail: over the connection that was kept, or a new one. It is accepted, unless the kept one had died in
/// the meantime without a word of it being taken. Returns what a new server saw.
async fn second_mail(kept: Option<Submitter>, place: &str) -> Vec<String> {
    let record = async { Ok::<(), Infallible>(()) };
    if let Some(kept) = kept {
        let (outcome, kept) = kept.submit(&envelope(AKI), SECOND.as_bytes(), record).await;
        match outcome {
            Accepted { .. } if kept.is_some() => return Vec::new(),
            Transient { stage: Stage::Mail, .. } if kept.is_none() => {}
            outcome => panic!("the second mail: {outcome:?}, {place}"),
        }
    }
    let (client, served) = healthy::smtp();
    let submitter = Submitter::start(client, &server(Tls::None, None), HELLO, Deadlines::default()).await;
    let record = async { Ok::<(), Infallible>(()) };
    let submitter = submitter.expect("a server with nothing wrong");
    let (outcome, kept) = submitter.submit(&envelope(AKI), SECOND.as_bytes(), record).await;
    assert!(matches!(outcome, Accepted { .. }), "the second mail: {outcome:?}, {place}");
    drop(kept);
    served.lines().await
}

fn envelope(to: &str) -> Envelope {
    let address = |text| Address::parse(text).expect("an address");
    Envelope { reverse_path: Some(address("office@yorisoi.example.jp")), forward_path: address(to) }
}

/// The end is the one that is written, or follows from what was heard of the server.
fn judge(dialogue: &Dialogue, way: Way, first: &First, played: &Played, place: &str) {
    let First { ended, records, over, .. } = first;
    let heard = String::from_utf8_lossy(&way.heard(&dialogue.trace)).into_owned();
    let (content, answered) = dot(&dialogue.trace);
    let octets = way.heard(&dialogue.trace).len();
    let lines = played.lines.iter().skip_while(|line| *line != "for haru");
    let has_dot = lines.take_while(|line| *line != "for aki").any(|line| line == ".");
    if let Some(cut_at) = played.cut_at {
        let patience = Duration::from_secs(if has_dot { 600 } else { 120 });
        assert!(*over - cut_at <= way.limit(patience), "{:?}: {place}", *over - cut_at);
    }
    assert!(*records <= 1 && (*records == 1 || !has_dot), "a dot without a record: {place}");
    match ended {
        Some(Ok(Accepted { .. })) => {
            assert!(octets >= answered, "accepted by half a reply: {place}");
        }
        Some(Ok(Unknown)) => {
            assert!(octets >= content && *records == 1, "unknown before the dot: {place}");
        }
        Some(Ok(Transient { stage, code: 0, .. })) => {
            assert!(!has_dot && *stage < Stage::Dot, "unknown, and not said so: {place}");
        }
        _ => {}
    }
    let lines = heard.rsplit_once('\n').map_or("", |(lines, _)| lines);
    let code = match ended {
        Some(Ok(Transient { code, .. } | SubmitOutcome::Permanent { code, .. })) => *code,
        Some(Err(SubmitError::Refused { code, .. })) => *code,
        _ => 0,
    };
    let said_so = code == 0 || lines.lines().any(|line| line.starts_with(&code.to_string()));
    assert!(said_so, "nobody said {code}: {place}\nheard: {heard}");
    let as_written = *ended == Some(dialogue.ended.clone());
    let lost = match (way.cut.map(|cut| cut.then), ended) {
        (None, _) => false,
        (Some(_), None) => way.given_up,
        (Some(_), Some(Ok(Unknown | Transient { code: 0, .. }))) => true,
        (Some(Then::Silence), Some(Err(error))) => matches!(
            error,
            SubmitError::Timeout { .. } | SubmitError::Connect(ConnectError::Tls(TlsFault::Timeout))
        ),
        (Some(_), Some(Err(error))) => matches!(
            error,
            SubmitError::Lost { .. } | SubmitError::Connect(ConnectError::Tls(TlsFault::Handshake))
        ),
        _ => false,
    };
    assert!(as_written || lost, "{ended:?}, not {:?}: {place}\nheard: {heard}", dialogue.ended);
}

/// After how many octets of the server's the client may write the dot, and after how many it has been answered.
fn dot(trace: &str) -> (usize, usize) {
    let (mut octets, mut content) = (0, None);
    for line in said(trace).split_inclusive(|octet| *octet == b'\n') {
        octets += line.len();
        match content {
            None if line.starts_with(b"354") => content = Some(octets),
            Some(content) if line.get(3) != Some(&b'-') => return (content, octets),
            _ => {}
        }
    }
    (content.unwrap_or(usize::MAX), usize::MAX)
}

/// What a server took that believes everything: each mail with its recipient. RCPT counts whatever was answered, until
/// RSET or the end of a mail, so that two of them in one transaction are seen.
fn transactions(lines: &[String], place: &str) -> Vec<(String, String)> {
    let (mut taken, mut to, mut mail) = (Vec::new(), Vec::<String>::new(), None::<String>);
    for line in lines {
        match (&mut mail, line.as_str()) {
            (Some(text), ".") => {
                assert_eq!(to.len(), 1, "recipients of one mail: {to:?}, {text}: {place}");
                taken.push((to.remove(0), std::mem::take(text)));
                mail = None;
            }
            (Some(text), line) => text.push_str(&format!("{line}\n")),
            (None, "RSET") => to.clear(),
            // content follows DATA only where it was taken
            (None, line) if line.starts_with("Subject:") => mail = Some(String::new()),
            (None, line) => {
                let path = line.strip_prefix("RCPT TO:<").and_then(|rest| rest.strip_suffix('>'));
                to.extend(path.map(str::to_owned));
            }
        }
    }
    taken
}
