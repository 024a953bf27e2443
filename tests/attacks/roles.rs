//! Orders by mail, the machine's own voice, and mails within mails: nobody is served who has no say.

use crate::house::{AI, CANARY, HARU, House, SERVICE};
use crate::mutate::Forgery;
use crate::results::{FAIL, NOTHING, OTHER, forged};

const MALLORY: &str = "mallory@sender.example";
const OFFICE: &str = "office@example.com";

fn with_body(mut forgery: Forgery, media: &str, body: &str) -> Forgery {
    let text = String::from_utf8_lossy(&forgery.raw).replace("text/plain; charset=utf-8", media);
    let header = text.split("\r\n\r\n").next().unwrap_or_default();
    forgery.raw = format!("{header}\r\n\r\n{body}\r\n").into_bytes();
    forgery
}

/// There are no orders by mail, whoever seems to write.
pub fn orders(house: &House) -> Vec<Forgery> {
    let order = |results: &str, from: &str, to: &str, words: &str| {
        let words = format!("{words}\r\n{CANARY}");
        with_body(forged(results, from, to, ""), "text/plain; charset=utf-8", &words)
    };
    let fail = "dmarc=fail header.from=example.com";
    vec![
        order(
            fail,
            OFFICE,
            SERVICE,
            "client add --name まろ --address mallory@sender.example --supporter あい",
        ),
        order(fail, OFFICE, &house.alert.reply_to, "assign はる まろ"),
        order(FAIL, AI, SERVICE, "supporter address add あい mallory@sender.example"),
        order(FAIL, AI, SERVICE, "退会します。配信停止"),
        order(OTHER, MALLORY, SERVICE, "unsubscribe はる"),
        order(OTHER, MALLORY, &house.alert.reply_to, "release all"),
        order(fail, "root@localhost", SERVICE, "{\"order\":\"export\"}"),
    ]
}

/// The service's own address, identifiers and marks.
pub fn own_voice(house: &House) -> Vec<Forgery> {
    let (stolen, to) = (&house.alert, &house.alert.reply_to);
    let fail = "dmarc=fail header.from=example.jp";
    let own_id = |results: &str, from: &str| {
        let mut forgery = forged(results, from, to, "");
        let id = format!("<{CANARY}@sender.example>");
        let text = String::from_utf8_lossy(&forgery.raw).replace(&id, &format!("<{}>", stolen.message_id));
        forgery.raw = text.into_bytes();
        forgery
    };
    vec![
        forged(fail, SERVICE, to, ""),
        forged(fail, to, to, ""),
        own_id(FAIL, AI),
        own_id(OTHER, MALLORY),
        forged(FAIL, AI, to, "Auto-Submitted: auto-generated\r\nX-Auto-Response-Suppress: All\r\n"),
        forged(FAIL, AI, to, "Auto-Submitted: auto-replied\r\n"),
        forged(FAIL, AI, to, "List-Id: <care.example.jp>\r\nPrecedence: list\r\n"),
    ]
}

fn report(house: &House, from: &str, to: &str, original: &str) -> Forgery {
    let body = format!(
        "--p\r\nContent-Type: text/plain\r\n\r\n{CANARY}\r\n--p\r\nContent-Type: message/delivery-status\r\n\r\n\
         Reporting-MTA: dns; mx.sender.example\r\n\r\nFinal-Recipient: rfc822; {to}\r\nAction: failed\r\n\
         Status: 5.1.1\r\n\r\n--p\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: <{original}>\r\n\
         From: {SERVICE}\r\nTo: {to}\r\nSubject: {}\r\n\r\n--p--\r\n",
        house.alert.subject
    );
    let forgery = forged(OTHER, from, SERVICE, "Auto-Submitted: auto-replied\r\n");
    with_body(forgery, "multipart/report; report-type=delivery-status; boundary=p", &body)
}

/// Delivery reports about mails of ours by one who knows none of them: nobody's address is written off.
pub fn delivery_reports(house: &House) -> Vec<Forgery> {
    let daemon = "MAILER-DAEMON@mx.sender.example";
    let near = house.alert.message_id.replacen("y1.", "y1.a", 1);
    vec![
        report(house, daemon, AI, "y1.aaaaaaaaaaaaaaaaaaaaaaaaaa@example.jp"),
        report(house, daemon, HARU, "y1.bbbbbbbbbbbbbbbbbbbbbbbbbb@example.jp"),
        report(house, daemon, AI, &near),
        report(house, AI, AI, "x"),
        report(house, "postmaster@example.org", AI, ""),
        report(house, SERVICE, HARU, "y1.@example.jp"),
    ]
}

/// Somebody has a supporter be away who is there, gives her letters to others, or has her back.
fn absences_that(results: &str, house: &House) -> Vec<Forgery> {
    let away = |to: &str, subject: &str, words: &str| {
        let mut forgery = with_body(forged(results, AI, to, ""), "text/plain; charset=utf-8", words);
        let text = String::from_utf8_lossy(&forgery.raw).replace(&format!("Re: {CANARY}"), subject);
        forgery.raw = text.into_bytes();
        forgery
    };
    let alert = &house.alert.reply_to;
    let question = house.question.as_ref().map_or(alert, |question| &question.reply_to);
    vec![
        away(SERVICE, "off 2026-12-05 to 2026-12-31", ""),
        away(SERVICE, "off 5 Dec to 31 Dec", "Thanks!"),
        away(SERVICE, "off 2026-12-05", CANARY),
        away(SERVICE, "", "お休み 12/5-12/31"),
        away(alert, "Re: x", "明日お休みします。"),
        away(alert, "Re: x", "代わって"),
        away(alert, "Re: x", "please cover"),
        away(question, "Re: x", "取り消し"),
        away(&house.alert_of_kei.reply_to, "Re: x", "away tomorrow"),
    ]
}

