//! Stolen, crossed, forged and replayed: reply addresses, Message-IDs and whole mails in wrong hands.

use crate::house::{AI, CANARY, HARU, House, KEI, SERVICE, plain, vouched};
use crate::mutate::Forgery;
use crate::results::{FAIL, OTHER, fixed, forged};

const MALLORY: &str = "mallory@sender.example";

fn id(field: &str, id: &str) -> String {
    format!("{field}: <{id}>\r\n")
}

pub fn of_strangers(house: &House) -> Vec<Forgery> {
    let stolen = &house.alert;
    let mut all: Vec<Forgery> = ["Delivered-To", "X-Original-To", "Envelope-To", "Cc", "Resent-To"]
        .iter()
        .map(|field| forged(OTHER, MALLORY, SERVICE, &format!("{field}: {}\r\n", stolen.reply_to)))
        .collect();
    all.push(forged(OTHER, MALLORY, &stolen.reply_to.to_uppercase(), ""));
    all.push(forged(
        OTHER,
        MALLORY,
        &house.passed_on.reply_to,
        &id("In-Reply-To", &house.passed_on.message_id),
    ));
    all
}

pub fn of_another_supporter(house: &House) -> Vec<Forgery> {
    let (stolen, hers) = (&house.alert, &house.alert_of_kei);
    let vouched = vouched(KEI);
    let ours = |to: &str, more: &str| forged(&vouched, KEI, to, more);
    vec![
        ours(&stolen.reply_to, ""),
        ours(SERVICE, &id("In-Reply-To", &stolen.message_id)),
        ours(SERVICE, &id("References", &stolen.message_id)),
        ours(&stolen.reply_to, &id("In-Reply-To", &stolen.message_id)),
        ours(&house.passed_on.reply_to, &id("In-Reply-To", &house.passed_on.message_id)),
        ours(SERVICE, &format!("Cc: {}\r\nSubject: {}\r\n", stolen.reply_to, stolen.subject)),
    ]
    .into_iter()
    .chain(
        house
            .question
            .iter()
            .map(|q| ours(&q.reply_to, &id("In-Reply-To", &hers.message_id.replace('.', "_")))),
    )
    .map(fixed)
    .collect()
}

/// けい makes tokens of her own: with one letter changed, a part of another's, or none at all.
pub fn made_up(house: &House) -> Vec<Forgery> {
    let tag = |address: &str| -> String {
        let local = address.split('@').next().unwrap_or_default();
        local.split('+').nth(1).unwrap_or_default().to_owned()
    };
    let (stolen, hers) = (tag(&house.alert.reply_to), tag(&house.alert_of_kei.reply_to));
    let turned = |at: usize, text: &str| {
        let mut octets = text.to_owned().into_bytes();
        octets[at] = if octets[at] == b'a' { b'b' } else { b'a' };
        String::from_utf8_lossy(&octets).into_owned()
    };
    [
        format!("{}{}", &stolen[..24], &hers[24..]),
        format!("{}{}", &hers[..24], &stolen[24..]),
        turned(3, &hers),
        turned(39, &stolen),
        turned(9, &stolen),
        stolen[..39].to_owned(),
        format!("{stolen}="),
        "a".repeat(40),
        format!("{stolen}+{stolen}"),
    ]
    .iter()
    .map(|tag| fixed(forged(&vouched(KEI), KEI, &format!("care+{tag}@example.jp"), "")))
    .collect()
}

/// Only the Message-IDs were stolen.
pub fn message_ids(house: &House) -> Vec<Forgery> {
    let stolen = &house.alert.message_id;
    let quote: String = house.alert.text.lines().map(|line| format!("> {line}\r\n")).collect();
    let mut all: Vec<Forgery> = [
        id("In-Reply-To", stolen),
        id("References", stolen),
        format!("References: <a@b.example>\r\n <{stolen}>\r\n"),
        format!("In-Reply-To: <x@y.example> <{stolen}>\r\n"),
        format!("In-Reply-To: \"{stolen}\" {stolen}\r\n"),
        format!("{}Thread-Topic: {}\r\n", id("In-Reply-To", stolen), house.alert.subject),
    ]
    .iter()
    .map(|more| forged(FAIL, AI, SERVICE, more))
    .collect();
    let mut quoting = forged(FAIL, AI, SERVICE, &id("In-Reply-To", stolen));
    quoting.raw.extend(quote.bytes());
    all.push(quoting);
    all
}

