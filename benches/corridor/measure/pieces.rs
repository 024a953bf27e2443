//! The pieces of the corridor, each alone.

use std::hint::black_box;
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::Duration;

use yorisoi::clock;
use yorisoi::engine::{Applied, Engine};
use yorisoi::mail::address::Address;
use yorisoi::mail::fetched::{FetchStep, Fetched};
use yorisoi::mail::parse::parse;
use yorisoi::mail::submission::{Envelope, SubmitOutcome};
use yorisoi::net::imap::{Round, Selected, Session};
use yorisoi::net::smtp::Submitter;
use yorisoi::settings::Settings;

use super::world::{Sink, World, open};
use crate::lab::timed;

/// Octets to values, decoded.
pub fn parsed(world: &World) -> Duration {
    let (texts, took) =
        timed(|| world.mails.iter().map(|(raw, _)| black_box(parse(raw)).text.len()).sum::<usize>());
    assert!(texts > world.mails.len() * 200, "the text of a mail");
    took
}

/// From the IMAP folder into the database: our own session and round, every batch durable before the next counts,
/// the cursor moved. While one batch is kept the next is fetched, as the daemon does.
pub fn kept(world: &World, settings: &Settings) -> Duration {
    let mut engine = open(settings);
    let ((), took) = timed(|| keep(&mut engine, settings));
    drop(engine);
    let database = rusqlite::Connection::open(settings.service.data_dir.join("yorisoi.db")).unwrap();
    let sql = "SELECT count(*) FROM kept_mails JOIN raw_mails ON mail_id = id WHERE state = 'kept'";
    let rows: usize = database.query_row(sql, [], |row| row.get(0)).unwrap();
    assert_eq!(rows, world.mails.len(), "mails kept");
    took
}

fn keep(engine: &mut Engine, settings: &Settings) {
    let runtime = runtime();
    let folder = &settings.imap.folder;
    let mut session = runtime.block_on(Session::connect(&settings.imap)).unwrap();
    let Selected { uid_validity, uid_next, .. } = runtime.block_on(session.select(folder)).unwrap();
    let step = |uid_next, listed, fetched| FetchStep {
        folder: folder.clone(),
        uid_validity,
        uid_next,
        listed,
        fetched,
    };
    let plan = engine.keep(&step(uid_next, None, Vec::new()), clock::now()).unwrap();
    let listed = runtime.block_on(session.search_above(plan.low_water)).unwrap();
    let plan = engine.keep(&step(None, Some(listed), Vec::new()), clock::now()).unwrap();
    let mut round = Round::new(plan.wanted, settings.service.max_message_bytes);
    let (batches, taken) = mpsc::sync_channel::<Vec<Fetched>>(1);
    thread::scope(|scope| {
        let keeper = scope.spawn(move || {
            let keep = |fetched| engine.keep(&step(None, None, fetched), clock::now()).unwrap().low_water;
            taken.into_iter().map(keep).last()
        });
        while !round.is_done() {
            batches.send(runtime.block_on(round.step(&mut session)).unwrap()).unwrap();
        }
        drop(batches);
        assert!(keeper.join().unwrap() > Some(0), "the cursor moved");
    });
    runtime.block_on(session.logout());
}

/// Kept mails understood, with their alerts composed and in the outbox, committed.
pub fn applied(world: &World, settings: &Settings) -> Duration {
    let mut engine = open(settings);
    let (mails, took) = timed(|| {
        let mut all = 0;
        loop {
            let Applied { mails, quarantined } = engine.apply(clock::now()).unwrap();
            assert_eq!(quarantined, 0);
            all += mails;
            if mails == 0 {
                return all;
            }
        }
    });
    assert_eq!(mails, world.mails.len(), "mails applied");
    let alerts = engine.view(|tx| tx.unsent()).unwrap().len();
    assert_eq!(alerts, world.mails.len(), "alerts in the outbox");
    took
}

/// Our submitter alone: the same transaction as the daemon's, with nothing made durable.
pub fn submitted(world: &World, settings: &Settings, connections: usize) -> Duration {
    let sink = Sink::start(world.dir());
    let mut settings = settings.clone();
    settings.smtp.server.port = sink.port;
    let mails: Vec<Vec<u8>> = world.mails.iter().map(|(raw, _)| raw.clone()).collect();
    let count = mails.len();
    let waiting = Arc::new(Mutex::new(mails));
    let ((), took) = timed(|| {
        runtime().block_on(async {
            let workers: Vec<_> = (0..connections)
                .map(|_| tokio::spawn(submit_all(settings.clone(), waiting.clone())))
                .collect();
            for worker in workers {
                worker.await.unwrap();
            }
        });
    });
    assert_eq!(sink.taken(), count, "mails at the sink");
    took
}

async fn submit_all(settings: Settings, waiting: Arc<Mutex<Vec<Vec<u8>>>>) {
    let envelope = Envelope {
        reverse_path: Some(settings.service.address.clone()),
        forward_path: Address::parse("ai@example.org").unwrap(),
    };
    let hello = settings.service.address.domain();
    let mut submitter = Submitter::connect(&settings.smtp.server, hello).await.unwrap();
    loop {
        let Some(mail) = waiting.lock().unwrap().pop() else { break };
        let (outcome, kept) = submitter.submit(&envelope, &mail, async { Ok::<(), ()>(()) }).await;
        assert!(matches!(outcome, SubmitOutcome::Accepted { .. }), "{outcome:?}");
        submitter = kept.unwrap();
    }
    submitter.quit().await;
}

pub fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}
