//! One healthy session of each protocol, cut after every octet that the server says; and after some of them the
//! server stays on the line and says no more.

use yorisoi::demo::{Protocol, Then};
use yorisoi::mail::submission::{Stage, SubmitOutcome};
use yorisoi::net::imap::{ImapError, Limits};
use yorisoi::net::smtp::{Deadlines, SubmitError};

use super::super::counted::counted;
use super::{Bench, CARE, HASTY, IMPATIENT, fault, found};

/// How many connections are open at one time.
const LANES: usize = 8;
/// The same where each of them waits for its time limit.
const WAITING_LANES: usize = 48;
/// Between two octets after which the server falls silent.
const STRIDE: usize = 5;

const MAILS: [&str; 3] = ["A: 1\r\n\r\none\r\n", "A: 2\r\n\r\ntwo\r\n", "A: 3\r\n\r\nthree\r\n"];

/// Runs `cut` for every `stride`th number of octets from 0, until it says that the session was over before; returns
/// the first number of which it said so.
async fn every<F: Future<Output = bool>>(lanes: usize, stride: usize, cut: impl Fn(usize) -> F) -> usize {
    let lane = async |first: usize| {
        let mut octets = first * stride;
        while cut(octets).await {
            octets += lanes * stride;
        }
        octets
    };
    futures_util::future::join_all((0..lanes).map(lane)).await.into_iter().min().unwrap()
}

/// An IMAP session that ends in `lost` when something happens after so many octets; whether it did.
async fn fetched_whole(octets: usize, then: Then, limits: Limits, lost: ImapError) -> bool {
    let bench = Bench::new(&MAILS).await;
    bench.faults.add(fault(Protocol::Imap, &octets.to_string(), "", then));
    let (mut round, mut out) = (None, Vec::new());
    let ended = bench.fetch(limits, &mut round, &mut out).await;
    let happened = bench.faults.left() == 0;
    match ended {
        // only the goodbye is left that may be cut
        Ok(()) => assert_eq!(out.len(), MAILS.len(), "after {octets}"),
        Err(error) => {
            // what came whole is handed out first, and the spent session says so in the next step
            let spent = error == ImapError::Lost && !out.is_empty();
            assert!(happened && (error == lost || spent), "after {octets}: {error:?}");
            bench.fetch(Limits::default(), &mut round, &mut out).await.unwrap();
        }
    }
    let mut out: Vec<(u32, String)> = out.iter().map(found).collect();
    out.sort();
    let all: Vec<(u32, String)> = (1..).zip(MAILS).map(|(uid, raw)| (uid, raw.to_owned())).collect();
    assert_eq!(out, all, "after {octets}");
    happened
}

#[tokio::test]
async fn an_imap_session_cut_at_any_octet_loses_no_mail() {
    let cut = |octets| fetched_whole(octets, Then::Close, Limits::default(), ImapError::Lost);
    let cuts = every(LANES, 1, cut).await;
    counted("an_imap_session_cut_at_any_octet_loses_no_mail", cuts);
    assert!(cuts > 900, "{cuts} cuts");
}

#[tokio::test]
async fn an_imap_session_that_falls_silent_at_an_octet_loses_no_mail() {
    let cut = |octets| fetched_whole(octets, Then::Silence, IMPATIENT, ImapError::Timeout);
    let last = every(WAITING_LANES, STRIDE, cut).await;
    counted("an_imap_session_that_falls_silent_at_an_octet_loses_no_mail", last / STRIDE);
    assert!(last > 900, "{last} octets");
}

/// A submission of which only a reply to the dot says how it ended, whatever happens after so many octets; whether
/// it did.
async fn settled_by_reply(octets: usize, then: Then, deadlines: Deadlines) -> bool {
    let mail = b"Subject: hi\r\n\r\nfirst\r\n";
    let bench = Bench::new(&[]).await;
    bench.faults.add(fault(Protocol::Smtp, &octets.to_string(), "", then));
    let ended = bench.submit(deadlines, CARE, mail).await;
    let happened = bench.faults.left() == 0;
    let is_loss = |error: &SubmitError| match then {
        Then::Close => matches!(error, SubmitError::Lost { .. }),
        _ => matches!(error, SubmitError::Timeout { .. }),
    };
    match (&ended, bench.delivered(CARE)) {
        (Ok(SubmitOutcome::Accepted { .. }), 1) => {}
        (Ok(SubmitOutcome::Unknown), 1) => assert!(happened, "after {octets}"),
        (Ok(SubmitOutcome::Transient { stage, code: 0, .. }), 0) => {
            assert!(happened && *stage < Stage::Dot, "after {octets}: {ended:?}");
        }
        (Err(error), 0) => assert!(happened && is_loss(error), "after {octets}: {error:?}"),
        (_, delivered) => panic!("after {octets}: {ended:?}, {delivered} delivered"),
    }
    if bench.delivered(CARE) == 0 {
        let again = bench.submit(Deadlines::default(), CARE, mail).await;
        assert!(matches!(again, Ok(SubmitOutcome::Accepted { .. })), "after {octets}: {again:?}");
    }
    assert_eq!(bench.delivered(CARE), 1, "after {octets}");
    happened
}

#[tokio::test]
async fn an_smtp_session_cut_at_any_octet_is_settled_only_by_its_reply() {
    let cuts = every(LANES, 1, |octets| settled_by_reply(octets, Then::Close, Deadlines::default())).await;
    counted("an_smtp_session_cut_at_any_octet_is_settled_only_by_its_reply", cuts);
    assert!(cuts > 200, "{cuts} cuts");
}

#[tokio::test]
async fn an_smtp_session_that_falls_silent_at_an_octet_is_settled_only_by_its_reply() {
    let last = every(WAITING_LANES, STRIDE, |octets| settled_by_reply(octets, Then::Silence, HASTY)).await;
    counted("an_smtp_session_that_falls_silent_at_an_octet_is_settled_only_by_its_reply", last / STRIDE);
    assert!(last > 200, "{last} octets");
}
