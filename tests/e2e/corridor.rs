//! A report, its alert, the answer, the words passed on: over every way to reach a server.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::lab::{AT_ONCE, Login, Options, SERVICE, Setup, until, within};
use super::reading::Received;
use super::world::{SOON, World};
use super::writing::{Mail, Person};

const REPORT: &str = "今日は10分歩きました。\n膝も痛くありません。";
const ANSWER: &str = "10分、いいですね。\n\n明日も待っています。";
const GOAL: &str = "週に3回、10分歩く";

/// The Message-ID of a mail that somebody wrote.
fn id_of(mail: &Mail) -> String {
    super::reading::field(&mail.raw, "Message-ID").unwrap().trim_matches(['<', '>']).to_owned()
}

/// Walks the whole corridor in an empty world, where words pass on at once.
fn walk(world: &World, plus: bool) {
    walk_with(world, plus, Duration::ZERO);
}

/// The same where an answer waits for so long before it goes.
fn walk_with(world: &World, plus: bool, grace: Duration) {
    let grace_passes = || {
        if grace > Duration::ZERO {
            let waits = world.outbox("pass_on").iter().any(|row| row["state"] == "queued");
            assert!(waits, "an answer went before its time");
            within(grace + Duration::from_secs(1), || None::<()>);
            world.once();
        }
    };
    let ai = world.supporter("あい", "ai@example.org");
    let haru = world.client("はる", "haru@example.jp", &ai);
    assert_eq!(world.json(&["outbox", "list", "--json"]).as_array().unwrap().len(), 0);
    world.keep_out_of_logs("膝も");
    world.keep_out_of_logs("待っています");

    let report = world.passes(&haru.writes("今日のこと", REPORT));
    let alert = world.last(&ai, 1);
    check_alert(&alert, plus);
    check_receipt(&world.last(&haru, 1), &report);

    world.passes(&ai.replies(&alert, ANSWER));
    grace_passes();
    let passed = world.last(&haru, 2);
    check_passed_on(&passed, &report, plus);
    check_listings(world, &alert, &passed);

    // thanks are carried to her, and are no report
    world.passes(&haru.replies(&passed, "ありがとうございます！"));
    let thanks = world.last(&ai, 2);
    thanks.must_say("ありがとうございます！");
    assert!(!thanks.says("> "), "{}", thanks.text);
    // whatever else she writes in reply is a report again, in the same conversation
    world.passes(&haru.replies(&passed, "夜も歩きました。"));
    let again = world.last(&ai, 3);
    again.must_say("夜も歩きました。");
    assert_eq!(again.references, alert.references);
    assert_eq!(again.subject, alert.subject);
    // the later answer goes to the latest words
    world.passes(&ai.replies(&again, "夜もですか！"));
    grace_passes();
    let passed = world.last(&haru, 3);
    assert!(passed.text.starts_with("夜もですか！\n"), "{}", passed.text);
    passed.must_say("夜も歩きました。");
}

fn check_alert(alert: &Received, plus: bool) {
    assert_eq!((alert.from.as_str(), alert.from_name.as_str()), (SERVICE, "よりそい便り"));
    assert_eq!(alert.to, "ai@example.org");
    assert!(alert.subject.ends_with("] はるさんから"), "{}", alert.subject);
    alert.must_say(REPORT);
    alert.must_say("「今日のこと」");
    alert.must_say("このメールに返信すると、はるさんに届きます。");
    assert_eq!(alert.reply_to.len(), if plus { "care+@lab.test".len() + 40 } else { SERVICE.len() });
    assert_eq!(alert.field("Auto-Submitted").as_deref(), Some("auto-generated"));
    assert_eq!(alert.field("Return-Path").as_deref(), Some("<care@lab.test>"));
}

fn check_receipt(receipt: &Received, report: &Mail) {
    assert_eq!(receipt.from, SERVICE);
    receipt.must_say("お便りが届きました。担当のあいさんが読んで");
    assert_eq!(receipt.in_reply_to, [id_of(report)]);
}

fn check_passed_on(passed: &Received, report: &Mail, plus: bool) {
    assert_eq!((passed.from.as_str(), passed.from_name.as_str()), (SERVICE, "あい"));
    assert_eq!(passed.subject, "Re: 今日のこと");
    assert_eq!((&passed.in_reply_to, &passed.references), (&vec![id_of(report)], &vec![id_of(report)]));
    assert!(passed.text.starts_with(&format!("{ANSWER}\n\nあいより\n")), "{}", passed.text);
    let below = passed.text.find("はるさんのお便り").expect("her own report below it");
    assert!(passed.text[below..].contains(REPORT), "{}", passed.text);
    assert!(!passed.says("> ") && !passed.says("このメールに返信すると"), "{}", passed.text);
    assert_eq!(passed.field("Auto-Submitted"), None);
    assert_eq!(passed.reply_to == SERVICE, !plus, "{}", passed.reply_to);
}

