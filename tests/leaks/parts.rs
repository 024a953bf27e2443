//! Parts beside the text: other versions of it, files, signatures, whole mails.

use crate::{Draft, Vector, base64, vector};

/// The words, and another part.
fn with(draft: &mut Draft, kind: &str, header: &str, body: &str) {
    draft.content_type = format!("multipart/{kind}; boundary=\"b0\"");
    draft.body = format!(
        "--b0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{}\r\n--b0\r\n{header}\r\n\r\n{body}\r\n--b0--",
        draft.words
    );
}

/// The same with a file in base64.
fn file(draft: &mut Draft, media_type: &str, name: &str, octets: &[u8]) {
    let header = format!(
        "Content-Type: {media_type}; name=\"{name}\"\r\nContent-Disposition: attachment; filename=\"{name}\"\r\nContent-Transfer-Encoding: base64"
    );
    with(draft, "mixed", &header, &base64(octets));
}

pub const VECTORS: &[Vector] = &[
    vector("an HTML version with more in it", |d, c| {
        let html = format!("<html><body><p>{}</p><p>{c} &lt;{c}@example.net&gt;</p></body></html>", d.words);
        with(d, "alternative", "Content-Type: text/html; charset=utf-8", &html);
    }),
    vector("an HTML version with a picture from afar", |d, c| {
        let html = format!("{}<img src=\"https://{c}.example/p.gif?u={c}\" alt=\"{c}\">", d.words);
        with(d, "alternative", "Content-Type: text/html; charset=utf-8", &html);
    }),
    vector("an enriched version", |d, c| {
        let text = format!("<bold>{}</bold> {c}", d.words);
        with(d, "alternative", "Content-Type: text/enriched; charset=utf-8", &text);
    }),
    vector("a version for watches", |d, c| {
        let html = format!("<p>{} {c}</p>", d.words);
        with(d, "alternative", "Content-Type: text/x-amp-html; charset=utf-8", &html);
    }),
    vector("a calendar version", |d, c| {
        let event = format!(
            "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nORGANIZER;CN={c}:mailto:{c}@example.net\r\nLOCATION:{c}\r\nEND:VEVENT\r\nEND:VCALENDAR"
        );
        with(d, "alternative", "Content-Type: text/calendar; method=REQUEST; charset=utf-8", &event);
    }),
    vector("a calendar file", |d, c| {
        let event = format!("BEGIN:VCALENDAR\r\nATTENDEE:mailto:{c}@example.net\r\nEND:VCALENDAR");
        file(d, "text/calendar", "invite.ics", event.as_bytes());
    }),
    vector("a vCard", |d, c| {
        let card =
            format!("BEGIN:VCARD\r\nFN:{c}\r\nTEL:090-0000-0000\r\nEMAIL:{c}@example.net\r\nEND:VCARD");
        file(d, "text/vcard", "me.vcf", card.as_bytes());
    }),
    vector("a mail within", |d, c| {
        let inner = format!("From: {c} <{c}@example.net>\r\nTo: <x@example.net>\r\nSubject: {c}\r\n\r\n{c}");
        with(d, "mixed", "Content-Type: message/rfc822", &inner);
    }),
    vector("a mail within a mail within a digest", |d, c| {
        let inner = format!("--i\r\n\r\nFrom: {c}@example.net\r\nSubject: a\r\n\r\n{c}\r\n--i--");
        with(d, "mixed", "Content-Type: multipart/digest; boundary=i", &inner);
    }),
    vector("an .eml file", |d, c| {
        file(d, "application/octet-stream", "a.eml", format!("From: {c}@example.net\r\n\r\n{c}").as_bytes())
    }),
    vector("an S/MIME signature", |d, c| {
        let header = "Content-Type: application/pkcs7-signature; name=\"smime.p7s\"\r\nContent-Transfer-Encoding: base64";
        with(
            d,
            "signed; protocol=\"application/pkcs7-signature\"; micalg=sha-256",
            header,
            &base64(format!("CN={c},E={c}@example.net").as_bytes()),
        );
    }),
    vector("a PGP signature", |d, c| {
        let armour = format!(
            "-----BEGIN PGP SIGNATURE-----\r\nComment: {c}\r\n\r\n{}\r\n-----END PGP SIGNATURE-----",
            base64(c.as_bytes())
        );
        with(
            d,
            "signed; protocol=\"application/pgp-signature\"; micalg=pgp-sha256",
            "Content-Type: application/pgp-signature; name=\"signature.asc\"",
            &armour,
        );
    }),
    vector("a PGP key", |d, c| {
        file(d, "application/pgp-keys", "key.asc", format!("{c} <{c}@example.net>").as_bytes())
    }),
    vector("the name of a file", |d, c| file(d, "image/png", &format!("{c}.png"), b"\x89PNG")),
    vector("the name of a file, RFC 2231", |d, c| {
        let header = format!(
            "Content-Type: image/png\r\nContent-Disposition: attachment; filename*=UTF-8''{c}%E3%81%82.png"
        );
        with(d, "mixed", &header, "x");
    }),
    vector("the name of a file, RFC 2047", |d, c| {
        file(d, "image/png", &format!("=?UTF-8?B?{}?=", base64(c.as_bytes())), b"\x89PNG");
    }),
    vector("a photograph that knows where", |d, c| {
        let exif = [b"\xff\xd8\xff\xe1\x00\x40Exif\0\0GPSLatitude ", c.as_bytes(), b"\xff\xd9"].concat();
        file(d, "image/jpeg", "IMG_0001.JPG", &exif);
    }),
    vector("a picture within the text", |d, c| {
        let header = format!(
            "Content-Type: image/gif\r\nContent-ID: <{c}@example.net>\r\nContent-Location: https://{c}.example/a.gif\r\nContent-Disposition: inline"
        );
        with(d, "related", &header, "GIF89a");
    }),
    vector("a PDF", |d, c| {
        file(d, "application/pdf", "a.pdf", format!("%PDF-1.4 /Author ({c}) /Creator ({c})").as_bytes())
    }),
    vector("an Office document", |d, c| {
        file(
            d,
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            "a.docx",
            format!("PK\x03\x04<dc:creator>{c}</dc:creator>").as_bytes(),
        );
    }),
    vector("an archive", |d, c| {
        file(d, "application/zip", "a.zip", format!("PK\x03\x04{c}.txt{c}").as_bytes())
    }),
    vector("Outlook's own format", |d, c| {
        file(d, "application/ms-tnef", "winmail.dat", format!("x>\"{c}").as_bytes())
    }),
    vector("rich text", |d, c| {
        file(d, "text/rtf", "a.rtf", format!("{{\\rtf1{{\\author {c}}} {c}}}").as_bytes())
    }),
    vector("an HTML file", |d, c| file(d, "text/html", "a.html", format!("<p>{c}</p>").as_bytes())),
    vector("a text file", |d, c| {
        file(d, "text/plain", &format!("{c}.txt"), format!("{c}\r\n{c}@example.net").as_bytes())
    }),
    vector("a file that is elsewhere", |d, c| {
        let header = format!(
            "Content-Type: message/external-body; access-type=URL; URL=\"https://{c}.example/\"; name={c}"
        );
        with(d, "mixed", &header, "Content-Type: image/png");
    }),
    vector("a contact of a Mac", |d, c| {
        with(d, "appledouble", &format!("Content-Type: application/applefile; name=\"{c}\""), c);
    }),
    vector("a voice", |d, c| file(d, "audio/amr", &format!("{c}.amr"), c.as_bytes())),
    vector("around the parts", |d, c| {
        with(d, "mixed", "Content-Type: image/png", "x");
        d.body = format!("{c} before\r\n{}\r\n{c} behind", d.body);
    }),
    vector("the boundary", |d, c| {
        with(d, "mixed", "Content-Type: image/png", "x");
        d.content_type = d.content_type.replace("b0", c);
        d.body = d.body.replace("--b0", &format!("--{c}"));
    }),
    vector("parameters of the text", |d, c| {
        d.content_type = format!("text/plain; charset=utf-8; name=\"{c}.txt\"; x-owner={c}")
    }),
    vector("an unknown charset", |d, c| d.content_type = format!("text/plain; charset={c}")),
    vector("fields of a part", |d, c| {
        d.content_type = "multipart/mixed; boundary=b0".to_owned();
        d.body = format!(
            "--b0\r\nContent-Type: text/plain; charset=utf-8; name={c}\r\nContent-Description: {c}\r\nX-Owner: {c}\r\nContent-ID: <{c}>\r\n\r\n{}\r\n--b0--",
            d.words
        );
    }),
];
