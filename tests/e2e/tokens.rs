//! A reply address is worth nothing in other hands; what must not happen is looked for after a later mail of the same
//! path has arrived.

use super::lab::{Options, Setup};
use super::reading::Received;
use super::world::{SOON, World};
use super::writing::{Letter, Person, Side};

const OFFICE: &str = "office@lab.test";

fn confirming() -> World {
    World::with(&Setup { unproven_answers: "confirm", ..Setup::default() }, Options::default())
}

fn once_with_failure(world: &World) {
    assert_eq!(world.try_once().status.code(), Some(1));
}

/// A report has come, and this is its alert.
fn alerted(world: &World, haru: &Person, ai: &Person) -> Received {
    world.passes(&haru.writes("日報", "今日は歩きました。"));
    world.last(ai, 1)
}

/// The rightful holder answers, and nothing but her words has reached the client.
fn only_the_holders_words_arrive(world: &World, haru: &Person, answer: &Letter, words: &str) {
    world.passes(answer);
    let mails = world.inbox(haru, 2);
    assert!(mails[1].text.starts_with(words), "{}", mails[1].text);
    assert!(mails.iter().all(|mail| !mail.says("ぬすんだ")));
    assert_eq!(world.outbox("pass_on").len(), 1);
}

#[test]
fn a_token_is_worth_nothing_to_a_stranger() {
    let world = World::start();
    let (haru, ai) = world.pair();
    let thief = world.met(Person::new("x", "thief@nowhere.example", Side::Nobody));
    let alert = alerted(&world, &haru, &ai);
    // with the address alone, and with everything that a reply has
    for letter in
        [thief.writes("hi", "ぬすんだ言葉").to(&alert.reply_to), thief.replies(&alert, "ぬすんだ言葉です")]
    {
        world.send(&letter);
        once_with_failure(&world);
    }
    assert_eq!(world.quarantine(), ["other_address", "other_address"]);
    // what may be her own words comes back to her, once a day, at her own address
    let told = world.last(&ai, 2);
    told.must_say("登録のないアドレスから");
    told.must_say("ぬすんだ言葉");
    assert!(!told.says("ぬすんだ言葉です") && !told.says("thief"), "{}", told.text);
    assert_eq!(world.lab.mails(&thief.address).len(), 0);
    assert_eq!(world.inbox_of(OFFICE, 2).len(), 2);
    only_the_holders_words_arrive(&world, &haru, &ai.replies(&alert, "ほんとうの言葉"), "ほんとうの言葉\n");
}

#[test]
fn an_address_that_the_office_adds_is_hers_and_one_that_it_removes_is_nobodys() {
    let mut options = Options::default();
    options.people.extend(["haru.new@example.jp", "ai.new@example.net"].map(str::to_owned));
    let world = World::with(&Setup::default(), options);
    let (haru, ai) = world.pair();
    let haru_new = world.met(Person::new("はる", "haru.new@example.jp", Side::Client));
    let ai_new = world.met(Person::new("あい", "ai.new@example.net", Side::Supporter));
    world.must(&["client", "address", "add", "はる", &haru_new.address]);
    let said = world.must(&["supporter", "address", "add", "あい", &ai_new.address, "--first"]);
    assert!(said.contains("mail goes to a…@example.net") && !said.contains(&ai_new.address), "{said}");

    world.passes(&haru_new.writes("日報", "新しい電話から歩きました。"));
    let alert = world.last(&ai_new, 1);
    alert.must_say("はるさんから");
    alert.must_say("新しい電話から歩きました。");
    world.passes(&ai.replies(&alert, "古いアドレスからの言葉"));
    world.last(&haru, 2).must_say("古いアドレスからの言葉"); // after the receipt

    world.must(&["supporter", "address", "remove", "あい", &ai.address]);
    world.send(&ai.replies(&alert, "ひとの言葉"));
    once_with_failure(&world);
    assert_eq!(world.quarantine(), ["other_address"]);
    world.last(&ai_new, 2).must_say("登録のないアドレスから");
    world.passes(&ai_new.replies(&alert, "あいの言葉"));
    let mails = world.inbox(&haru, 3);
    assert!(mails[2].text.starts_with("あいの言葉\n") && mails.iter().all(|mail| !mail.says("ひとの言葉")));
    assert_eq!(world.lab.mails(&haru_new.address).len() + world.lab.mails(&ai.address).len(), 0);
}

