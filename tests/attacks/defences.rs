//! Each defence by itself: one forgery that it holds, and the same with the one fact changed that the defence
//! denied. It passes then; so it is that fact that held it.

use yorisoi::domain::answer;
use yorisoi::domain::calendar::Day;
use yorisoi::domain::confirmation;
use yorisoi::domain::decision::{Change, Decision, Proof, Reason};
use yorisoi::domain::hours::OwnHours;
use yorisoi::domain::keys::Keys;
use yorisoi::domain::locale::Locale;
use yorisoi::domain::notice::Enclosures;
use yorisoi::domain::outgoing::Kind;
use yorisoi::domain::people::{Client, ClientId, Recipient, Supporter, SupporterId};
use yorisoi::domain::token::{Purpose, Token};
use yorisoi::domain::understand::{Facts, Machine, SentMail, TokenFacts, Understood, understand};
use yorisoi::mail::address::Address;
use yorisoi::mail::authentication::{Verdict, verdict};
use yorisoi::mail::digest::content_digest;
use yorisoi::mail::message::{Defect, Message};
use yorisoi::mail::parse::parse;

use crate::house::{AI, HARU, House, Policy, SERVICE, plain, stamped, vouched};
use crate::results::{FAIL, OTHER, forged};

const PASS: &str = "mx.example.jp; dmarc=pass header.from=example.org";

fn address(text: &str) -> Address {
    Address::parse(text).expect("an address")
}

fn trusted(id: &str) -> Vec<String> {
    vec![id.to_owned()]
}

fn client() -> Client {
    Client {
        id: ClientId(1),
        name: "はる".to_owned(),
        goal: String::new(),
        locale: Locale::Ja,
        paused: false,
        thread_ref: 7,
        principal_ref: 70,
        epoch: 0,
        supporter: Some(SupporterId(1)),
        second: None,
        hours: OwnHours::default(),
        pool: false,
        addresses: vec![address(HARU)],
    }
}

fn supporter(principal_ref: u32) -> Supporter {
    Supporter {
        id: SupporterId(1),
        name: "あい".to_owned(),
        locale: Locale::Ja,
        principal_ref,
        epoch: 0,
        hours: OwnHours::default(),
        pool: false,
        addresses: vec![address(AI)],
    }
}

/// あい's token for はる.
fn token() -> Token {
    let day = Day::parse("2026-12-03").expect("a day");
    Token { purpose: Purpose::Answer, thread: 7, principal: 71, epoch: 0, day }
}

/// The facts about a mail of あい's to her own reply address.
fn hers(message: &Message) -> Facts<'_> {
    let holder = Some(Recipient::Supporter(supporter(71)));
    Facts {
        message,
        client: None,
        supporter: Some(supporter(71)),
        operator: false,
        own: false,
        token: Some(TokenFacts { token: token(), client: Some(client()), holder, current: true }),
        sent: None,
        sent_to: None,
        answers_forgotten: false,
        machine: None,
    }
}

/// Whether words pass: they are understood as an answer to はる.
fn is_answer(facts: &Facts<'_>) -> bool {
    matches!(understand(facts), Understood::Answer { .. })
}

