//! Robots, strangers, returned mail: each has a visible end, and nothing automatic is answered.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;

use super::lab::{Options, SERVICE, Setup};
use super::world::World;
use super::writing::{Mail, Person, Side};

const OFFICE: &str = "office@lab.test";

/// How many mails of ours exist.
fn sent(world: &World) -> usize {
    world.json(&["outbox", "list", "--json"]).as_array().unwrap().len()
}

#[test]
fn vacation_robots_and_strangers_are_seen_and_not_answered() {
    let world = World::start();
    let (haru, ai) = world.pair();
    let stranger = world.met(Person::new("x", "someone@nowhere.example", Side::Nobody));
    world.passes(&haru.writes("日報", "歩きました。"));
    let alert = world.last(&ai, 1);
    world.passes(&ai.replies(&alert, "いいですね。"));
    let passed = world.last(&haru, 2);
    let before = sent(&world);

    let away = "ただいま休暇中です。月曜日に戻ります。";
    let robot = |letter: &super::writing::Letter| Mail { from: String::new(), ..letter.mail() };
    let mails = [
        // RFC 3834: to the envelope's address, from the null reverse-path
        robot(&ai.answers(&alert, away).to(SERVICE).with("Auto-Submitted: auto-replied (vacation)")),
        // and one that presses reply, and says so only in its Subject
        robot(&haru.answers(&passed, away).with("Auto-Submitted: auto-replied")),
        Mail { from: haru.address.clone(), ..haru.writes("自動応答: 不在です", away).mail() },
        ai.answers(&alert, away).with("Precedence: auto_reply").mail(),
    ];
    for mail in &mails {
        world.send_mail(mail);
        world.once();
    }
    assert_eq!((sent(&world), world.ended("automatic_reply")), (before, 4));

    world.passes(&stranger.writes("お得な情報", "いますぐ登録"));
    world.passes(&stranger.writes("cron", "done").with("Auto-Submitted: auto-generated"));
    world.passes(&stranger.writes("news", "hello").with("List-Id: <news.nowhere.example>"));
    assert_eq!((sent(&world), world.ended("stranger")), (before, 1));
    assert!(world.status(&[]).contains("stranger"));

    // what comes after goes its way, and is the only thing that did
    world.passes(&ai.replies(&alert, "戻りました。"));
    assert!(world.last(&haru, 3).text.starts_with("戻りました。\n"));
    assert_eq!((world.inbox(&ai, 1).len(), sent(&world)), (1, before + 1));
}

#[test]
fn a_supporter_who_writes_anew_gets_her_words_back_with_what_to_do() {
    let world = World::start();
    let (haru, ai) = world.pair();
    world.passes(&ai.writes("はるさんへ", "お元気ですか。"));
    let back = world.last(&ai, 1);
    back.must_say("どなたへのお返事か分からず、まだ届けていません。");
    back.must_say("お元気ですか。");
    // she presses reply on that, which is no answer either
    world.passes(&ai.replies(&back, "はるさんへです。"));
    world.last(&ai, 2).must_say("はるさんへです。");
    world.passes(&haru.writes("日報", "歩きました。"));
    world.passes(&ai.replies(&world.last(&ai, 3), "お元気ですね。"));
    assert!(world.last(&haru, 2).text.starts_with("お元気ですね。\n"));
}

/// An LMTP server (RFC 2033) that knows nobody; it ends with the process.
fn refusing_server() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let lines = BufReader::new(stream.try_clone().unwrap()).lines();
            let mut answer = |line: &str| stream.write_all(format!("{line}\r\n").as_bytes());
            let mut going = answer("220 lmtp").is_ok();
            for line in lines.map_while(Result::ok) {
                let said = if line.starts_with("RCPT") { "550 5.1.1 no such user" } else { "250 ok" };
                going = going && answer(said).is_ok() && !line.starts_with("QUIT");
                if !going {
                    break;
                }
            }
        }
    });
    port
}

#[test]
fn a_mail_that_bounces_after_it_was_accepted_is_told_to_the_office_and_answered_by_nobody() {
    let gone = "gone@nowhere.example";
    let port = refusing_server();
    let bounce = format!("transport_maps = inline:{{ {gone}=lmtp:inet:127.0.0.1:{port} }}");
    let world = World::with(&Setup::default(), Options { postfix: bounce, ..Options::default() });
    let ai = world.supporter("あい", gone);
    let haru = world.client("はる", "haru@example.jp", &ai);
    world.passes(&haru.writes("日報", "歩きました。"));
    world.lab.wait_for_mails(SERVICE, 2, super::world::SOON); // the report and Postfix's own delivery report
    let before = sent(&world);
    world.once();
    let alert = &world.outbox("alert")[0];
    assert_eq!(
        (alert["state"].as_str(), alert["delivery"].as_str()),
        (Some("accepted"), Some("failed 5.1.1"))
    );
    assert_eq!((sent(&world), world.ended("delivery_report")), (before + 1, 1));
    let told = &world.inbox_of(OFFICE, 1)[0];
    told.must_say("あいさんあてのメール");
    told.must_say("届かなかった");
    // a new holder gets what waits
    let mio = world.supporter("みお", "mio@example.net");
    world.must(&["assign", "はる", "みお"]);
    world.once();
    world.last(&mio, 1).must_say("歩きました。");
}

#[test]
fn words_that_a_server_refuses_go_back_to_their_writer() {
    let world = World::start();
    let (haru, ai) = world.pair();
    world.passes(&haru.writes("日報", "歩きました。"));
    let alert = world.last(&ai, 1);
    world.lab.refuse(&haru.address, "550 5.1.1 no such user", 1);
    world.send(&ai.replies(&alert, "いいですね。"));
    assert_eq!(world.try_once().status.code(), Some(1));
    assert_eq!(world.outbox("pass_on")[0]["state"], "failed");
    world.once();
    let back = world.last(&ai, 2);
    back.must_say("はるさんへ、言葉を届けられませんでした。");
    back.must_say("いいですね。");
    // 5.1.1: nobody has the address, and nothing goes there any more
    world.inbox_of(OFFICE, 1)[0].must_say("はるさんへのメールを、すべて止めました。");
}

#[test]
fn a_mail_without_a_single_author_is_kept_for_a_human() {
    let world = World::start();
    let (haru, ai) = world.pair();
    let mut mail = haru.writes("日報", "誰でしょう").mail();
    let text = String::from_utf8(mail.raw).unwrap();
    mail.raw = text.replacen("From: ", "From: \"x\" <someone@nowhere.example>, ", 1).into_bytes();
    world.send_mail(&mail);
    assert_eq!(world.try_once().status.code(), Some(1));
    assert_eq!(world.quarantine(), ["no_single_author"]);
    world.inbox_of(OFFICE, 1)[0].must_say("扱いを決められないメール");
    world.passes(&haru.writes("日報", "はるです。"));
    world.last(&ai, 1).must_say("はるです。");
}