fn check_listings(world: &World, alert: &Received, passed: &Received) {
    let story = world.must(&["thread", "はる"]);
    for words in [
        "今日は10分歩きました。",
        "明日も待っています。",
        "answered",
        "holder あい",
        "alert to あい: accepted",
    ] {
        assert!(story.contains(words), "{words} is missing in:\n{story}");
    }
    let thread = world.json(&["thread", "haru@example.jp", "--json"]);
    let letters = &thread["reports"][0]["letters"];
    assert_eq!((&letters[0]["kind"], &letters[1]["kind"]), (&"report".into(), &"answer".into()));
    assert_eq!(letters[1]["text"], ANSWER);
    for (kind, mail, person) in [("alert", alert, "あい"), ("pass_on", passed, "はる")] {
        let rows = world.outbox(kind);
        let fields =
            ["state", "stage", "message_id", "person", "attempts"].map(|field| rows[0][field].clone());
        let expected = serde_json::json!(["accepted", "dot", mail.message_id, person, 1]);
        assert_eq!(serde_json::json!(fields), expected);
    }
    let status = world.status_json();
    assert_eq!(status["waiting"].as_array().unwrap().len(), 0, "{status}");
    let health = status["health"].as_array().unwrap();
    assert!(health.len() == 2 && health.iter().all(|h| h["failure"] == ""), "{status}");
    assert!(world.status(&[]).contains("pass_on"));
}

#[test]
fn the_corridor_over_implicit_tls() {
    walk(&World::start(), true);
}

/// A zone in which it is noon or a little later: nobody sleeps there.
#[allow(clippy::disallowed_methods)] // the servers of these tests go by this machine's clock
fn where_it_is_noon() -> String {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    match 12 - i64::try_from(seconds / 3600 % 24).unwrap() {
        // The names of these zones count hours the other way round.
        east if east > 0 => format!("Etc/GMT-{east}"),
        west => format!("Etc/GMT+{}", -west),
    }
}

#[test]
fn the_corridor_with_the_promise_as_it_comes() {
    let service = format!("timezone = \"{}\"", where_it_is_noon());
    let setup = Setup { promise: String::new(), service, ..Setup::default() };
    let world = World::with(&setup, Options::default());
    walk_with(&world, true, Duration::from_secs(120));
    // She is new, and nobody is there to read what she writes first: the office knows.
    let office = world.inbox_of("office@lab.test", 1);
    office[0].must_say("あい");
}

#[test]
fn the_corridor_over_starttls() {
    let setup = Setup { tls: "starttls", ..Setup::default() };
    walk(&World::with(&setup, Options::default()), true);
}

#[test]
fn the_corridor_on_loopback_without_tls_and_login() {
    let setup = Setup { tls: "none", login: Login::None, ..Setup::default() };
    walk(&World::with(&setup, Options::default()), true);
}

#[test]
fn an_answer_waits_for_its_grace_and_the_next_look_takes_it_along() {
    let setup = Setup { promise: AT_ONCE.replace("0s", "15s"), ..Setup::default() };
    let world = World::with(&setup, Options::default());
    let ai = world.supporter("あい", "ai@example.org");
    let haru = world.client("はる", "haru@example.jp", &ai);
    world.passes(&haru.writes("今日のこと", REPORT));
    let alert = world.last(&ai, 1);
    // what waits for its time needs no second look: `once` ends well
    world.passes(&ai.replies(&alert, "まだ途中の言葉です。"));
    assert_eq!(world.outbox("pass_on")[0]["state"], "queued");
    world.passes(&ai.replies(&alert, "待って"));
    world.last(&ai, 2).must_say("まだ途中の言葉です。");
    world.passes(&ai.replies(&alert, ANSWER));
    until("the answer after its grace", SOON, || {
        world.once();
        (world.outbox("pass_on")[1]["state"] == "accepted").then_some(())
    });
    let passed = world.last(&haru, 2);
    passed.must_say(ANSWER);
    assert!(!passed.says("途中の言葉"), "{}", passed.text);
    assert_eq!(world.outbox("pass_on")[0]["state"], "cancelled");
}

