//! Which signatures prove an author: one that does, and what each rule takes away.

use std::time::Duration;

use mail_auth::dkim::Canonicalization::{Relaxed, Simple};
use yorisoi::clock::{self, Timestamp};
use yorisoi::mail::dkim::{KeyRecord, key_names, proves_author};
use yorisoi::mail::parse::parse;

use crate::sign::{ED25519, RSA, Signing, USUAL, ed25519_record, key, mail, mail_at, rsa_record, signed};

const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(86_400);

fn proven_by(raw: &str, keys: &[KeyRecord], arrived: Timestamp) -> bool {
    proves_author(raw.as_bytes(), &parse(raw.as_bytes()), keys, arrived)
}

fn proven(raw: &str) -> bool {
    proven_by(raw, &[key(RSA, &rsa_record("")), key(ED25519, &ed25519_record())], clock::now())
}

/// Replaces what stands there once.
fn with(raw: &str, old: &str, new: &str) -> String {
    assert_eq!(raw.matches(old).count(), 1, "{old} in\n{raw}");
    raw.replace(old, new)
}

#[test]
fn a_signature_of_the_authors_domain_proves_her() {
    let plain = mail("", "読みました。\r\nまた  明日。");
    assert!(!proven(&plain));
    for (header, body) in [(Relaxed, Relaxed), (Relaxed, Simple), (Simple, Relaxed), (Simple, Simple)] {
        for ed25519 in [false, true] {
            let raw = signed(&plain, &Signing { header, body, ed25519, ..USUAL });
            assert!(proven(&raw), "{raw}");
            // what servers on the way put above it changes nothing
            let received =
                format!("Received: from a.example by b.example; Thu, 3 Dec 2026 21:00:00 +0900\r\n{raw}");
            assert!(proven(&format!("Delivered-To: care+abc@example.jp\r\n{received}")), "{received}");
        }
    }
    const OVERSIGNED: &[&str] = &["From", "From", "Subject", "Subject", "Date", "Message-ID", "To", "Cc"];
    assert!(proven(&signed(&plain, &Signing { fields: OVERSIGNED, ..USUAL })));
    assert!(proven(&signed(&plain, &Signing { identity: "ai@example.org", ..USUAL })));
    assert!(proven(&signed(&plain, &Signing { identity: "@mail.example.org", ..USUAL })));
    // a second signature that means nothing, above and below
    let foreign = "DKIM-Signature: v=1; a=rsa-sha256; d=list.example; s=x; h=from; bh=YQ==; b=YQ==\r\n";
    let raw = signed(&plain, &USUAL);
    assert!(proven(&format!("{foreign}{raw}")));
    assert!(proven(&with(&raw, "From: Ai", &format!("{foreign}From: Ai"))));
}

#[test]
fn white_space_may_change_where_the_signer_allowed_it_and_words_never() {
    let plain = mail("", "読みました。\r\nまた  明日。");
    let relaxed = signed(&plain, &USUAL);
    assert!(proven(&with(&relaxed, "Subject: Re: [12/3]", "SUBJECT:   Re: \r\n [12/3] ")));
    assert!(proven(&with(&relaxed, "また  明日。\r\n", "また 明日。 \r\n\r\n\r\n")));
    let simple = signed(&plain, &Signing { header: Simple, body: Simple, ..USUAL });
    for raw in [&relaxed, &simple] {
        assert!(!proven(&with(raw, "明日", "あさって")));
        assert!(!proven(&with(raw, "明日。\r\n", "明日。\r\nにせもの\r\n")));
        assert!(!proven(&with(raw, "また", "\rまた")));
        assert!(!proven(&with(raw, "\r\n\r\n", "\r\n\r\nにせもの\r\n")));
        assert!(!proven(&with(raw, "Subject: Re: [12/3]", "Subject: Re: [12/4]")));
        assert!(!proven(&with(raw, "From: Ai <ai@example.org>", "From: Ai <mei@example.org>")));
        assert!(!proven(&with(raw, "From: Ai <ai@example.org>", "From: Mei <ai@example.org>")));
        assert!(!proven(&with(raw, "To: care@example.jp", "To: care+other@example.jp")));
    }
    assert!(!proven(&with(&simple, "Subject: Re: [12/3]", "Subject:  Re: [12/3]")));
    assert!(!proven(&with(&simple, "また  明日。", "また 明日。")));
}

