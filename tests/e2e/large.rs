//! Large mails: one that is allowed, and one that is not.

use std::collections::HashSet;
use std::time::Duration;

use super::lab::{Options, SERVICE, Setup, until};
use super::reading::Received;
use super::world::World;
use super::writing::with_photo;

#[test]
fn a_mail_of_25_megabytes_is_read_and_delays_nobody() {
    let world = World::start();
    let (haru, ai) = world.pair();
    let mio = world.supporter("みお", "mio@example.net");
    let natsu = world.client("なつ", "natsu@example.jp", &mio);
    let large = with_photo(&haru.writes("写真", "大きな写真です。").mail(), 25_000_000);
    let daemon = world.run();
    world.send_mail(&large);
    world.send(&natsu.writes("日報", "小さなお便りです。"));
    let limit = Duration::from_secs(40);
    until("the other alert", limit, || (!world.lab.mails(&mio.address).is_empty()).then_some(()));
    let alert = Received::read(&world.lab.wait_for_mails(&ai.address, 1, limit)[0]);
    alert.must_say("大きな写真です。");
    alert.must_say("写真1枚がついていました");
    assert!(alert.raw.len() < 20_000, "{}", alert.raw.len());
    // the same from her: the words pass, the photo does not
    let answer = with_photo(&ai.answers(&alert, "わたしのも。").mail(), 25_000_000);
    world.send_mail(&answer);
    let passed = Received::read(&world.lab.wait_for_mails(&haru.address, 2, limit)[1]);
    assert!(passed.text.starts_with("わたしのも。\n") && passed.raw.len() < 20_000, "{}", passed.text);
    let told = Received::read(&world.lab.wait_for_mails(&ai.address, 2, limit)[1]);
    told.must_say("ついていた写真1枚は、届けていません。");
    let (memory, sockets) = resources(daemon.pid());
    assert!(memory <= 256 << 10, "{memory} KiB were resident");
    assert!((1..=6).contains(&sockets), "{sockets} sockets are open");
    assert_eq!(daemon.sigterm().status.code(), Some(0));
    let database = world.data.join("yorisoi.db");
    let (kept, raw) = (std::fs::metadata(database).unwrap().len(), 2 * 25_000_000_u64);
    assert!((raw..=raw * 13 / 10).contains(&kept), "{kept} octets in the database for {raw} of mail");
}

/// The most memory that was ever resident, in KiB, and how many TCP sockets are open. (tokio wakes itself through a pair
/// of others.)
fn resources(pid: u32) -> (u64, usize) {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    let table = |name: &str| std::fs::read_to_string(format!("/proc/{pid}/net/{name}")).unwrap_or_default();
    let tcp = table("tcp") + &table("tcp6");
    let numbers: HashSet<&str> = tcp.lines().filter_map(|line| line.split_whitespace().nth(9)).collect();
    let open = std::fs::read_dir(format!("/proc/{pid}/fd")).unwrap().flatten();
    let is_socket = |entry: &std::fs::DirEntry| {
        let to = std::fs::read_link(entry.path()).unwrap_or_default();
        let number = to.to_string_lossy().replace("socket:[", "").replace(']', "");
        numbers.contains(number.as_str())
    };
    (peak.trim().trim_end_matches(" kB").parse().unwrap(), open.filter(is_socket).count())
}

#[test]
fn a_mail_over_the_limit_is_told_to_its_writer_her_supporter_and_the_office() {
    let setup = Setup { service: "max_message_bytes = 100000".to_owned(), ..Setup::default() };
    let world = World::with(&setup, Options::default());
    let (haru, ai) = world.pair();
    let mio = world.supporter("みお", "mio@example.net");
    let natsu = world.client("なつ", "natsu@example.jp", &mio);
    let large = with_photo(&haru.writes("大きな写真", "読めない言葉").mail(), 2_500_000);
    world.send_mail(&large);
    world.send(&natsu.writes("日報", "小さなお便りです。"));
    world.once();
    world.last(&mio, 1).must_say("小さなお便りです。");
    let told = world.last(&haru, 1);
    assert_eq!(told.subject, "お便りが読めませんでした");
    told.must_say("大きすぎて");
    let alert = world.last(&ai, 1);
    alert.must_say("約2MB");
    alert.must_say("大きな写真");
    world.inbox_of("office@lab.test", 1)[0].must_say("はるさんから");
    // she sends it again without the photo
    world.passes(&haru.writes("大きな写真", "こんどは読める言葉"));
    let alert = world.last(&ai, 2);
    alert.must_say("こんどは読める言葉");
    // an answer that is too large goes nowhere, and she knows
    world.send_mail(&with_photo(&ai.replies(&alert, "大きな返事").mail(), 300_000));
    world.once();
    world.last(&ai, 3).must_say("大きすぎて");
    assert_eq!(world.inbox_of("office@lab.test", 2).len(), 2);
    world.passes(&ai.replies(&alert, "小さな返事"));
    assert!(world.inbox(&haru, 2)[1].text.starts_with("小さな返事\n"));
    assert_eq!(world.lab.mails(SERVICE).len(), 5);
}
