//! A hundred clients and twenty supporters, everybody writing at once, under ten kills.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::exactly::news;
use super::kills::{kill_at_random, plain_world, run_through};
use super::lab::{Options, SERVICE, until};
use super::reading::Received;
use super::world::{SOON, World};
use super::writing::Person;

const CLIENTS: usize = 100;
const SUPPORTERS: usize = 20;

struct Crowd {
    clients: Vec<Person>,
    supporters: Vec<Person>,
}

impl Crowd {
    fn addresses() -> Vec<String> {
        let clients = (0..CLIENTS).map(|n| format!("client{n:03}@phone.example"));
        let supporters = (0..SUPPORTERS).map(|n| format!("supporter{n:02}@home.example"));
        clients.chain(supporters).chain(["office@lab.test".to_owned()]).collect()
    }

    fn join(world: &World) -> Self {
        let addresses = Self::addresses();
        let supporters: Vec<Person> = (0..SUPPORTERS)
            .map(|n| world.supporter(&format!("支える{n:02}"), &addresses[CLIENTS + n]))
            .collect();
        let clients = (0..CLIENTS)
            .map(|n| world.client(&format!("はる{n:03}"), &addresses[n], &supporters[n % SUPPORTERS]))
            .collect();
        Self { clients, supporters }
    }

    fn everybody(&self) -> BTreeMap<String, String> {
        let people = self.clients.iter().chain(&self.supporters);
        people.map(|p| (p.name.clone(), p.address.clone())).collect()
    }

    /// Each supporter answers each alert that she has not answered yet, once whatever its copies.
    fn answer(&self, world: &World, answered: &mut BTreeSet<String>) {
        for supporter in &self.supporters {
            for raw in world.lab.mails(&supporter.address) {
                let alert = Received::read(&raw);
                if answered.insert(alert.message_id.clone()) {
                    let words = format!("読みました：{}", news(&alert));
                    world.lab.deliver(&supporter.replies(&alert, &words).mail().raw, SERVICE);
                }
            }
        }
    }
}

fn report(n: usize) -> String {
    format!("{n:03}番の報告です")
}

#[test]
fn a_hundred_clients_and_twenty_supporters_lose_and_mix_up_nothing_under_ten_kills() {
    let (world, proxy) = plain_world(Options { people: Crowd::addresses(), ..Options::default() });
    let crowd = Crowd::join(&world);
    proxy.delay(Duration::from_millis(10));
    let mut answered = BTreeSet::new();
    for (n, client) in crowd.clients.iter().enumerate() {
        world.lab.deliver(&client.writes("", &report(n)).mail().raw, SERVICE);
    }
    for _ in 0..5 {
        kill_at_random(&world, &proxy, 2, 1500);
        crowd.answer(&world, &mut answered);
    }
    proxy.delay(Duration::ZERO);
    let daemon = run_through(&world, &proxy);
    until("all alerts are answered", SOON * 3, || {
        world.let_time_pass();
        crowd.answer(&world, &mut answered);
        (answered.len() >= CLIENTS).then_some(())
    });
    world.wait_until_all_is_sent(2 * CLIENTS);
    assert_eq!(daemon.sigterm().status.code(), Some(0));
    assert_eq!(answered.len(), CLIENTS);
    world.assert_each_arrived_once(&crowd.everybody());
    for (n, client) in crowd.clients.iter().enumerate() {
        check_client(&world, client, n);
    }
    let rows = world.rows();
    let count = |kind: &str| rows.iter().filter(|row| row["kind"] == kind).count();
    assert_eq!((count("alert"), count("pass_on"), count("receipt")), (CLIENTS, CLIENTS, CLIENTS));
}

/// She has the answer to her own report, from her own supporter, and nothing of anybody else.
fn check_client(world: &World, client: &Person, n: usize) {
    let mails: Vec<Received> =
        world.lab.mails(&client.address).iter().map(|raw| Received::read(raw)).collect();
    let passed: Vec<&Received> = mails.iter().filter(|mail| mail.says("読みました：")).collect();
    let ids: BTreeSet<&str> = passed.iter().map(|mail| mail.message_id.as_str()).collect();
    assert_eq!(ids.len(), 1, "{}: {} answers", client.name, ids.len());
    for mail in passed {
        assert!(mail.text.starts_with(&format!("読みました：{}\n", report(n))), "{}", mail.text);
        assert_eq!(mail.from_name, format!("支える{:02}", n % SUPPORTERS));
    }
    for mail in &mails {
        let foreign = (0..CLIENTS).filter(|m| *m != n).find(|m| mail.says(&report(*m)));
        assert_eq!(foreign, None, "{} received: {}", client.name, mail.text);
    }
}