#[test]
fn who_what_and_when_are_signed_wherever_they_stand() {
    let plain = mail("", "読みました。");
    let fields = |fields| signed(&plain, &Signing { fields, ..USUAL });
    assert!(proven(&fields(&["From", "Subject", "Date", "Message-ID"])));
    for without in [
        &["Subject", "Date", "Message-ID"][..],
        &["From", "Date", "Message-ID"],
        &["From", "Subject", "Message-ID"],
        &["From", "Subject", "Date"],
    ] {
        assert!(!proven(&fields(without)), "{without:?}");
    }
    // a telephone that writes no subject, and a forger who adds one
    let bare = with(&plain, "Subject: Re: [12/3]\r\n", "");
    let raw = signed(&bare, &Signing { fields: &["From", "Date", "Message-ID"], ..USUAL });
    assert!(proven(&raw));
    assert!(!proven(&with(&raw, "From: Ai", "Subject: x\r\nFrom: Ai")));
    let undated = plain
        .lines()
        .filter(|line| !line.starts_with("Date:"))
        .fold(String::new(), |all, line| all + line + "\r\n");
    assert!(!proven(&signed(&undated, &Signing { fields: &["From", "Subject", "Message-ID"], ..USUAL })));
}

#[test]
fn a_second_field_above_or_below_the_signed_one_proves_nothing() {
    let raw = signed(&mail("", "読みました。"), &USUAL);
    assert!(proven(&raw));
    for second in [
        "From: Mei <mei@example.org>\r\n",
        "From: Ai <ai@example.org>\r\n",
        "From : Mei <mei@example.org>\r\n",
        "FROM:\r\n Mei <mei@example.org>\r\n",
        "Subject: x\r\n",
        "Subject : x\r\n",
        "Date: Thu, 3 Dec 2026 20:59:00 +0900\r\n",
        "Message-ID: <other@example.org>\r\n",
        "no field at all\r\n",
        "X: a\rFrom: Mei <mei@example.org>\r\n",
        "X: a\r\rFrom: Mei <mei@example.org>\r\n",
        "X: a\nFrom: Mei <mei@example.org>\r\n",
        "X: a\n\nSubject: x\r\n",
    ] {
        assert!(!proven(&format!("{second}{raw}")), "above: {second:?}");
        assert!(!proven(&with(&raw, "To: care", &format!("{second}To: care"))), "below: {second:?}");
    }
}

#[test]
fn the_signer_is_the_authors_domain_itself() {
    let from = |domain: &str| mail("", "読みました。").replace("ai@example.org", &format!("ai@{domain}"));
    let keys = |domain: &str| [key(&format!("rsa._domainkey.{domain}"), &rsa_record(""))];
    let check = |author: &str, signer: &'static str, expected: bool| {
        let raw = signed(&from(author), &Signing { domain: signer, ..USUAL });
        assert_eq!(proven_by(&raw, &keys(signer), clock::now()), expected, "{author} by {signer}");
    };
    check("example.org", "example.org", true);
    check("EXAMPLE.org", "Example.ORG", false); // the key's name is in lower case
    check("example.ne.jp", "example.ne.jp", true);
    check("example.org", "example.net", false);
    check("example.org", "mail.example.org", false);
    check("mail.example.org", "example.org", false);
    check("example.ne.jp", "ne.jp", false);
    check("example.org", "org", false);
    check("example.org", "ample.org", false);
    let raw = signed(&from("example.org"), &Signing { domain: "Example.ORG", ..USUAL });
    assert!(proven_by(&raw, &keys("example.org"), clock::now()));
    let identity = |identity| signed(&from("example.org"), &Signing { identity, ..USUAL });
    for foreign in ["ai@example.net", "@notexample.org", "ai", "@org"] {
        assert!(!proven_by(&identity(foreign), &keys("example.org"), clock::now()), "{foreign}");
    }
}

#[test]
fn a_part_of_the_body_is_not_the_body() {
    let plain = mail("", "読みました。");
    let raw = signed(&plain, &Signing { length: true, ..USUAL });
    assert!(raw.contains("; l=") || raw.contains(" l="), "{raw}");
    assert!(!proven(&raw));
    assert!(!proven(&format!("{raw}にせもの\r\n")));
}

#[test]
fn a_signature_counts_while_it_is_young() {
    let now = clock::now();
    let keys = [key(RSA, &rsa_record(""))];
    let raw = signed(&mail("", "読みました。"), &Signing { expires: 3600, ..USUAL });
    assert!(proven_by(&raw, &keys, now.after(HOUR / 2)));
    assert!(!proven_by(&raw, &keys, now.after(2 * HOUR)));
    // it is when the server took the mail in that counts, not when we look at it
    let age = |before: Duration, arrived: Timestamp| {
        proven_by(&signed(&mail_at(now.before(before), "", "読みました。"), &USUAL), &keys, arrived)
    };
    assert!(age(30 * DAY, now.before(30 * DAY).after(HOUR)));
    assert!(age(2 * DAY, now));
    assert!(!age(4 * DAY, now));
    assert!(!age(Duration::ZERO, now.before(4 * DAY)));
}

