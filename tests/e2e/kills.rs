//! Ended by force at any moment, and by SIGTERM at a bad one; lines that die after the final dot. Afterwards every
//! mail is there once, and where an acceptance was lost its copies are the same octet for octet.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use yorisoi::rng::Rng;

use super::exactly::news;
use super::lab::{Daemon, Login, Options, Proxy, SERVICE, Setup, until, within};
use super::reading::Received;
use super::world::{SOON, World};
use super::writing::{Person, with_photo};

/// So many clients that none of them meets the limit of what goes out of a thread within an hour.
const CROWD: usize = 14;

/// A world without TLS, so that a proxy can stand before Postfix.
pub fn plain_world(options: Options) -> (World, Proxy) {
    let setup = Setup { tls: "none", login: Login::None, ..Setup::default() };
    let world = World::with(&setup, options);
    let proxy = Proxy::before(world.lab.ports().smtp);
    (world, proxy)
}

/// `run`, sending through the proxy.
pub fn run_through(world: &World, proxy: &Proxy) -> Daemon {
    let port = proxy.port.to_string();
    world.lab.run_daemon_with(&world.config, &[("YORISOI__SMTP__PORT", &port)])
}

/// Runs the daemon for random moments and kills it, `times` times. Every third time it has understood something before:
/// a mail on which the program dies three times in a row is taken for poison, and rightly so.
pub fn kill_at_random(world: &World, proxy: &Proxy, times: usize, longest_ms: u64) {
    let mut rng = Rng::from_system().unwrap();
    for n in 1..=times {
        let daemon = run_through(world, proxy);
        if n % 3 == 0 {
            let _ = within(Duration::from_millis(700), || daemon.log().contains(" applied ").then_some(()));
        }
        let moment = 30 + rng.below(longest_ms);
        let _ = within(Duration::from_millis(moment), || None::<()>);
        let (kept, sent) =
            (daemon.log().matches(" applied ").count(), daemon.log().matches(" settled ").count());
        daemon.sigkill();
        eprintln!("killed after {moment} ms: {kept} mails understood, {sent} submissions ended");
    }
}

/// Mailboxes for a crowd.
fn mailboxes() -> Options {
    let people = (0..CROWD).map(|n| format!("haru{n}@example.jp"));
    Options {
        people: people.chain(["ai@example.org", "office@lab.test"].map(str::to_owned)).collect(),
        ..Options::default()
    }
}

fn people(of: &[&Person]) -> BTreeMap<String, String> {
    of.iter().map(|p| (p.name.clone(), p.address.clone())).collect()
}

/// Every numbered report stands in exactly one alert.
fn each_report_is_news_once(world: &World, supporter: &Person, count: usize) {
    let mut seen: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for alert in world.lab.mails(&supporter.address).iter().map(|raw| Received::read(raw)) {
        let words = news(&alert).lines().next().unwrap().to_owned();
        seen.entry(words).or_default().insert(alert.message_id);
    }
    let expected: BTreeSet<String> = (0..count).map(|n| format!("報告その{n:03}")).collect();
    assert_eq!(seen.keys().cloned().collect::<BTreeSet<_>>(), expected);
    assert!(seen.values().all(|ids| ids.len() == 1), "a report in two alerts: {seen:?}");
}

/// A crowd of clients and their supporter.
fn crowd(world: &World) -> (Vec<Person>, Person) {
    let ai = world.supporter("あい", "ai@example.org");
    let client = |n| world.client(&format!("はる{n}"), &format!("haru{n}@example.jp"), &ai);
    ((0..CROWD).map(client).collect(), ai)
}

/// Reports with a photo each, so that taking them in takes a while.
fn deliver_reports(world: &World, clients: &[Person], numbers: std::ops::Range<usize>, photo: usize) {
    for n in numbers {
        let client = &clients[n % clients.len()];
        let mail = client.writes("", &format!("報告その{n:03}")).mail();
        let mail = if photo > 0 { with_photo(&mail, photo) } else { mail };
        world.lab.deliver(&mail.raw, SERVICE);
    }
}

/// How many worlds are played one after the other: more with `YORISOI_LONG`.
fn worlds() -> usize {
    if std::env::var_os("YORISOI_LONG").is_some() { 50 } else { 1 }
}

