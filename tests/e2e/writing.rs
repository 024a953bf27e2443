//! People and their mail programs. Whatever a program adds to a mail is marked with its owner's key, so that the leak
//! check recognises it wherever it turns up.

use std::sync::atomic::{AtomicUsize, Ordering};

use data_encoding::BASE64_MIME;
use encoding_rs::ISO_2022_JP;

use super::lab::SERVICE;
use super::reading::Received;

/// On which side of the house a person stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    Client,
    Supporter,
    /// Neither: a stranger, a robot, the office.
    Nobody,
}

/// Somebody who writes mail.
#[derive(Clone, Debug)]
pub struct Person {
    /// The name that the other side may know.
    pub name: String,
    /// Her address.
    pub address: String,
    /// Her side.
    pub side: Side,
}

/// A mail on its way.
#[derive(Clone, Debug)]
pub struct Mail {
    /// The envelope's reverse-path.
    pub from: String,
    /// The envelope's forward-path.
    pub to: String,
    /// Header and body, LF.
    pub raw: Vec<u8>,
}

/// How a mail program writes a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// One part, UTF-8, base64.
    Plain,
    /// Text and HTML side by side, as Gmail does.
    Alternative,
    /// One part in ISO-2022-JP, seven bits, as phones of carriers do.
    Jis,
}

/// A mail in the making.
#[derive(Clone, Debug)]
pub struct Letter {
    author: Person,
    to: String,
    subject: String,
    text: String,
    in_reply_to: Vec<String>,
    references: Vec<String>,
    form: Form,
    extra: Vec<String>,
}

static WRITTEN: AtomicUsize = AtomicUsize::new(1);

impl Person {
    /// Somebody.
    pub fn new(name: &str, address: &str, side: Side) -> Self {
        Self { name: name.to_owned(), address: address.to_owned(), side }
    }

    /// The same person with another address.
    pub fn at(&self, address: &str) -> Self {
        Self { address: address.to_owned(), ..self.clone() }
    }

    /// A word that marks everything of hers.
    pub fn key(&self) -> String {
        self.address.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect()
    }

    /// The name that her mail program writes into From; nobody but us may see it.
    pub fn display(&self) -> String {
        format!("本名 {}", self.key())
    }

    /// What must not reach the other side.
    pub fn secrets(&self) -> Vec<String> {
        let key = self.key();
        vec![self.address.clone(), format!("phone-of-{key}"), self.display(), format!("Mailer of {key}")]
    }

    /// A mail to the service, written anew.
    pub fn writes(&self, subject: &str, text: &str) -> Letter {
        Letter {
            author: self.clone(),
            to: SERVICE.to_owned(),
            subject: subject.to_owned(),
            text: text.to_owned(),
            in_reply_to: Vec::new(),
            references: Vec::new(),
            form: Form::Plain,
            extra: Vec::new(),
        }
    }

    /// What the reply button makes of a mail, with the words above a quote of it, as Gmail does in Japanese.
    pub fn replies(&self, to: &Received, words: &str) -> Letter {
        let wrote = format!("2026年11月22日(日) 9:05 {} <{}>:", to.from_name, to.from);
        let text = format!("{words}\n\n{wrote}\n\n{}\n", quoted(&to.text));
        self.answers(to, &text).form(Form::Alternative)
    }

    /// A reply with this text and nothing else in it.
    pub fn answers(&self, to: &Received, text: &str) -> Letter {
        let references = to.references.iter().chain(std::iter::once(&to.message_id)).cloned().collect();
        Letter {
            to: to.reply_to.clone(),
            in_reply_to: vec![to.message_id.clone()],
            references,
            ..self.writes(&format!("Re: {}", to.subject), text)
        }
    }
}

fn quoted(text: &str) -> String {
    text.trim_end().lines().map(|line| format!("> {line}").trim_end().to_owned() + "\n").collect()
}

impl Letter {
    /// Another form.
    pub fn form(self, form: Form) -> Self {
        Self { form, ..self }
    }

    /// To another address.
    pub fn to(self, address: &str) -> Self {
        Self { to: address.to_owned(), ..self }
    }

    /// Without In-Reply-To and References, as phones of carriers send it.
    pub fn without_threading(self) -> Self {
        Self { in_reply_to: Vec::new(), references: Vec::new(), ..self }
    }

    /// With a further header field, above all that the writer's program wrote.
    pub fn with(mut self, field: &str) -> Self {
        self.extra.push(field.to_owned());
        self
    }

    /// The finished mail.
    pub fn mail(&self) -> Mail {
        let (content, body) = self.content();
        let mut head = self.extra.clone();
        head.extend(self.head());
        head.extend(content);
        let mut raw = format!("{}\n\n", head.join("\n")).into_bytes();
        raw.extend_from_slice(&body);
        Mail { from: self.author.address.clone(), to: self.to.clone(), raw }
    }

