//! What goes wrong at each stage of a submission, as a table: ten stages, eight ways to fail.

use yorisoi::mail::submission::{Stage, SubmitOutcome};
use yorisoi::net::smtp::SubmitError;
use yorisoi::settings::Tls;

use super::smtp::{Dialogue, Ended};
use super::smtp_traces::{accepted, permanent, play, quirk, refused, transient};
use Stage::{Auth, Connect, Data, Dot, Mail, Rcpt};
use SubmitOutcome::Unknown;

/// What a server does that fails, and how its failure is called.
const FAILURES: [(&str, &str); 8] = [
    ("451", "S: 451 later\n"),
    ("550", "S: 550 no\n"),
    ("421", "S: 421 closing\nclose\n"),
    ("close", "close\n"),
    ("silence", ""),
    ("nonsense", "S: ??? what\n"),
    // what goes well, and a second reply to it
    ("twice", "@S: 250 and another\n"),
    // what would go well elsewhere
    ("elsewhere", "S: 354 go\n"),
];

/// One stage: what was said before it, and what goes well there.
struct At {
    stage: &'static str,
    before: String,
    well: &'static str,
    tls: Tls,
    login: bool,
}

fn stages() -> [At; 10] {
    let at = |stage, before: &[&str], well| At {
        stage,
        before: before.concat(),
        well,
        tls: Tls::None,
        login: false,
    };
    let hello = "S: 220 mail\nC: EHLO yorisoi.example.jp\n";
    let offers = "S: 250-mail\nS: 250-STARTTLS\nS: 250 AUTH PLAIN\n";
    let mail = "C: MAIL FROM:<office@yorisoi.example.jp>\n";
    let rcpt = "S: 250 ok\nC: RCPT TO:<haru@example.jp>\n";
    let (data, go) = ("S: 250 ok\nC: DATA\n", "S: 354 go\n");
    let (dot, queued) = ("C.\n", "S: 250 queued\n");
    [
        at("greeting", &[], "S: 220 mail\n"),
        at("EHLO", &[hello], offers),
        At { tls: Tls::StartTls, ..at("STARTTLS", &[hello, offers, "C: STARTTLS\n"], "S: 220 go\n") },
        At { login: true, ..at("AUTH", &[hello, offers, "C: AUTH PLAIN AGhhcnUAcHc=\n"], "S: 235 ok\n") },
        at("MAIL", &[hello, offers, mail], "S: 250 ok\n"),
        at("RCPT", &[hello, offers, mail, rcpt], "S: 250 ok\n"),
        at("DATA", &[hello, offers, mail, rcpt, data], go),
        at("content", &[hello, offers, mail, rcpt, data, go], ""),
        at("dot", &[hello, offers, mail, rcpt, data, go, dot], queued),
        at("QUIT", &[hello, offers, mail, rcpt, data, go, dot, queued, "C: QUIT\n"], "S: 221 bye\n"),
    ]
}

/// How a mail ends where a connection that takes mail has not come about yet.
fn opening(stage: Stage) -> [Ended; 8] {
    let no = |code| refused(stage, code);
    let strange = || Err(SubmitError::Protocol { stage });
    let (lost, late) = (Err(SubmitError::Lost { stage }), Err(SubmitError::Timeout { stage }));
    [no(451), no(550), no(421), lost, late, strange(), strange(), strange()]
}

/// How a mail ends at each stage, by failure, in their order.
fn table() -> [[Ended; 8]; 10] {
    let (t, p, lost) = (transient, permanent, |stage| transient(stage, 0));
    let unknown = || Ok(Unknown);
    let well = || accepted("queued");
    // a second reply is seen before the next words, so at the next stage
    [
        opening(Connect),
        opening(Connect),
        opening(Connect),
        opening(Auth),
        [
            t(Mail, 451),
            p(Mail, 550),
            t(Mail, 421),
            lost(Mail),
            lost(Mail),
            lost(Mail),
            t(Rcpt, 250),
            t(Mail, 354),
        ],
        [
            t(Rcpt, 451),
            p(Rcpt, 550),
            t(Rcpt, 421),
            lost(Rcpt),
            lost(Rcpt),
            lost(Rcpt),
            t(Data, 250),
            t(Rcpt, 354),
        ],
        [
            t(Data, 451),
            p(Data, 550),
            t(Data, 421),
            lost(Data),
            lost(Data),
            lost(Data),
            t(Data, 250),
            t(Data, 250),
        ],
        // whatever is said before the dot stops it; a server that only does not read gets it
        [
            t(Data, 451),
            t(Data, 550),
            t(Data, 421),
            lost(Data),
            unknown(),
            lost(Data),
            t(Data, 250),
            t(Data, 354),
        ],
        [t(Dot, 451), p(Dot, 550), t(Dot, 421), unknown(), unknown(), unknown(), well(), unknown()],
        [well(), well(), well(), well(), well(), well(), well(), well()],
    ]
}

fn dialogue(at: &At, (failure, says): (&str, &str), ended: Ended) -> Dialogue {
    let says = match (at.stage, failure) {
        ("DATA", "elsewhere") => "S: 250 ok\n".to_owned(),
        ("content", "silence") => "sleep 605\n".to_owned(),
        ("EHLO", "twice") => "S: 250 mail\nS: 250 and another\n".to_owned(),
        _ => says.replace('@', at.well),
    };
    let in_envelope = matches!(at.stage, "MAIL" | "RCPT" | "DATA" | "dot");
    let reset = if in_envelope && ["451", "550"].contains(&failure) { "C: RSET\nS: 250 ok\n" } else { "" };
    let reused = !reset.is_empty() || at.stage == "QUIT" || (at.stage == "dot" && failure == "twice");
    let told = format!("{failure} at {}", at.stage);
    let in_haste = at.stage == "content" || failure == "twice";
    Dialogue {
        tls: at.tls,
        login: at.login,
        quits: at.stage == "QUIT",
        in_haste,
        ..quirk(&told, &[&at.before, &says, reset], ended, reused)
    }
}

#[tokio::test(start_paused = true)]
async fn eight_failures_at_ten_stages_each_end_as_the_table_says() {
    let mut dialogues = Vec::new();
    for (at, ended) in stages().iter().zip(table()) {
        let row = FAILURES.into_iter().zip(ended);
        dialogues.extend(row.map(|(failure, ended)| dialogue(at, failure, ended)));
    }
    assert_eq!(dialogues.len(), 80);
    play("eight_failures_at_ten_stages_each_end_as_the_table_says", &dialogues, 4_000).await;
}