#[test]
fn a_token_is_worth_nothing_to_another_supporter_or_to_a_client() {
    let world = World::start();
    let (haru, ai) = world.pair();
    let mio = world.supporter("みお", "mio@example.net");
    let natsu = world.client("なつ", "natsu@example.jp", &mio);
    let alert = alerted(&world, &haru, &ai);
    world.passes(&mio.replies(&alert, "ぬすんだ言葉"));
    let told = world.last(&mio, 1);
    told.must_say("この返信先は、ほかの方のものでした。");
    told.must_say("ぬすんだ言葉");
    // a client's words are her own report whatever address she writes to
    world.passes(&natsu.replies(&alert, "ぬすんだ報告"));
    world.last(&mio, 2).must_say("なつさんから");
    only_the_holders_words_arrive(&world, &haru, &ai.replies(&alert, "ほんとうの言葉"), "ほんとうの言葉\n");
}

#[test]
fn a_forged_or_changed_token_is_worth_nothing() {
    let world = World::start();
    let (haru, ai) = world.pair();
    let alert = alerted(&world, &haru, &ai);
    let last = if alert.reply_to.contains("a@") { "b@" } else { "a@" };
    let at = alert.reply_to.find('@').unwrap();
    let forged = format!("{}{last}{}", &alert.reply_to[..at - 1], &alert.reply_to[at + 1..]);
    world.passes(&ai.writes("hi", "ぬすんだ言葉").to(&forged));
    world.last(&ai, 2).must_say("どなたへのお返事か分からず");
    only_the_holders_words_arrive(&world, &haru, &ai.replies(&alert, "ほんとうの言葉"), "ほんとうの言葉\n");
}

#[test]
fn an_unproven_answer_is_held_asked_about_once_and_passed_on_after_a_yes() {
    let world = confirming();
    let (haru, ai) = world.pair();
    let alert = alerted(&world, &haru, &ai);
    world.passes(&ai.replies(&alert, "一つ目の言葉"));
    world.passes(&ai.replies(&alert, "二つ目の言葉"));
    let question = world.last(&ai, 2); // one question for both
    question.must_say("一つ目の言葉");
    assert_eq!(world.inbox(&haru, 1).len(), 1);
    let states: Vec<_> = world.outbox("pass_on").iter().map(|row| row["state"].clone()).collect();
    assert_eq!(states, ["held", "held"]);

    world.passes(&ai.replies(&question, "はい"));
    let mails = world.inbox(&haru, 3);
    let words: Vec<&str> = mails[1..].iter().map(|mail| mail.text.lines().next().unwrap()).collect();
    assert!(words.contains(&"一つ目の言葉") && words.contains(&"二つ目の言葉"), "{words:?}");
    // from now on she is believed
    world.passes(&ai.replies(&alert, "三つ目の言葉"));
    assert!(world.last(&haru, 4).text.starts_with("三つ目の言葉\n"));
    assert_eq!(world.outbox("confirmation").len(), 1);
    // a yes out of time settles nothing twice
    world.passes(&ai.replies(&question, "はい"));
    world.passes(&ai.replies(&alert, "四つ目の言葉"));
    assert!(world.last(&haru, 5).text.starts_with("四つ目の言葉\n"));
}

#[test]
fn a_no_withdraws_the_held_words_and_the_office_is_told() {
    let world = confirming();
    let (haru, ai) = world.pair();
    let alert = alerted(&world, &haru, &ai);
    world.passes(&ai.replies(&alert, "ぬすんだ言葉"));
    let question = world.last(&ai, 2);
    world.passes(&ai.replies(&question, "いいえ"));
    world.inbox_of(OFFICE, 1)[0].must_say("「書いていない」");
    assert_eq!(world.outbox("pass_on")[0]["state"], "cancelled");
    // her next words are asked about again
    world.passes(&ai.replies(&alert, "ほんとうの言葉"));
    let question = world.last(&ai, 3);
    question.must_say("ほんとうの言葉");
    world.passes(&ai.replies(&question, "はい、私です。"));
    let mails = world.inbox(&haru, 2);
    assert!(mails[1].text.starts_with("ほんとうの言葉\n") && mails.iter().all(|m| !m.says("ぬすんだ")));
}