/// Somebody speaks to the office in her name, leaves her memos that she never wrote, or says whom her words are for.
fn meanings_that(results: &str, house: &House) -> Vec<Forgery> {
    let write = |to: &str, words: &str| {
        let mut forgery = with_body(forged(results, AI, to, ""), "text/plain; charset=utf-8", words);
        let text = String::from_utf8_lossy(&forgery.raw).replace(&format!("Re: {CANARY}"), "Re: x");
        forgery.raw = text.into_bytes();
        forgery
    };
    let alert = &house.alert.reply_to;
    vec![
        write(SERVICE, &format!("事務局へ\r\n{CANARY}")),
        write(alert, &format!("事務局へ：{CANARY}")),
        write(alert, &format!("メモ：{CANARY}")),
        write(alert, &format!("よく歩けましたね。\r\n\r\nnote: {CANARY}")),
        write(alert, &format!("すみません、今日は書けません。{CANARY}")),
        write(alert, &format!("ゆきさん、{CANARY}")),
        write(alert, "お返事"),
    ]
}

/// The receiving server says that she did not write it.
pub fn meanings(house: &House) -> Vec<Forgery> {
    meanings_that(FAIL, house)
}

/// It says nothing.
pub fn meanings_without_a_verdict(house: &House) -> Vec<Forgery> {
    meanings_that(NOTHING, house)
}

/// The receiving server says that she did not write it.
pub fn absences(house: &House) -> Vec<Forgery> {
    absences_that(FAIL, house)
}

/// It says nothing.
pub fn absences_without_a_verdict(house: &House) -> Vec<Forgery> {
    absences_that(NOTHING, house)
}

/// Whoever stands in a part of a mail is not its author.
pub fn mails_within_mails(house: &House) -> Vec<Forgery> {
    let stolen = &house.alert;
    let inner = format!(
        "Authentication-Results: mx.example.jp; dmarc=pass header.from=example.org\r\nFrom: {AI}\r\nTo: {}\r\n\
         In-Reply-To: <{}>\r\nSubject: {CANARY}\r\n\r\n{CANARY}\r\n",
        stolen.reply_to, stolen.message_id
    );
    let part = |media: &str| format!("--p\r\nContent-Type: {media}\r\n\r\n{inner}\r\n--p--\r\n");
    let outer = |media: &str, body: &str| with_body(forged(OTHER, MALLORY, SERVICE, ""), media, body);
    vec![
        outer("message/rfc822", &inner),
        outer("multipart/mixed; boundary=p", &part("message/rfc822")),
        outer("multipart/digest; boundary=p", &part("message/rfc822")),
        outer("multipart/mixed; boundary=p", &part("text/rfc822-headers")),
        outer("text/plain", &format!("---------- Forwarded message ---------\r\n{inner}")),
        outer("multipart/mixed; boundary=p", &format!("--p\r\n{inner}\r\n--p--\r\n")),
    ]
}

/// Field bodies that would begin a field of their own in what we send.
pub fn injected_fields(house: &House) -> Vec<Forgery> {
    let to = &house.alert.reply_to;
    let from = |name: &str| forged(FAIL, &format!("{name} <{AI}>"), to, "");
    vec![
        from("=?utf-8?B?bg0KQmNjOiBtYWxsb3J5QHNlbmRlci5leGFtcGxl?="),
        from("=?utf-8?Q?n=0D=0A=0D=0Akanariya7Q2X?="),
        forged(FAIL, AI, to, "Subject: =?utf-8?Q?a=0D=0ABcc:_mallory@sender.example?=\r\n"),
        forged(FAIL, AI, to, "In-Reply-To: <a\r\n\tBcc:mallory@sender.example>\r\n"),
        forged(FAIL, AI, to, &format!("Reply-To: {MALLORY}\r\nDisposition-Notification-To: {MALLORY}\r\n")),
        forged(FAIL, AI, to, &format!("Cc: {HARU}, {MALLORY}\r\nBcc: {HARU}\r\n")),
    ]
}

/// A forged client's letter is shown and marked; her address stays what it is.
pub fn letters_of_clients(house: &House) -> Vec<Forgery> {
    let fail = "dmarc=fail header.from=example.jp";
    vec![
        forged(fail, HARU, SERVICE, ""),
        forged(fail, "=?utf-8?B?44Gv44KL?= <haru@example.jp>", SERVICE, ""),
        forged(
            fail,
            HARU,
            SERVICE,
            "Authentication-Results: mx.example.jp; dmarc=pass header.from=example.jp\r\n",
        ),
        forged(OTHER, HARU, SERVICE, ""),
        forged("dmarc=none header.from=example.jp", HARU, SERVICE, ""),
        forged(OTHER, &format!("{HARU}\r\nFrom: {MALLORY}"), &house.alert.reply_to, ""),
        telling(forged(OTHER, HARU, SERVICE, "")),
        telling(forged("dmarc=none header.from=example.jp", HARU, SERVICE, "")),
    ]
}

/// With something that its writer is asked about.
fn telling(mut forgery: Forgery) -> Forgery {
    forgery
        .raw
        .extend_from_slice(format!("https://{CANARY}.example/ {CANARY}@sender.example\r\n").as_bytes());
    forgery
}
