//! What is asked of DNS, and what its silence costs.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use tokio::time::Instant;

use yorisoi::net::dns::{Dns, Found};
use yorisoi::settings::{Auth, AuthMode};

use crate::dns::{NameServer, Says, txt};
use crate::sign::{ED25519, RSA, key, rsa_record};

const SHORT: Duration = Duration::from_millis(400);
const LONG: Duration = Duration::from_secs(30);

fn asking(server: SocketAddr) -> Dns {
    let auth = crate::plain::settings(Path::new("/")).auth;
    let auth = Auth { mode: AuthMode::Dkim, dns_servers: vec![server], ..auth };
    Dns::new(&auth).unwrap()
}

fn names<const N: usize>(names: [&str; N]) -> BTreeSet<String> {
    names.map(str::to_owned).into()
}

#[test]
fn nobody_asks_where_signatures_are_not_checked() {
    let auth = crate::plain::settings(Path::new("/")).auth;
    for (mode, asks) in
        [(AuthMode::None, false), (AuthMode::Ar, false), (AuthMode::Dkim, true), (AuthMode::Both, true)]
    {
        assert_eq!(Dns::new(&Auth { mode, ..auth.clone() }).is_some(), asks, "{mode:?}");
    }
}

#[tokio::test]
async fn records_come_with_their_strings_joined_and_are_remembered() {
    let server = NameServer::start();
    server.says(RSA, txt(&rsa_record("")));
    let two = [vec!["v=spf1".to_owned()], vec!["v=DKIM1; ".to_owned(), "p=".to_owned()]];
    server.says(ED25519, Says::Txt(two.into()));
    let dns = asking(server.address);
    for _ in 0..2 {
        let mut found = dns.look_up(names([RSA, ED25519]), LONG).await;
        found.keys.sort_by(|a, b| (&a.name, &a.record).cmp(&(&b.name, &b.record)));
        let keys = vec![key(ED25519, "v=DKIM1; p="), key(ED25519, "v=spf1"), key(RSA, &rsa_record(""))];
        assert_eq!(found, Found { keys, answered: 2, unanswered: 0 });
    }
    let mut asked = server.asked();
    asked.sort_unstable();
    assert_eq!(asked, [ED25519, RSA]);
}

#[tokio::test]
async fn a_name_without_a_key_is_an_answer_and_a_sick_server_gives_none() {
    let server = NameServer::start();
    server.says("nodata._domainkey.example.org", Says::NoData);
    server.says("sick._domainkey.example.org", Says::Code(2));
    let dns = asking(server.address);
    let check = async |name: &str, answered| {
        let found = dns.look_up(names([name]), LONG).await;
        assert_eq!(found, Found { keys: Vec::new(), answered, unanswered: 1 - answered }, "{name}");
    };
    check("none._domainkey.example.org", 1).await;
    check("nodata._domainkey.example.org", 1).await;
    check("sick._domainkey.example.org", 0).await;
    let found = dns.look_up(BTreeSet::new(), LONG).await;
    assert_eq!(found, Found::default());
}

#[tokio::test]
async fn silence_costs_the_time_that_there_is_once_and_nobody_elses_answer() {
    let server = NameServer::start();
    let silent = "silent._domainkey.example.net";
    server.says(silent, Says::Nothing);
    server.says(RSA, txt(&rsa_record("")));
    let dns = asking(server.address);
    let begun = Instant::now();
    let found = dns.look_up(names([RSA, silent]), SHORT).await;
    let took = begun.elapsed();
    assert_eq!(found, Found { keys: vec![key(RSA, &rsa_record(""))], answered: 1, unanswered: 1 });
    assert!(took >= SHORT && took < 4 * SHORT, "{took:?}");
    let asked = server.asked().len();
    // the burst behind it does not wait again
    let begun = Instant::now();
    let found = dns.look_up(names([RSA, silent]), LONG).await;
    assert_eq!((found.answered, found.unanswered), (1, 1));
    assert!(begun.elapsed() < SHORT, "{:?}", begun.elapsed());
    assert_eq!(server.asked().len(), asked);
}

#[tokio::test]
async fn a_name_server_that_is_not_there_is_silence() {
    let nobody = std::net::UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let dns = asking(nobody);
    let found = dns.look_up(names([RSA, ED25519]), SHORT).await;
    assert_eq!(found, Found { keys: Vec::new(), answered: 0, unanswered: 2 });
}