#[test]
fn only_the_registered_address_can_say_yes() {
    let world = confirming();
    let (haru, ai) = world.pair();
    let mio = world.supporter("みお", "mio@example.net");
    let alert = alerted(&world, &haru, &ai);
    world.passes(&ai.replies(&alert, "言葉"));
    let question = world.last(&ai, 2);
    world.passes(&mio.replies(&question, "はい"));
    world.last(&mio, 1).must_say("ほかの方のもの");
    assert_eq!(world.inbox(&haru, 1).len(), 1);
    // neither yes nor no: asked again what was meant
    world.passes(&ai.replies(&question, "どうでしょう"));
    world.last(&ai, 3).must_say("読み取れませんでした");
    world.passes(&ai.replies(&question, "はい"));
    assert!(world.last(&haru, 2).text.starts_with("言葉\n"));
}

#[test]
fn the_receiving_servers_verdict_is_believed_and_a_forged_one_is_not() {
    let setup = Setup {
        auth: "ar",
        trusted_authserv_ids: vec!["mx.lab.test"],
        unproven_answers: "confirm",
        ..Setup::default()
    };
    let world = World::with(&setup, Options::default());
    let (haru, ai) = world.pair();
    let verdict = |server: &str, result: &str, domain: &str| {
        format!(
            "Authentication-Results: {server}; dkim={result} header.d={domain}; dmarc={result} header.from={domain}"
        )
    };
    // as a provider does it: on top of everything that the writer wrote
    let receives = |letter: &Letter, field: &str| {
        world.lab.stamp(&letter.mail().to, field, 1);
        world.passes(letter);
    };
    // a client's report arrives and is alerted whatever is said about it
    receives(&haru.writes("日報", "今日は歩きました。"), &verdict("mx.lab.test", "fail", "example.jp"));
    let alert = world.last(&ai, 1);
    alert.must_say("まだ確かめられていません");
    assert_eq!(world.lab.mails(&haru.address).len(), 0); // and nobody is written to on its word

    // forged by the writer below the real verdict, or in another server's name, or no verdict at all
    let forged = verdict("mx.lab.test", "pass", "example.org");
    let foreign = verdict("mx.evil.example", "pass", "example.org");
    let real_fail = verdict("mx.lab.test", "fail", "example.org");
    receives(&ai.replies(&alert, "ぬすんだ一").with(&forged), &real_fail);
    world.passes(&ai.replies(&alert, "ぬすんだ二").with(&foreign));
    world.passes(&ai.replies(&alert, "ぬすんだ三"));
    // what was refuted has a question of its own; the rest shares one
    let questions = world.inbox(&ai, 3);
    questions[1].must_say("ぬすんだ一");
    questions[2].must_say("ぬすんだ二");
    assert!(world.outbox("pass_on").iter().all(|row| row["state"] == "held"));

    // the real one passes at once, without a question
    receives(&ai.replies(&alert, "ほんとうの言葉"), &verdict("mx.lab.test", "pass", "example.org"));
    let mails = world.inbox(&haru, 1);
    assert!(mails[0].text.starts_with("ほんとうの言葉\n"), "{}", mails[0].text);
    assert_eq!(world.outbox("confirmation").len(), 2);
    for question in &questions[1..] {
        receives(&ai.replies(question, "いいえ"), &verdict("mx.lab.test", "pass", "example.org"));
    }
    receives(&haru.writes("日報", "また歩きました。"), &verdict("mx.lab.test", "pass", "example.jp"));
    let alerts = world.lab.wait_for_mails(&ai.address, 4, SOON);
    assert!(alerts.iter().map(|raw| Received::read(raw)).any(|mail| mail.says("また歩きました。")));
    assert!(world.lab.mails(&haru.address).iter().all(|raw| !Received::read(raw).says("ぬすんだ")));
    let states: Vec<_> = world.outbox("pass_on").iter().map(|row| row["state"].clone()).collect();
    assert_eq!(states, ["cancelled", "cancelled", "cancelled", "accepted"]);
}