#[test]
fn killed_at_any_moment_of_taking_mail_in_it_loses_and_doubles_nothing() {
    for _ in 0..worlds() {
        let (world, proxy) = plain_world(mailboxes());
        let (clients, ai) = crowd(&world);
        deliver_reports(&world, &clients, 0..200, 150_000);
        kill_at_random(&world, &proxy, 10, 500);
        all_is_there(&world, &proxy, &clients, &ai, 200);
        let letters = |client: &Person| {
            let thread = world.json(&["thread", &client.name, "--json"]);
            thread["reports"][0]["letters"].as_array().unwrap().len()
        };
        assert_eq!(clients.iter().map(letters).sum::<usize>(), 200);
    }
}

#[test]
fn killed_at_any_moment_of_a_slow_submission_it_loses_and_doubles_nothing() {
    for _ in 0..worlds() {
        let (world, proxy) = plain_world(mailboxes());
        let (clients, ai) = crowd(&world);
        deliver_reports(&world, &clients, 0..40, 0);
        proxy.delay(Duration::from_millis(40));
        kill_at_random(&world, &proxy, 8, 700);
        proxy.delay(Duration::ZERO);
        all_is_there(&world, &proxy, &clients, &ai, 40);
    }
}

/// After a last life in peace every report is news once.
fn all_is_there(world: &World, proxy: &Proxy, clients: &[Person], supporter: &Person, reports: usize) {
    let daemon = run_through(world, proxy);
    world.wait_until_all_is_sent(reports);
    assert_eq!(daemon.sigterm().status.code(), Some(0));
    let all: Vec<&Person> = clients.iter().chain([supporter]).collect();
    world.assert_each_arrived_once(&people(&all));
    each_report_is_news_once(world, supporter, reports);
}

#[test]
fn a_mail_whose_acceptance_was_lost_comes_again_octet_for_octet_or_the_office_is_asked() {
    let (world, proxy) = plain_world(Options::default());
    let (haru, ai) = world.pair();
    world.lab.deliver(&haru.writes("日報", "歩きました。").mail().raw, SERVICE);
    proxy.lose_acceptance(&ai.address); // of the alert
    proxy.lose_acceptance(&haru.address); // of the receipt
    let daemon = run_through(&world, &proxy);
    world.lab.wait_for_mails(&ai.address, 1, SOON);
    let settled = |kind: &str, state: &str| world.outbox(kind).iter().all(|row| row["state"] == state);
    until("unknown ends", SOON, || {
        (settled("alert", "unknown") && settled("receipt", "unresolved")).then_some(())
    });
    world.wait_until_all_is_sent(1);
    let copies = world.inbox(&ai, 2);
    assert_eq!(copies[0].as_submitted(), copies[1].as_submitted());
    assert_eq!(copies[0].message_id, copies[1].message_id);
    // a receipt is not worth a second copy: the office may look
    assert_eq!(world.inbox(&haru, 1).len(), 1);
    world.inbox_of("office@lab.test", 1)[0].must_say("届いたかどうか分かりません");
    // an answer to either copy is an answer, and the words come once
    let answer = ai.replies(&copies[1], "いいですね。").mail();
    world.lab.send(&answer.from, &answer.to, &answer.raw).unwrap();
    assert!(world.last(&haru, 2).text.starts_with("いいですね。\n"));
    assert_eq!(daemon.sigterm().status.code(), Some(0));
}

#[test]
fn sigterm_ends_a_run_whose_server_never_answers_the_dot() {
    let (world, proxy) = plain_world(Options::default());
    let (haru, ai) = world.pair();
    world.lab.deliver(&haru.writes("日報", "歩きました。").mail().raw, SERVICE);
    proxy.mute(true);
    let daemon = run_through(&world, &proxy);
    world.lab.wait_for_mails(&ai.address, 1, SOON); // it has arrived, only nobody says so
    let ended = daemon.sigterm(); // panics after ten seconds
    assert_eq!(ended.status.code(), Some(0));
    proxy.mute(false);
    let daemon = run_through(&world, &proxy);
    world.wait_until_all_is_sent(1);
    assert_eq!(daemon.sigterm().status.code(), Some(0));
    world.assert_each_arrived_once(&people(&[&haru, &ai]));
    assert_eq!(world.outbox("alert")[0]["unknowns"], 1);
}
