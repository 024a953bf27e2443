//! Forged authors: a From that the sending server, the receiving server and we might read differently. The forger has
//! a stolen reply address, and a mailbox of his own that the receiving server vouches for.

use crate::house::{AI, CANARY, House};
use crate::mutate::Forgery;
use crate::results::{FAIL, NOTHING, OTHER, fixed, forged};

const MALLORY: &str = "mallory@sender.example";
/// A customer of the same provider as あい: for the receiving server both are one domain.
const NEIGHBOUR: &str = "mallory@example.org";
const VOUCHED: &str = "dmarc=pass header.from=example.org; dkim=pass header.d=example.org";

fn each(results: &str, house: &House, from: &[&str]) -> Vec<Forgery> {
    from.iter().map(|from| forged(results, from, &house.alert.reply_to, "")).collect()
}

pub fn two_from_fields(house: &House) -> Vec<Forgery> {
    let second = format!("{MALLORY}\r\nFrom: {AI}");
    let first = format!("{AI}\r\nFrom: {MALLORY}");
    let from = [
        &second,
        &first,
        &format!("{AI}\r\nfrom : {MALLORY}"),
        &format!("{AI}\r\nFrom: <>"),
        &format!("{AI}\r\nFROM: mallory at sender.example"),
        &format!("{AI}\r\nFrom: {AI}"),
        &format!("undisclosed:;\r\nFrom: {AI}"),
    ];
    from.iter().map(|from| forged(OTHER, from, &house.alert.reply_to, "")).collect()
}

pub fn several_in_one_field(house: &House) -> Vec<Forgery> {
    let from = [
        "ai@example.org, mallory@sender.example",
        "mallory@sender.example, ai@example.org",
        "<ai@example.org><mallory@sender.example>",
        "ai@example.org; mallory@sender.example",
        "Ai <ai@example.org>, <>",
        "mallory sender.example, Ai <ai@example.org>",
    ];
    each(OTHER, house, &from)
}

pub fn display_names(house: &House) -> Vec<Forgery> {
    let from = [
        "ai@example.org <mallory@sender.example>",
        "\"Ai <ai@example.org>\" <mallory@sender.example>",
        "=?utf-8?Q?Ai_=3Cai=40example.org=3E?= <mallory@sender.example>",
        "=?utf-8?B?YWlAZXhhbXBsZS5vcmc=?=\r\n <mallory@sender.example>",
        "=?utf-8?Q?Ai_=3Cai=40example.org=3E?=",
        "\"ai@example.org\" (ai@example.org) <mallory@sender.example>",
    ];
    each(OTHER, house, &from)
}

pub fn group_syntax(house: &House) -> Vec<Forgery> {
    let from = [
        "ai@example.org: mallory@sender.example;",
        "friends: ai@example.org, mallory@sender.example;",
        "mallory@sender.example:;, ai@example.org",
        "Ai <ai@example.org>: mallory@sender.example;",
        "mallory: <mallory@sender.example>;, <ai@example.org>",
        "<@sender.example,@mallory.example:ai@example.org>",
    ];
    each(OTHER, house, &from)
}

pub fn nested_comments(house: &House) -> Vec<Forgery> {
    let from = [
        "mallory@sender.example (ai@example.org)",
        "(mallory@sender.example) ai@example.org",
        "(a (b) mallory@sender.example \\) ) ai@example.org",
        "ai(mallory@sender.example)@example.org",
        "mallory@sender.example (((ai@example.org) <ai@example.org>))",
        "(mallory@sender.example <ai@example.org>",
    ];
    each(OTHER, house, &from)
}

pub fn homographs(house: &House) -> Vec<Forgery> {
    let from = [
        "\u{430}i@example.org",
        "\u{ff41}i@example.org",
        "ai@ex\u{430}mple.org",
        "ai@\u{ff45}xample.org",
        "ai@example\u{3002}org",
        "ai@exam\u{ad}ple.org",
        "ai@e\u{200b}xample.org",
        "ai\u{ff20}example.org",
        "ai@examp1e.org",
    ];
    let results = "dmarc=none header.from=sender.example";
    each(results, house, &from).into_iter().map(fixed).collect()
}

pub fn aliases(house: &House) -> Vec<Forgery> {
    let from = [
        "ai+x@example.org",
        "a.i@example.org",
        "ai@mail.example.org",
        "\"ai \"@example.org",
        "ai%example.org@sender.example",
        "ai@example.org.",
        "\"ai@example.org\"@sender.example",
        "ai@[192.0.2.66]",
    ];
    each("dmarc=none", house, &from).into_iter().map(fixed).collect()
}

/// Fields that name somebody, and are not From.
pub fn other_fields_that_name_people(house: &House) -> Vec<Forgery> {
    ["Reply-To", "Sender", "Resent-From", "X-Original-From", "Return-Path", "On-Behalf-Of", "X-From"]
        .iter()
        .map(|name| forged(OTHER, MALLORY, &house.alert.reply_to, &format!("{name}: Ai <{AI}>\r\n")))
        .collect()
}

/// The sending server of あい's provider let its other customer write this, and the domain is in order.
pub fn neighbours(house: &House) -> Vec<Forgery> {
    let from = [
        "mallory@example.org:;, ai@example.org",
        "<mallory@exam ple.org>, ai@example.org",
        "(mallory@example.org) ai@example.org",
        "<@mallory@example.org:ai@example.org>",
        "\u{1b}$B<mallory@example.org>\u{1b}(B <ai@example.org>",
        "mallory@example.org\r\nFrom: ai@example.org",
        "ai@example.org\r\nFrom: mallory@example.org:",
        "\"mallory@example.org\"ai@example.org",
        "mallory@example.org ai@example.org",
        "mallory@example.org\\, ai@example.org",
    ];
    each(VOUCHED, house, &from).into_iter().map(fixed).collect()
}

/// Line ends that are none for a server (RFC 5322 §2.3): its From is not the one that stands behind them.
pub fn line_ends(house: &House) -> Vec<Forgery> {
    let hidden = |before: &str, end: &str| {
        let mut forgery = forged(VOUCHED, NEIGHBOUR, &house.alert.reply_to, "");
        let ours = format!(
            "{before}From: {AI}{end}To: {}{end}Message-ID: <{CANARY}{}@x.example>{end}{end}{CANARY}\r\n",
            house.alert.reply_to,
            end.len()
        );
        forgery.raw = [ours.as_bytes(), &forgery.raw].concat();
        fixed(forgery)
    };
    vec![
        hidden("X-A: a\r", "\r"),
        hidden("X-A: a\r\tb\r", "\r"),
        hidden("X-A: a\n", "\n"),
        hidden("X-A: a\r\n\tb\r", "\r"),
        hidden("X-A: a\r", "\n"),
        hidden("X-A: a\r\r\n b\n", "\r"),
    ]
}

/// What anybody can do who knows two addresses.
pub fn plainly(house: &House) -> Vec<Forgery> {
    let from = [
        "ai@example.org",
        "AI@EXAMPLE.ORG",
        "Ai <ai@example.org>",
        "\"ai\"@example.org",
        "(c) ai @ example . org",
    ];
    each(FAIL, house, &from).into_iter().chain(each(FAIL, house, &["<<ai@example.org>>"])).collect()
}

/// As `plainly`, from a domain that says nothing of its mails.
pub fn plainly_without_a_verdict(house: &House) -> Vec<Forgery> {
    let from = [
        "ai@example.org",
        "Ai <ai@example.org>",
        "\"ai\"@example.org",
        "あい <ai@example.org>",
        "ai@example.org (Ai)",
    ];
    each(NOTHING, house, &from)
}