/// あい's own answer again: what was signed stays, what was not is the forger's.
pub fn replayed(house: &House) -> Vec<Forgery> {
    // below what the receiving server wrote the first time
    let at = house.answer.windows(6).position(|w| w == b"From: ").unwrap_or(0);
    let again = &house.answer[at..];
    let with = |fields: &str| {
        let raw = [fields.as_bytes(), again].concat();
        Forgery { results: vouched(AI), fixed: raw.len(), raw }
    };
    vec![
        with(""),
        with(&format!("Delivered-To: {}\r\n", house.alert_of_kei.reply_to)),
        with("Received: from a.example by b.example; Fri, 4 Dec 2026 10:00:00 +0900\r\n"),
        with(&format!("Resent-To: {}\r\nResent-From: {MALLORY}\r\n", house.passed_on.reply_to)),
        with(&format!("Comments: {CANARY}\r\nX-Original-To: {}\r\n", house.alert_of_kei.reply_to)),
        with("List-Unsubscribe: <mailto:x@example.org>\r\n"),
    ]
}

/// The same with other words: the signature no longer holds.
pub fn replayed_with_other_words(house: &House) -> Vec<Forgery> {
    let (to, words) = (&house.alert.reply_to, format!("読みました。\r\n{CANARY}"));
    let told = |more: &str, n: u32| Forgery {
        results: FAIL.to_owned(),
        raw: plain(AI, to, more, &words, n),
        fixed: 0,
    };
    vec![
        told("", 4),
        told("Subject: Re: Re:\r\n", 4),
        told(&id("In-Reply-To", &house.alert.message_id), 5),
        told("DKIM-Signature: v=1; d=example.org; l=18; h=from:to\r\n", 5),
        told("Content-Transfer-Encoding: 8bit\r\n", 4),
    ]
}

/// Somebody else says yes or no.
pub fn yes_of_others(house: &House) -> Vec<Forgery> {
    let Some(question) = &house.question else { return Vec::new() };
    let (to, answers) = (&question.reply_to, id("In-Reply-To", &question.message_id));
    let said = |results: String, from: &str, to: &str, more: &str, word: &str| {
        let mut forgery = forged(&results, from, to, more);
        let end = forgery.raw.windows(4).position(|w| w == b"\r\n\r\n").unwrap_or(0);
        forgery.raw.truncate(end + 4);
        forgery.raw.extend(word.bytes());
        forgery.fixed = end + 4;
        forgery
    };
    vec![
        said(OTHER.to_owned(), MALLORY, to, &answers, "はい"),
        said(OTHER.to_owned(), "\"ai@example.org\" <mallory@sender.example>", to, "", "はい"),
        said(vouched(KEI), KEI, to, &answers, "はい"),
        said(vouched(KEI), KEI, to, "", "いいえ"),
        said(vouched(KEI), KEI, SERVICE, &answers, "はい"),
        said(FAIL.to_owned(), AI, &house.alert.reply_to, "", "はい"),
        said(
            FAIL.to_owned(),
            AI,
            SERVICE,
            "In-Reply-To: <y1.aaaaaaaaaaaaaaaaaaaaaaaaaa@example.jp>\r\n",
            "はい",
        ),
        said(OTHER.to_owned(), MALLORY, SERVICE, &answers, "いいえ"),
    ]
}

/// Who found what はる received does not write as あい, and as はる only marked.
pub fn of_the_client(house: &House) -> Vec<Forgery> {
    let (to, answers) = (&house.passed_on.reply_to, id("In-Reply-To", &house.passed_on.message_id));
    let results = "dmarc=fail header.from=example.jp";
    vec![
        forged(results, HARU, to, &answers),
        forged(results, HARU, to, ""),
        forged(results, HARU, SERVICE, &answers),
        forged(results, "Haru <HARU@example.jp>", SERVICE, ""),
        forged(results, HARU, &house.alert.reply_to, &id("In-Reply-To", &house.alert.message_id)),
        forged(FAIL, AI, to, &answers),
    ]
}