#[test]
fn a_key_is_strong_in_earnest_and_for_mail() {
    let raw = signed(&mail("", "読みました。"), &USUAL);
    let check = |record: &str, expected: bool| {
        assert_eq!(proven_by(&raw, &[key(RSA, record)], clock::now()), expected, "{record}");
    };
    check(&rsa_record(""), true);
    check(&rsa_record("").replace("v=DKIM1; k=rsa; ", ""), true);
    check(&rsa_record("t=s; "), true);
    check(&rsa_record("s=email; "), true);
    check(&rsa_record("s=*; "), true);
    check(&rsa_record("n=for the office; "), true);
    check(&rsa_record("t=y; "), false);
    check(&rsa_record("t=s:y; "), false);
    check(&rsa_record("t= y ; "), false);
    check(&rsa_record("s=tlsrpt; "), false);
    check(&rsa_record("t=s; t=s; "), false);
    check(&rsa_record("").replace("DKIM1", "DKIM2"), false);
    check("v=DKIM1; k=rsa; p=", false);
    check("v=DKIM1; k=rsa; p=AAAA", false);
    check(&ed25519_record(), false);
    check("v=spf1 -all", false);
    check("", false);
    // of several records one will do; another selector's or domain's will not
    let several = [key(RSA, "v=spf1 -all"), key(RSA, &rsa_record(""))];
    assert!(proven_by(&raw, &several, clock::now()));
    for name in [ED25519, "rsa._domainkey.example.net", "rsa._domainkey.example.org.", ""] {
        assert!(!proven_by(&raw, &[key(name, &rsa_record(""))], clock::now()), "{name}");
    }
    let below = signed(&mail("", "読みました。"), &Signing { identity: "@mail.example.org", ..USUAL });
    assert!(proven_by(&below, &[key(RSA, &rsa_record(""))], clock::now()));
    assert!(!proven_by(&below, &[key(RSA, &rsa_record("t=s; "))], clock::now()));
}

#[test]
fn what_openssl_signed_is_understood_and_short_keys_are_not() {
    let read = |name: &str| {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/dkim/");
        std::fs::read_to_string(format!("{folder}{name}")).unwrap()
    };
    let arrived = Timestamp::parse("2026-12-03T12:00:00Z").unwrap();
    for (bits, expected) in [(1024, true), (768, false), (512, false)] {
        let raw = read(&format!("signed-with-{bits}-bits.eml"));
        let record = read(&format!("signed-with-{bits}-bits.txt"));
        let names = key_names(raw.as_bytes());
        assert_eq!(names.len(), 1);
        let keys = [key(&names[0].to_string(), record.trim())];
        assert_eq!(proven_by(&raw, &keys, arrived), expected, "{bits}");
        assert!(!proven_by(&raw.replace("明日", "あさって"), &keys, arrived));
    }
}

/// One octet changed, left out or added: what still proves her says what she signed.
#[test]
fn no_other_octets_prove_other_words() {
    let plain = mail("", "読みました。\r\nまた明日。");
    let keys = [key(ED25519, &ed25519_record())];
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let said = |raw: &[u8]| {
        let m = parse(raw);
        let from: Vec<String> = m.from.iter().map(|f| f.address.wire()).collect();
        (from, words(&m.subject), words(&m.text), m.originated_at, m.message_id)
    };
    let (mut tried, mut proven) = (0, 0);
    for how in [USUAL, Signing { header: Simple, body: Simple, ..USUAL }] {
        let raw = signed(&plain, &Signing { ed25519: true, ..how }).into_bytes();
        let expected = said(&raw);
        for at in 0..raw.len() {
            let (before, behind) = raw.split_at(at);
            let octets = b"\r\n\t :;<a";
            let added = octets.iter().map(|o| [before, &[*o], behind].concat());
            let changed = octets.iter().map(|o| [before, &[*o], &behind[1..]].concat());
            let less = [before, &behind[1..]].concat();
            for other in added.chain(changed).chain([less]) {
                tried += 1;
                if proves_author(&other, &parse(&other), &keys, clock::now()) {
                    proven += 1;
                    assert_eq!(said(&other), expected, "{}", String::from_utf8_lossy(&other));
                }
            }
        }
    }
    assert!(tried > 15_000 && (1..tried / 4).contains(&proven), "{proven} of {tried}");
}
