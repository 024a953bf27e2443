//! What machines write in a person's name never arrives as her words.

use crate::{Draft, Vector};

const fn machine(name: &'static str, plant: fn(&mut Draft, &str)) -> Vector {
    Vector { name, plant, arrives: false, asked: false }
}

fn says(draft: &mut Draft, field: &str, body: String) {
    draft.fields.insert(0, field.to_owned());
    draft.body = body;
}

pub const VECTORS: &[Vector] = &[
    machine("a vacation notice", |d, c| {
        says(
            d,
            "Auto-Submitted: auto-replied\r\nSubject: Automatic reply",
            format!("{} {c}: 090-0000-0000", d.words),
        );
    }),
    machine("a vacation notice that says so in its words alone", |d, c| {
        says(d, "Subject: 自動応答: 不在のお知らせ", format!("{}\r\n{c}は休暇中です。", d.words));
    }),
    machine("a list", |d, c| says(d, "List-Id: <a.example>\r\nPrecedence: list", format!("{} {c}", d.words))),
    machine("a list by its archive", |d, c| {
        let field = format!("List-Archive: <https://{c}.example/>\r\nList-Owner: <mailto:{c}@example.net>");
        says(d, &field, format!("{} {c}", d.words));
    }),
    machine("a delivery report", |d, c| {
        d.content_type = "multipart/report; report-type=delivery-status; boundary=b0".to_owned();
        d.body = format!(
            "--b0\r\nContent-Type: text/plain\r\n\r\n{} <{c}@example.net> is unknown\r\n--b0\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; {c}.example\r\n\r\nFinal-Recipient: rfc822; {c}@example.net\r\nAction: failed\r\nStatus: 5.1.1\r\n--b0--",
            d.words
        );
    }),
    machine("a read receipt", |d, c| {
        d.content_type = "multipart/report; report-type=disposition-notification; boundary=b0".to_owned();
        d.body = format!(
            "--b0\r\nContent-Type: text/plain\r\n\r\n{} {c} has read it\r\n--b0\r\nContent-Type: message/disposition-notification\r\n\r\nReporting-UA: {c}\r\nFinal-Recipient: rfc822; {c}@example.net\r\nDisposition: manual-action/MDN-sent-manually; displayed\r\n--b0--",
            d.words
        );
    }),
    machine("a read receipt of a mail program by its subject", |d, c| {
        d.content_type = "multipart/report; report-type=disposition-notification; boundary=b0".to_owned();
        says(
            d,
            "Subject: Read: [12/3]",
            format!("--b0\r\nContent-Type: text/plain\r\n\r\nYour message to {c} was read.\r\n--b0--"),
        );
    }),
];
