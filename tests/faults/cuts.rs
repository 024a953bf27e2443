//! One healthy session of each protocol, cut after every octet that the server says.

use yorisoi::demo::{Protocol, Then};
use yorisoi::mail::submission::{Stage, SubmitOutcome};
use yorisoi::net::imap::{ImapError, Limits};
use yorisoi::net::smtp::{Deadlines, SubmitError};

use super::{Bench, CARE, fault, found};

/// How many connections are cut at one time.
const LANES: usize = 8;

/// Runs `cut` for every number of octets from 0, until it says that the session was over before; returns how many.
async fn every<F: Future<Output = bool>>(cut: impl Fn(usize) -> F) -> usize {
    let lane = async |first: usize| {
        let mut octets = first;
        while cut(octets).await {
            octets += LANES;
        }
        octets
    };
    let lanes = (0..LANES).map(lane);
    let ends = futures_util::future::join_all(lanes).await;
    ends.into_iter().min().unwrap()
}

#[tokio::test]
async fn an_imap_session_cut_at_any_octet_loses_no_mail() {
    let mails = ["A: 1\r\n\r\none\r\n", "A: 2\r\n\r\ntwo\r\n", "A: 3\r\n\r\nthree\r\n"];
    let all: Vec<(u32, String)> = (1..).zip(mails).map(|(uid, raw)| (uid, raw.to_owned())).collect();
    let cuts = every(async |octets| {
        let bench = Bench::new(&mails).await;
        bench.faults.add(fault(Protocol::Imap, &octets.to_string(), "", Then::Close));
        let (mut round, mut out) = (None, Vec::new());
        let ended = bench.fetch(Limits::default(), &mut round, &mut out).await;
        let happened = bench.faults.left() == 0;
        match ended {
            // only the goodbye is left that may be cut
            Ok(()) => assert_eq!(out.len(), mails.len(), "cut after {octets}"),
            Err(error) => {
                assert_eq!((error, happened), (ImapError::Lost, true), "cut after {octets}");
                bench.fetch(Limits::default(), &mut round, &mut out).await.unwrap();
            }
        }
        let mut out: Vec<(u32, String)> = out.iter().map(found).collect();
        out.sort();
        assert_eq!(out, all, "cut after {octets}");
        happened
    })
    .await;
    assert!(cuts > 900, "{cuts} cuts");
}

#[tokio::test]
async fn an_smtp_session_cut_at_any_octet_is_settled_only_by_its_reply() {
    let mail = b"Subject: hi\r\n\r\nfirst\r\n";
    let cuts = every(async |octets| {
        let bench = Bench::new(&[]).await;
        bench.faults.add(fault(Protocol::Smtp, &octets.to_string(), "", Then::Close));
        let ended = bench.submit(Deadlines::default(), CARE, mail).await;
        let happened = bench.faults.left() == 0;
        match (&ended, bench.delivered(CARE)) {
            (Ok(SubmitOutcome::Accepted { .. }), 1) => {}
            (Ok(SubmitOutcome::Unknown), 1) => assert!(happened, "cut after {octets}"),
            (Ok(SubmitOutcome::Transient { stage, code: 0 }), 0) => {
                assert!(happened && *stage < Stage::Dot, "cut after {octets}: {ended:?}");
            }
            (Err(SubmitError::Lost { .. }), 0) => assert!(happened, "cut after {octets}"),
            (_, delivered) => panic!("cut after {octets}: {ended:?}, {delivered} delivered"),
        }
        if bench.delivered(CARE) == 0 {
            let again = bench.submit(Deadlines::default(), CARE, mail).await;
            assert!(matches!(again, Ok(SubmitOutcome::Accepted { .. })), "cut after {octets}: {again:?}");
        }
        assert_eq!(bench.delivered(CARE), 1, "cut after {octets}");
        happened
    })
    .await;
    assert!(cuts > 200, "{cuts} cuts");
}
