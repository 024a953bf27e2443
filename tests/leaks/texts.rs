//! What mail programs put into the text, or hide in it.

use crate::{Draft, Vector, vector};

/// An HTML mail without a plain version.
fn html(draft: &mut Draft, body: String) {
    draft.content_type = "text/html; charset=utf-8".to_owned();
    draft.body = body;
}

/// The words, and lines below them.
fn below(draft: &mut Draft, lines: &str) {
    draft.body = format!("{}\r\n\r\n{lines}", draft.words);
}

/// A mail that answers one of other people.
fn below_reply(draft: &mut Draft, lines: &str) {
    if !draft.fields.iter().any(|field| field.starts_with("In-Reply-To")) {
        draft.fields.push("In-Reply-To: <other@example.net>".to_owned());
    }
    below(draft, lines);
}

/// What stands among her words, and is hers to show.
const fn asked(name: &'static str, plant: fn(&mut Draft, &str)) -> Vector {
    Vector { name, plant, arrives: true, asked: true }
}

pub const VECTORS: &[Vector] = &[
    vector("an attribution and a quote", |d, c| {
        below_reply(
            d,
            &format!(
                "On Thu, Dec 3, 2026 at 9:00 PM {c} <{c}@example.net> wrote:\r\n\r\n> {c}\r\n> 090-0000-0000"
            ),
        );
    }),
    vector("an attribution in Japanese", |d, c| {
        below_reply(
            d,
            &format!("2026年12月3日(木) 21:00 {c} <{c}@example.net>:\r\n\r\n> こんにちは、{c}です。"),
        );
    }),
    vector("a header block of Outlook", |d, c| {
        below_reply(
            d,
            &format!(
                "________________________________\r\nFrom: {c} <{c}@example.net>\r\nSent: Thursday, December 3, 2026 9:00 PM\r\nTo: {c} <{c}@example.org>\r\nSubject: Re: {c}\r\n\r\n{c}"
            ),
        );
    }),
    vector("a header block in Japanese", |d, c| {
        below_reply(
            d,
            &format!(
                "-----Original Message-----\r\n差出人: {c} <{c}@example.net>\r\n送信日時: 2026年12月3日木曜日 21:00\r\n宛先: {c} <{c}@example.org>\r\n件名: Re: {c}\r\n\r\n{c}"
            ),
        );
    }),
    vector("a signature", |d, c| below(d, &format!("-- \r\n{c}\r\n{c}@example.net"))),
    vector("a hidden element", |d, c| {
        html(d, format!("<p>{}</p><div style=\"display:none\">{c}</div><p hidden>{c}</p>", d.words));
    }),
    vector("comments", |d, c| html(d, format!("<p>{}</p><!-- {c} --><!--[if mso]>{c}<![endif]-->", d.words))),
    vector("head, style and script", |d, c| {
        html(
            d,
            format!(
                "<html><head><title>{c}</title><meta name=author content={c}><style>/*{c}*/</style></head><body><p>{}</p><script>'{c}'</script></body></html>",
                d.words
            ),
        );
    }),
    vector("attributes", |d, c| {
        html(
            d,
            format!(
                "<p title=\"{c}\" id=\"{c}\" class=\"{c}\" data-owner=\"{c}\">{}</p><a name=\"{c}\"></a>",
                d.words
            ),
        );
    }),
    vector("where a link leads", |d, c| {
        html(
            d,
            format!("<p>{}</p><p><a href=\"mailto:{c}@example.net?subject={c}\">&#8203;</a></p>", d.words),
        );
    }),
    vector("a picture's other text", |d, c| {
        html(d, format!("<p>{}</p><img src=\"cid:{c}\" longdesc=\"{c}\" title=\"{c}\">", d.words));
    }),
    vector("forms and their values", |d, c| {
        html(
            d,
            format!(
                "<p>{}</p><form action=\"https://{c}.example/\"><input type=hidden value=\"{c}\"></form>",
                d.words
            ),
        );
    }),
    vector("a quote in HTML", |d, c| {
        let quote = format!(
            "<div class=\"gmail_quote\"><div class=\"gmail_attr\">On Thu, {c} &lt;<a href=\"mailto:{c}@example.net\">{c}@example.net</a>&gt; wrote:<br></div><blockquote class=\"gmail_quote\">{c}</blockquote></div>"
        );
        if !d.fields.iter().any(|field| field.starts_with("In-Reply-To")) {
            d.fields.push("In-Reply-To: <other@example.net>".to_owned());
        }
        html(d, format!("<div>{}</div><br>{quote}", d.words));
    }),
    vector("a signature in HTML", |d, c| {
        html(
            d,
            format!(
                "<div>{}</div><div>-- <br></div><div class=\"gmail_signature\" data-smartmail=\"gmail_signature\">{c}</div>",
                d.words
            ),
        );
    }),
    vector("a signature of Gmail as it is now", |d, c| {
        html(
            d,
            format!(
                "<div>{}</div><span class=\"gmail_signature_prefix\">-- </span><br><div class=\"gmail_signature\">{c}</div>",
                d.words
            ),
        );
    }),
    vector("a signature of Thunderbird", |d, c| {
        html(d, format!("<p>{}</p><pre class=\"moz-signature\">-- \n{c}</pre>", d.words));
    }),
    asked("a slogan that names a telephone's owner", |d, c| below(d, &format!("Sent from {c}'s iPhone"))),
    asked("an address that is not registered", |d, c| below(d, &format!("{c}@example.net"))),
    asked("an address in disguise", |d, c| {
        below(d, &format!("ｍａｉｌ：{c} アットマーク example ドット net"))
    }),
    asked("a telephone number and an account", |d, c| below(d, &format!("ＬＩＮＥのＩＤは {c} です"))),
    asked("a page of her own", |d, c| below(d, &format!("https://www.instagram.com/{c}/"))),
    asked("her name as From has it", |d, c| {
        d.from = format!("{c} example <{}>", d.address);
        below(d, &format!("{c} EXAMPLE"));
    }),
    vector("size nought, white on white", |d, c| {
        html(
            d,
            format!(
                "<p>{}</p><span style=\"font-size:0;max-height:0;overflow:hidden;mso-hide:all\">{c}</span>",
                d.words
            ),
        );
    }),
];