#[test]
fn the_corridor_without_plus_addresses_by_message_id_alone() {
    let setup = Setup { addressing: "message-id", ..Setup::default() };
    let options = Options { plus: false, ..Options::default() };
    let world = World::with(&setup, options);
    walk(&world, false);
    // two days' answers cannot be told apart by an address, so both mails of ours are named by their Message-IDs
    let (mio, natsu) = two_more(&world);
    world.passes(&natsu.writes("なつです", "今日は休みました。"));
    let alert = world.last(&mio, 1);
    assert_eq!(alert.reply_to, SERVICE);
    world.passes(&mio.replies(&alert, "ゆっくりどうぞ。"));
    world.last(&natsu, 2).must_say("ゆっくりどうぞ。");
    assert_eq!(world.outbox("pass_on").len(), 3);
}

#[test]
fn the_corridor_with_a_domain_of_replies() {
    let setup = Setup { addressing: "@re.lab.test", ..Setup::default() };
    let caught = "virtual_alias_maps = inline:{@re.lab.test=care@lab.test}";
    let options = Options { plus: false, postfix: caught.to_owned(), ..Options::default() };
    let world = World::with(&setup, options);
    walk(&world, true);
    let (mio, natsu) = two_more(&world);
    world.passes(&natsu.writes("なつです", "今日は休みました。"));
    assert!(world.last(&mio, 1).reply_to.ends_with("@re.lab.test"));
}

fn two_more(world: &World) -> (Person, Person) {
    let mio = world.supporter("みお", "mio@example.net");
    let natsu = world.client("なつ", "natsu@example.jp", &mio);
    (mio, natsu)
}

#[test]
fn the_goal_and_the_last_exchanges_are_in_an_alert_in_the_readers_language() {
    let world = World::start();
    let order = ["supporter", "add", "--name", "Mio", "--address", "mio@example.net", "--locale", "en"];
    world.must(&order);
    let mio = world.met(Person::new("Mio", "mio@example.net", super::writing::Side::Supporter));
    let natsu = world.client("Natsu", "natsu@example.jp", &mio);
    let order = ["client", "add", "--name", "はる", "--address", "haru@example.jp", "--goal", GOAL];
    world.must(&[&order[..], &["--supporter", "Mio"]].concat());
    let haru = world.met(Person::new("はる", "haru@example.jp", super::writing::Side::Client));
    world.passes(&haru.writes("", "一日目です。"));
    let alert = world.last(&mio, 1);
    alert.must_say("You appear as \"Mio\" and nothing more.");
    alert.must_say(GOAL);
    world.passes(&mio.replies(&alert, "はじめまして。"));
    world.passes(&haru.writes("", "もう一通です。"));
    let second = world.last(&mio, 2);
    let (goal, earlier) = (second.text.find(GOAL).unwrap(), second.text.find("はじめまして。").unwrap());
    assert!(goal < earlier && second.says("一日目です。"), "{}", second.text);
    // another client's alert is another mail in another conversation
    world.passes(&natsu.writes("hello", "I walked."));
    let other = world.last(&mio, 3);
    assert!(!other.says("はる") && other.references != second.references, "{}", other.text);
}

#[test]
fn addresses_and_files_that_people_write_themselves_do_not_pass() {
    let world = World::start();
    let (haru, ai) = world.pair();
    let disguised = "連絡は haru@example.jp か ｈａｒｕ＠ｅｘａｍｐｌｅ．ｊｐ か Haru＠Example.jp へ。";
    world.passes(&haru.writes("haru@example.jp より", disguised));
    let alert = world.last(&ai, 1);
    alert.must_say("連絡は");
    // an invitation carries its writer's address in ORGANIZER, and her signature her name
    let words = "わたしは ai@example.org です。\n\n-- \n本名 ai-example-org";
    let mut answer = ai.answers(&alert, words).mail();
    let text = String::from_utf8(answer.raw).unwrap();
    let (head, body) = text.split_once("\n\n").unwrap();
    let (fields, content) = head.split_at(head.find("Content-Type:").unwrap());
    let invitation =
        "Content-Type: text/calendar; method=REQUEST\n\nBEGIN:VCALENDAR\nORGANIZER:mailto:ai@example.org\n";
    let parts = format!("--x\n{content}\n\n{body}\n--x\n{invitation}--x--\n");
    answer.raw = format!("{fields}Content-Type: multipart/mixed; boundary=\"x\"\n\n{parts}").into_bytes();
    world.send_mail(&answer);
    world.once();
    let to_ai = world.inbox(&ai, 3);
    assert!(to_ai.iter().any(|mail| mail.says("これは、お届けできません。")));
    // without her address, and not before she has seen how it goes
    let question = to_ai.iter().find(|mail| mail.says("わたしは （アドレス） です。")).expect("a question");
    world.passes(&ai.answers(question, "そのまま送る"));
    let passed = world.last(&haru, 2);
    assert!(passed.text.starts_with("わたしは") && !passed.says("VCALENDAR"), "{}", passed.text);
}
