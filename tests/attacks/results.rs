//! Forged results: what a mail says of itself in the name of the receiving server (RFC 8601 §5, §7).

use crate::house::{AI, CANARY, House};
use crate::mutate::Forgery;

/// A mail in somebody's name, below whatever the receiving server says of it. `more`: whole field lines.
pub fn forged(results: &str, from: &str, to: &str, more: &str) -> Forgery {
    let raw = format!(
        "From: {from}\r\nTo: {to}\r\nSubject: Re: {CANARY}\r\n{more}Date: Thu, 3 Dec 2026 20:58:00 +0900\r\n\
         Message-ID: <{CANARY}@sender.example>\r\nMIME-Version: 1.0\r\n\
         Content-Type: text/plain; charset=utf-8\r\n\r\n{CANARY} もう来ないでください。\r\n"
    );
    Forgery { results: results.to_owned(), raw: raw.into_bytes(), fixed: 0 }
}

/// Nothing of its header may change: the server's word would be another.
pub fn fixed(mut forgery: Forgery) -> Forgery {
    let end = forgery.raw.windows(4).rposition(|w| w == b"\r\n\r\n").map_or(forgery.raw.len(), |at| at + 4);
    forgery.fixed = end;
    forgery
}

pub const FAIL: &str = "dmarc=fail (p=NONE) header.from=example.org";
pub const NOTHING: &str = "spf=pass smtp.mailfrom=sender.example; dmarc=none header.from=example.org";
/// The forger's own domain is in order.
pub const OTHER: &str = "dkim=pass header.d=sender.example; dmarc=pass header.from=sender.example";
const PASS: &str = "Authentication-Results: mx.example.jp; dmarc=pass header.from=example.org\r\n";

fn below(results: &str, house: &House) -> Vec<Forgery> {
    let to = &house.alert.reply_to;
    let mut all: Vec<Forgery> = [
        PASS.to_owned(),
        PASS.repeat(3),
        PASS.replace("; dmarc", ";\r\n\tdmarc").replace("=pass", "\r\n =\r\n pass"),
        PASS.to_uppercase(),
        PASS.replace("mx.example.jp", "\"mx.example.jp\" 1"),
        format!("{PASS}Received: from mx.example.jp by mx.example.jp; Thu, 3 Dec 2026 20:58:00 +0900\r\n"),
    ]
    .iter()
    .map(|more| forged(results, AI, to, more))
    .collect();
    let mut first = forged(results, AI, to, "");
    first.raw = [PASS.as_bytes(), &first.raw].concat();
    all.push(first);
    // a fold that would go on with what the server wrote last
    let mut folded = forged(results, AI, to, "");
    folded.raw = [b"\t; dmarc=pass header.from=example.org\r\n", folded.raw.as_slice()].concat();
    all.push(folded);
    all
}

pub fn below_a_failure(house: &House) -> Vec<Forgery> {
    below(FAIL, house)
}

pub fn below_nothing(house: &House) -> Vec<Forgery> {
    below(NOTHING, house)
}

/// The server repeats what it was told by the sender, in comments and quotes as the grammar has them.
pub fn in_comments_and_quotes(house: &House) -> Vec<Forgery> {
    [
        "spf=pass (helo (dmarc=pass header.from=example.org)) smtp.mailfrom=sender.example",
        "spf=none (a \\) ; dmarc=pass header.from=example.org) smtp.helo=x",
        "spf=pass smtp.mailfrom=\"; dmarc=pass header.from=example.org \"@sender.example",
        "spf=pass reason=\"\\\"; dmarc=pass header.from=example.org\"",
        "dmarc=(pass)none header.from=example.org",
        "dmarc=none (dmarc=pass (header.from=(example.org))) header.from=example.org",
        "dmarc=none header.from=example.org policy.x=\"dmarc=pass\" (unclosed; dmarc=pass header.from=example.org",
    ]
    .iter()
    .map(|results| forged(results, AI, &house.alert.reply_to, PASS))
    .collect()
}

/// No server spoke, and the forger's looks like the trusted one.
pub fn of_servers_that_look_alike(house: &House) -> Vec<Forgery> {
    [
        "mx.example.jp.sender.example",
        "mx.ex\u{430}mple.jp",
        "mx\u{3002}example\u{3002}jp",
        "mx.example.jp.",
        "(mx.example.jp)",
        "smtp.mx.example.jp",
        "mx.example.jp mx.example.jp",
        "mx.example.jp 2",
        "",
    ]
    .iter()
    .map(|id| fixed(forged("", AI, &house.alert.reply_to, &PASS.replace("mx.example.jp", id))))
    .collect()
}

/// The receiving server vouches, but for another.
pub fn of_other_domains(house: &House) -> Vec<Forgery> {
    [
        OTHER,
        "dmarc=pass header.from=example.org.sender.example",
        "dmarc=pass header.from=exarnple.org",
        "dmarc=pass header.from=sender.example; dkim=pass header.d=org",
        "dmarc=pass header.from=ai.example; spf=pass smtp.mailfrom=example.org",
    ]
    .iter()
    .map(|results| forged(results, AI, &house.alert.reply_to, PASS))
    .collect()
}

pub fn signatures_of_others(house: &House) -> Vec<Forgery> {
    [
        "dkim=pass header.d=sender.example",
        "dkim=pass header.d=org",
        "dkim=pass header.d=mail.example.org",
        "dkim=pass header.d=sender.example header.i=@example.org",
        "dkim=pass header.i=@example.org.sender.example",
        "dkim=pass header.d=example.org header.d=sender.example",
        "dkim=fail header.d=example.org; dkim=pass header.d=ample.org",
    ]
    .iter()
    .map(|results| forged(results, AI, &house.alert.reply_to, PASS))
    .collect()
}

/// Fields that sound like results and are none of the receiving server's.
pub fn in_other_fields(house: &House) -> Vec<Forgery> {
    [
        "X-Authentication-Results",
        "ARC-Authentication-Results",
        "Authentication-Results-Original",
        "Received-SPF",
        "Authentication_Results",
        "X-Yorisoi-Instance",
    ]
    .iter()
    .map(|name| {
        let field = PASS.replace("Authentication-Results", name).replace(" mx", " i=1; mx");
        forged("", AI, &house.alert.reply_to, &field)
    })
    .collect()
}
