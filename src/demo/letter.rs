//! What the reply button of a mail program makes of a mail: the words above, the mail quoted below.
//!
//! Reply-To is honoured (RFC 5322 §3.6.2), In-Reply-To and References are kept (§3.6.4). Date and Message-ID are
//! left to the submission server.

use data_encoding::BASE64;

use super::cast::{Cast, Person};
use crate::mail::address::Address;
use crate::mail::message::Message;
use crate::mail::message_id::MessageId;

/// A reply, and where it goes.
pub(super) struct Reply {
    /// Reply-To of the mail that is answered, or its author.
    pub(super) to: Address,
    /// The octets.
    pub(super) raw: Vec<u8>,
}

/// The reply of `author` to a mail; `None` when that names nobody to answer.
pub(super) fn reply(cast: &Cast, author: Person, to: &Message, words: &str) -> Option<Reply> {
    let writer = to.from.first()?;
    let address = to.reply_to.first().unwrap_or(&writer.address).clone();
    let name = writer.name.clone().unwrap_or_default();
    let attribution = cast.say(
        format!("{name} <{}> さんは書きました:", writer.address.wire()),
        format!("{name} <{}> wrote:", writer.address.wire()),
    );
    let quote: String = to.text.trim_end().lines().map(|line| quoted(line) + "\r\n").collect();
    let words = words.trim_end().replace('\n', "\r\n");
    let text = format!("{words}\r\n\r\n{attribution}\r\n\r\n{quote}");
    let mut head = vec![
        format!("From: {} <{}>", word(author.name), author.address),
        format!("To: <{}>", address.wire()),
        format!("Subject: {}", word(&format!("Re: {}", to.subject))),
    ];
    if let Some(id) = &to.message_id {
        let ids: Vec<String> = to.references.iter().chain([id]).map(MessageId::to_string).collect();
        head.push(format!("In-Reply-To: <{id}>"));
        head.push(format!("References: <{}>", ids.join(">\r\n <")));
    }
    head.push("MIME-Version: 1.0".to_owned());
    head.push("Content-Type: text/plain; charset=UTF-8".to_owned());
    head.push("Content-Transfer-Encoding: base64".to_owned());
    let raw = format!("{}\r\n\r\n{}", head.join("\r\n"), wrapped(&BASE64.encode(text.as_bytes())));
    Some(Reply { to: address, raw: raw.into_bytes() })
}

fn quoted(line: &str) -> String {
    format!("> {line}").trim_end().to_owned()
}

/// Lines of 76 characters (RFC 2045 §6.8); base64 is ASCII.
fn wrapped(encoded: &str) -> String {
    let mut out = String::new();
    for (at, letter) in encoded.chars().enumerate() {
        if at > 0 && at % 76 == 0 {
            out.push_str("\r\n");
        }
        out.push(letter);
    }
    out + "\r\n"
}

/// Encoded-words where they are needed (RFC 2047 §2), each short enough for any line.
pub(super) fn word(text: &str) -> String {
    if text.is_ascii() {
        return text.to_owned();
    }
    let letters: Vec<char> = text.chars().collect();
    let encoded = letters.chunks(12).map(|chunk| {
        let chunk: String = chunk.iter().collect();
        format!("=?UTF-8?B?{}?=", BASE64.encode(chunk.as_bytes()))
    });
    encoded.collect::<Vec<_>>().join("\r\n ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::locale::Locale;
    use crate::mail::parse::parse;

    #[test]
    fn a_reply_goes_to_reply_to_and_names_what_it_answers() {
        let asked =
            b"From: A <care@a.example>\r\nReply-To: <care+t@a.example>\r\nMessage-ID: <1@a.example>\r\n\
            Subject: =?UTF-8?B?44Gv44KL?=\r\n\r\nhello\r\n";
        let cast = Cast::of(Locale::Ja);
        let reply = reply(&cast, cast.pairs[0].supporter, &parse(asked), "やあ\n").unwrap();
        assert_eq!(reply.to.wire(), "care+t@a.example");
        let read = parse(&reply.raw);
        assert_eq!(read.subject, "Re: はる");
        assert_eq!(read.in_reply_to.len(), 1);
        assert!(read.text.starts_with("やあ\n\nA <care@a.example>"), "{}", read.text);
        assert!(read.text.contains("\n> hello"), "{}", read.text);
    }
}
