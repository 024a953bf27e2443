//! Forged and stolen signatures (RFC 6376 §8). The thief has an honest mail of あい's with its signature, a reply address
//! of hers, and keys of his own domain.

use crate::house::{AI, CANARY, House, plain, stamped, vouched};
use crate::mutate::Forgery;
use crate::results::{FAIL, forged};
use crate::sign::{self, Signing, USUAL};

fn text(raw: Vec<u8>) -> String {
    String::from_utf8(raw).expect("text")
}

/// A mail of あい's to somebody else, below nothing but the signature of her provider.
fn honest() -> String {
    let stamped =
        text(stamped(&vouched(AI), &plain(AI, "friend@sender.example", "Subject: x\r\n", "はい。", 77)));
    stamped[stamped.find("DKIM-Signature:").expect("a signature")..].to_owned()
}

fn forgery(raw: String) -> Forgery {
    Forgery { results: FAIL.to_owned(), raw: raw.into_bytes(), fixed: 0 }
}

/// Her signature with other words, or over another header.
pub fn stolen(house: &House) -> Vec<Forgery> {
    let honest = honest();
    let (header, _) = honest.split_once("\r\n\r\n").expect("a body");
    let (signature, fields) = header.split_once("From: ").expect("a From");
    let to = format!("Delivered-To: {}\r\n", house.alert.reply_to);
    let theirs = text(forged(FAIL, AI, &house.alert.reply_to, "").raw);
    let words = format!("{CANARY} もう来ないでください。");
    vec![
        forgery(format!("{to}{header}\r\n\r\n{words}\r\n")),
        forgery(format!("{to}{honest}{words}\r\n")),
        forgery(format!("{to}{header}\r\n\r\n{words}\r\n\r\nはい。\r\n")),
        forgery(format!("{signature}{theirs}")),
        forgery(format!("{to}{signature}From: {AI}\r\nFrom: {fields}\r\n\r\n{words}\r\n")),
        forgery(format!("{to}X-A: b\r\r{words}\r\r{honest}")),
        forgery(format!("{to}X-A: b\n\n{words}\n\n{honest}")),
        forgery(format!("{to}{}\r\n\r\n{words}\r\n", header.replace("v=1;", "v=1; l=0;"))),
        forgery(format!("{to}{}", honest.replace("Subject: x", &format!("Subject: {CANARY}")))),
        forgery(format!("{to}Subject: {CANARY}\r\n{honest}")),
    ]
}

/// Good signatures, and none of them of her domain.
pub fn by_others(house: &House) -> Vec<Forgery> {
    let mail = text(forged(FAIL, AI, &house.alert.reply_to, "").raw);
    let by = |how: Signing| sign::signed(&mail, &Signing { ed25519: true, ..how });
    let foreign = Signing { domain: "sender.example", ..USUAL };
    vec![
        forgery(by(foreign)),
        forgery(by(Signing { identity: "ai@example.org", ..foreign })),
        forgery(by(Signing { domain: "mail.example.org", ..USUAL })),
        forgery(by(Signing { domain: "org", ..USUAL })),
        forgery(by(foreign).replace("d=sender.example", "d=example.org")),
        forgery(by(foreign).replace("d=sender.example", "d=sender.example; d=example.org")),
        forgery(by(Signing { domain: "example.net", ..USUAL })),
        forgery(by(foreign).replacen("From: ", "From: mallory@sender.example\r\nFrom: ", 1)),
    ]
}