    fn head(&self) -> Vec<String> {
        let (number, key) = (WRITTEN.fetch_add(1, Ordering::Relaxed), self.author.key());
        let host = format!("phone-of-{key}.example");
        let ids = |ids: &[String]| ids.iter().map(|id| format!("<{id}>")).collect::<Vec<_>>().join("\n ");
        let mut head = vec![
            format!("Received: from {host} ([192.0.2.77]) by smtp.example.com with ESMTPSA;\n {}", date()),
            format!("Date: {}", date()),
            format!("From: {} <{}>", word(&self.author.display()), self.author.address),
            format!("To: <{}>", self.to),
            format!("Message-ID: <{number}@{host}>"),
            format!("X-Mailer: Mailer of {key} 7.1"),
            "MIME-Version: 1.0".to_owned(),
        ];
        if !self.subject.is_empty() {
            head.push(format!("Subject: {}", word(&self.subject)));
        }
        if !self.in_reply_to.is_empty() {
            head.push(format!("In-Reply-To: {}", ids(&self.in_reply_to)));
            head.push(format!("References: {}", ids(&self.references)));
        }
        head
    }

    fn content(&self) -> (Vec<String>, Vec<u8>) {
        let part = |kind: &str, text: &str| {
            let encoded = BASE64_MIME.encode(text.as_bytes()).replace("\r\n", "\n");
            let head =
                format!("Content-Type: text/{kind}; charset=\"UTF-8\"\nContent-Transfer-Encoding: base64");
            (head, encoded)
        };
        match self.form {
            Form::Plain => {
                let (head, body) = part("plain", &self.text);
                (vec![head], body.into_bytes())
            }
            Form::Alternative => {
                let (plain, html) = (part("plain", &self.text), part("html", &html(&self.text)));
                let parts = [plain, html].map(|(head, body)| format!("--=b1\n{head}\n\n{body}\n"));
                let head = "Content-Type: multipart/alternative; boundary=\"=b1\"".to_owned();
                (vec![head], format!("{}--=b1--\n", parts.concat()).into_bytes())
            }
            Form::Jis => {
                let head = "Content-Type: text/plain; charset=ISO-2022-JP\nContent-Transfer-Encoding: 7bit";
                (vec![head.to_owned()], jis(&self.text))
            }
        }
    }
}

/// The mail with a photo of so many octets, as base64, behind the text.
pub fn with_photo(mail: &Mail, octets: usize) -> Mail {
    let text = String::from_utf8(mail.raw.clone()).unwrap();
    let (head, body) = text.split_once("\n\n").unwrap();
    let at = head.find("Content-Type:").unwrap();
    let (fields, content) = head.split_at(at);
    let line = format!("{}\n", "A".repeat(76));
    let photo = line.repeat(octets / line.len());
    let head = "Content-Type: image/jpeg; name=\"IMG_0001.jpg\"\nContent-Transfer-Encoding: base64\n\n";
    let parts = format!("--x\n{content}\n\n{body}\n--x\n{head}{photo}\n--x--\n");
    let raw = format!("{fields}Content-Type: multipart/mixed; boundary=\"x\"\n\n{parts}").into_bytes();
    Mail { raw, ..mail.clone() }
}

/// ISO-2022-JP, each line ending in ASCII (RFC 1468).
pub fn jis(text: &str) -> Vec<u8> {
    text.lines().flat_map(|line| [ISO_2022_JP.encode(line).0.into_owned(), b"\n".to_vec()].concat()).collect()
}

/// The text as Gmail's HTML: the words in a div, the quote in a blockquote.
fn html(text: &str) -> String {
    let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let (words, quote) = escaped.split_once("\n2026年").unwrap_or((&escaped, ""));
    let lines = |text: &str| text.lines().map(|l| format!("{l}<br>\n")).collect::<String>();
    let quote = lines(quote).replace("&gt; ", "").replace("&gt;<br>", "<br>");
    if quote.is_empty() {
        return format!("<div dir=\"ltr\">{}</div>\n", lines(words));
    }
    let (wrote, rest) = quote.split_once('\n').unwrap_or((&quote, ""));
    let quoted = format!("<blockquote class=\"gmail_quote\" style=\"margin:0 0 0 .8ex\">{rest}</blockquote>");
    let attribution = format!("<div class=\"gmail_attr\">2026年{wrote}</div>");
    format!(
        "<div dir=\"ltr\">{}</div><br><div class=\"gmail_quote\">{attribution}{quoted}</div>\n",
        lines(words)
    )
}

/// An encoded-word where one is needed (RFC 2047); short enough not to be folded by anybody.
fn word(text: &str) -> String {
    if text.is_ascii() {
        return text.to_owned();
    }
    let chars: Vec<char> = text.chars().collect();
    let encoded = chars.chunks(12).map(|chunk| {
        let chunk: String = chunk.iter().collect();
        format!("=?UTF-8?B?{}?=", data_encoding::BASE64.encode(chunk.as_bytes()))
    });
    encoded.collect::<Vec<_>>().join("\n ")
}

/// Now, as a Date field has it.
pub fn date() -> String {
    let now = yorisoi::clock::now().to_jiff().to_zoned(jiff::tz::TimeZone::fixed(jiff::tz::offset(9)));
    jiff::fmt::rfc2822::to_string(&now).unwrap()
}