/// `change` is the fact that the defence found; without it the same mail is an answer.
fn holds(from: &str, change: impl FnOnce(&mut Facts<'_>)) {
    let message = parse(&plain(from, SERVICE, "", "言葉", 1));
    let mut facts = hers(&message);
    change(&mut facts);
    assert!(!is_answer(&facts), "{from}: the defence does not hold");
    let honest = parse(&plain(AI, SERVICE, "", "言葉", 1));
    assert!(is_answer(&hers(&honest)), "{from}: nothing was held by the defence");
}

/// Whether the words of an answer with these facts pass on at once.
fn passes(proof: Proof, confirmed_lately: bool, unproven_passes: bool) -> bool {
    let decision = answer::decide(&answer::Facts {
        first: None,
        late: None,
        holder: None,
        from_pool: false,
        supporter: supporter(71),
        client: client(),
        day: Day::parse("2026-12-03"),
        digest: [1; 32],
        number: 1,
        address: address(AI),
        words: "言葉".to_owned(),
        masked_words: "言葉".to_owned(),
        shown_words: "言葉".to_owned(),
        found: Vec::new(),
        doubt: None,
        other: None,
        memo: None,
        subject: String::new(),
        message_id: None,
        pictures: Vec::new(),
        enclosures: Enclosures::default(),
        report: Vec::new(),
        report_subject: String::new(),
        report_message_id: None,
        proof,
        unproven_passes,
        confirmed_lately,
        open_question: Some(5),
        ask_again: false,
        asked_enough: false,
        new_question: 6,
    });
    held_for(&decision).is_none()
}

/// The question that words to はる wait for.
fn held_for(decision: &Decision) -> Option<u64> {
    let mut to_haru = decision.posts.iter().filter(|post| matches!(post.to, Recipient::Client(_)));
    to_haru.next().expect("words for はる").held_for
}

#[test]
fn without_the_list_of_trusted_servers_a_forged_result_proves() {
    let ask = |id: &str| verdict(&[PASS], &trusted(id), &address(AI));
    assert_eq!(ask("mx.receiver.example"), Verdict::None);
    assert_eq!(ask("mx.example.jp"), Verdict::Pass);
}

#[test]
fn without_the_topmost_rule_a_forged_result_below_proves() {
    let ask = |fields: &[&str]| verdict(fields, &trusted("mx.example.jp"), &address(AI));
    assert_eq!(ask(&["mx.example.jp; dmarc=none", PASS]), Verdict::None);
    assert_eq!(ask(&["mx.example.jp; dmarc=fail", PASS]), Verdict::Fail);
    assert_eq!(ask(&[PASS, "mx.example.jp; dmarc=none"]), Verdict::Pass);
}

#[test]
fn without_the_grammar_of_comments_and_quotes_what_stands_in_them_proves() {
    let ask = |field: &str| verdict(&[field], &trusted("mx.example.jp"), &address(AI));
    for hidden in [
        "mx.example.jp; spf=none (a (b) ; dmarc=pass header.from=example.org )",
        "mx.example.jp; spf=none reason=\" ; dmarc=pass header.from=example.org \"",
    ] {
        assert_eq!(ask(hidden), Verdict::None, "{hidden}");
        let seen = hidden.replace(['(', ')', '"'], "").replace("a b", "").replace(" reason= ", "");
        assert_eq!(ask(&seen), Verdict::Pass, "{seen}");
    }
}

#[test]
fn without_the_match_of_domains_anybodys_result_proves() {
    let ask = |results: &str, from: &str| {
        verdict(&[&format!("mx.example.jp; {results}")], &trusted("mx.example.jp"), &address(from))
    };
    assert_eq!(ask("dmarc=pass header.from=sender.example", AI), Verdict::Fail);
    assert_eq!(ask("dmarc=pass header.from=sender.example", "ai@sender.example"), Verdict::Pass);
    assert_eq!(ask("dkim=pass header.d=sender.example", AI), Verdict::None);
    assert_eq!(ask("dkim=pass header.d=sender.example", "ai@sender.example"), Verdict::Pass);
}

#[test]
fn without_the_doubts_about_an_author_a_neighbours_mail_proves() {
    for (from, doubt) in [
        ("mallory@example.org:;, ai@example.org", Defect::AuthorAmbiguous),
        ("ai@example.org\r\nFrom: <>", Defect::SeveralAuthors),
        ("<<ai@example.org>>", Defect::AuthorRepaired),
        ("ai@example.org\r\nX: y\rFrom: ai@example.org\r\nA", Defect::SeveralAuthors),
    ] {
        let message = parse(&forged(FAIL, from, SERVICE, "").raw);
        assert!(message.defects.contains(&doubt), "{from}: {:?}", message.defects);
        // all else that is asked would let it pass
        assert_eq!(message.from[0].address, address(AI), "{from}");
        assert_eq!(verdict(&[PASS], &trusted("mx.example.jp"), &message.from[0].address), Verdict::Pass);
    }
    assert!(!passes(Proof::Refuted, true, true));
    assert!(passes(Proof::Proven, false, false));
}

#[test]
fn without_the_letters_of_a_domain_a_lookalike_is_the_person() {
    let read = |text: &str| Address::received(text).ok();
    assert_eq!(read("ai@\u{ff45}xample.org"), None);
    // what IDNA alone makes of it
    assert_eq!(Address::parse("ai@\u{ff45}xample.org").ok(), Some(address(AI)));
    assert_ne!(read("\u{430}i@example.org"), Some(address(AI)));
}

#[test]
fn without_a_registered_author_a_token_passes_words() {
    holds("mallory@sender.example", |facts| facts.supporter = None);
}

#[test]
fn without_one_author_a_token_passes_words() {
    holds("ai@example.org, mallory@sender.example", |_| {});
}

#[test]
fn without_the_holder_in_the_token_another_supporter_passes_words() {
    holds(AI, |facts| facts.supporter = Some(supporter(72)));
}

#[test]
fn without_the_epoch_a_void_token_passes_words() {
    holds(AI, |facts| facts.token.as_mut().expect("a token").current = false);
}

#[test]
fn without_the_epoch_of_what_is_answered_a_void_message_id_passes_words() {
    let sent = |current| SentMail {
        set_aside: None,
        outbox_id: 1,
        kind: Kind::Alert,
        principal: 71,
        client: Some(client()),
        day: None,
        subject: String::new(),
        body: String::new(),
        letter: String::new(),
        letter_id: None,
        author: None,
        absence: None,
        ask: None,
        reading: None,
        confirmation: None,
        current,
    };
    let message = parse(&plain(AI, SERVICE, "", "x", 1));
    let answered = |current| {
        let facts = Facts { token: None, sent: Some(sent(current)), ..hers(&message) };
        matches!(understand(&facts), Understood::Answer { .. })
    };
    assert!(!answered(false));
    assert!(answered(true));
}

#[test]
fn without_the_purpose_a_clients_token_passes_words() {
    holds(AI, |facts| facts.token.as_mut().expect("a token").token.purpose = Purpose::ToWords);
}

#[test]
fn without_a_token_no_words_pass() {
    holds(AI, |facts| facts.token = None);
}

#[test]
fn without_the_verdict_on_machines_a_robot_passes_words() {
    holds(AI, |facts| facts.machine = Some(Machine::Reply));
}

#[test]
fn without_the_mark_of_own_mails_an_echo_passes_words() {
    holds(AI, |facts| facts.own = true);
}

#[test]
fn without_the_key_a_made_up_token_is_one() {
    let (ours, forgers) = (Keys::derive(&[7; 32]), Keys::derive(&[8; 32]));
    let made_up = forgers.sign(&token());
    assert_eq!(ours.verify(&made_up), None);
    assert_eq!(forgers.verify(&made_up), Some(token()));
}

#[test]
fn without_the_verdict_unproven_words_pass() {
    assert!(!passes(Proof::Unproven, false, false));
    assert!(passes(Proof::Proven, false, false));
    // what the operator, or her own yes, let pass
    assert!(passes(Proof::Unproven, false, true));
    assert!(passes(Proof::Unproven, true, false));
    assert!(!passes(Proof::Refuted, true, true));
}

#[test]
fn without_an_open_question_of_hers_a_yes_settles_nothing() {
    let settles = |open: bool| {
        let facts = confirmation::Facts {
            supporter: supporter(71),
            question: 5,
            open,
            unseen: Vec::new(),
            words: "はい".to_owned(),
            number: 1,
        };
        let decision = confirmation::decide(&facts);
        assert_eq!(decision.reason, if open { Reason::Confirmed } else { Reason::AlreadySettled });
        decision.changes.iter().any(|c| matches!(c, Change::SettleConfirmation { yes: true, .. }))
    };
    assert!(!settles(false));
    assert!(settles(true));
}

#[test]
fn without_the_digest_a_replay_has_its_effects_again() {
    let honest = plain(AI, SERVICE, "", "言葉", 1);
    let again = [b"Delivered-To: care+x@example.jp\r\n".as_slice(), &honest].concat();
    assert_eq!(content_digest(&honest), content_digest(&again));
    assert_ne!(content_digest(&honest), content_digest(&plain(AI, SERVICE, "", "別の言葉", 1)));
}

/// The same forgery through the whole house: what holds it is what the receiving server says, and nothing else.
#[test]
fn without_the_receiving_servers_word_a_forgery_passes_the_whole_house() {
    for (results, harmless) in [(FAIL, true), (OTHER, true), ("dmarc=none", true), (&*vouched(AI), false)] {
        let mut house = House::new(Policy::Strict);
        let forgery = forged(results, AI, &house.alert.reply_to, "");
        house.receive(vec![stamped(results, &forgery.raw)]);
        assert_eq!(house.harm(true).is_empty(), harmless, "{results}");
    }
}
