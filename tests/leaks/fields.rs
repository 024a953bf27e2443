//! Header fields of every kind.

use crate::{Draft, Vector, base64, vector};

/// A field above the mail.
fn field(draft: &mut Draft, text: String) {
    draft.fields.insert(0, text);
}

pub const VECTORS: &[Vector] = &[
    vector("Received", |d, c| {
        field(
            d,
            format!(
                "Received: from {c} ({c}.home.example [192.0.2.7]) by mx.example.jp for <{c}@example.jp>; Thu, 3 Dec 2026 20:59:00 +0900"
            ),
        );
    }),
    vector("Return-Path", |d, c| field(d, format!("Return-Path: <{c}@example.net>"))),
    vector("the host of Message-ID", |d, c| d.fields[0] = format!("Message-ID: <20261203.1@{c}.local>")),
    vector("the left side of Message-ID", |d, c| d.fields[0] = format!("Message-ID: <{c}@phone.example>")),
    vector("References", |d, c| field(d, format!("References: <1@{c}.example> <{c}@example.net>"))),
    vector("In-Reply-To of another", |d, c| {
        d.fields
            .iter_mut()
            .filter(|f| f.starts_with("In-Reply-To"))
            .for_each(|f| f.push_str(&format!(" <x@{c}.example>")));
    }),
    vector("User-Agent and X-Mailer", |d, c| field(d, format!("User-Agent: Mail/{c}\r\nX-Mailer: {c} 1.0"))),
    vector("X-Originating-IP", |d, c| field(d, format!("X-Originating-IP: [{c}]"))),
    vector("DKIM-Signature", |d, c| {
        field(
            d,
            format!("DKIM-Signature: v=1; a=rsa-sha256; d={c}.example; s={c}; i={c}@{c}.example; bh=x; b=y"),
        );
    }),
    vector("ARC", |d, c| {
        field(d, format!("ARC-Authentication-Results: i=1; mx.example; smtp.mailfrom={c}@example.net"))
    }),
    vector("Authentication-Results", |d, c| {
        field(
            d,
            format!(
                "Authentication-Results: mx.example; dkim=pass header.i=@{c}.example; spf=pass smtp.mailfrom={c}@x.example"
            ),
        );
    }),
    vector("Thread-Index and Thread-Topic", |d, c| {
        field(d, format!("Thread-Index: {c}\r\nThread-Topic: {c}"))
    }),
    vector("Organization", |d, c| field(d, format!("Organization: {c} KK"))),
    vector("a comment in Date", |d, c| d.fields[1] = format!("Date: Thu, 3 Dec 2026 20:59:00 +0900 ({c})")),
    vector("Sender", |d, c| field(d, format!("Sender: {c} <{c}@example.net>"))),
    vector("Reply-To", |d, c| field(d, format!("Reply-To: {c} <{c}@example.net>"))),
    vector("asking for a receipt", |d, c| {
        field(
            d,
            format!(
                "Disposition-Notification-To: {c}@example.net\r\nReturn-Receipt-To: <{c}@example.net>\r\nX-Confirm-Reading-To: {c}@example.net"
            ),
        );
    }),
    vector("Errors-To", |d, c| field(d, format!("Errors-To: {c}@example.net"))),
    vector("Comments and Keywords", |d, c| field(d, format!("Comments: {c}\r\nKeywords: {c}, {c}"))),
    vector("Cc", |d, c| {
        field(d, format!("Cc: {c} <{c}@example.net>, =?UTF-8?B?{}?= <b@example.net>", base64(c.as_bytes())))
    }),
    vector("Bcc", |d, c| field(d, format!("Bcc: {c} <{c}@example.net>"))),
    vector("a second To", |d, c| field(d, format!("To: {c} <{c}@example.net>"))),
    vector("Resent fields", |d, c| {
        field(
            d,
            format!(
                "Resent-From: {c} <{c}@example.net>\r\nResent-To: {c}@example.net\r\nResent-Message-ID: <{c}@example.net>"
            ),
        );
    }),
    vector("the display name", |d, c| d.from = format!("{c} <{}>", d.address)),
    vector("the display name, quoted", |d, c| d.from = format!("\"{c} (private)\" <{}>", d.address)),
    vector("the display name in base64", |d, c| {
        d.from = format!("=?UTF-8?B?{}?= <{}>", base64(c.as_bytes()), d.address);
    }),
    vector("the display name in Q", |d, c| {
        d.from = format!("=?ISO-8859-1?Q?{}?= <{}>", c.replace('k', "=6B"), d.address)
    }),
    vector("a comment in From", |d, c| d.from = format!("{} ({c})", d.address)),
    vector("the subject of a reply", |d, c| field(d, format!("Subject: Re: {c}"))),
    vector("the subject of a reply, encoded", |d, c| {
        field(d, format!("Subject: =?UTF-8?B?{}?=", base64(format!("Re: {c}").as_bytes())));
    }),
    vector("Autocrypt and OpenPGP", |d, c| {
        field(
            d,
            format!(
                "Autocrypt: addr={c}@example.net; keydata={}\r\nOpenPGP: id=1; url=https://{c}.example/key",
                base64(c.as_bytes())
            ),
        );
    }),
    vector("Face and X-Face", |d, c| field(d, format!("Face: {}\r\nX-Face: {c}", base64(c.as_bytes())))),
    vector("fields of providers", |d, c| {
        field(
            d,
            format!(
                "X-Google-Original-From: {c}@example.net\r\nX-Authenticated-Sender: {c}@example.net\r\nX-Sender: {c}\r\nX-Yahoo-Profile: {c}\r\nX-Apparently-From: {c}@example.net\r\nX-MS-Exchange-Organization-AuthAs: {c}\r\nx-forefront: {c}"
            ),
        );
    }),
    vector("Content-Description and Content-ID", |d, c| {
        field(
            d,
            format!(
                "Content-Description: {c}\r\nContent-ID: <{c}@example.net>\r\nContent-Location: file:///C:/Users/{c}/x.txt\r\nContent-Language: {c}"
            ),
        );
    }),
    vector("Content-Disposition of the text", |d, c| {
        field(d, format!("Content-Disposition: inline; filename=\"{c}.txt\""))
    }),
    vector("a folded and an eight-bit field", |d, c| field(d, format!("X-Owner: はる\r\n\t{c}\r\n {c}"))),
    vector("a field that injects", |d, c| {
        field(d, format!("X-A: b\rBcc: {c}@example.net\r\nSubject: Re: a\nBcc: {c}@example.net"))
    }),
];
