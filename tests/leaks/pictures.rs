//! Where pictures pass, their pixels do: nothing else of their files, of their parts, or of what comes with them.

use image::ImageFormat;
use yorisoi::mail::parse::parse;

use crate::drawn::{BLUE, RED, file, halves, is, planted};
use crate::house::{Direction, House};
use crate::{Draft, base64, mail};

const CANARY: &str = "kanari555zq";

/// A part: its fields, and its octets.
type Part = (String, Vec<u8>);

/// A picture under every name and field that a mail program may give it.
fn picture(media_type: &str, octets: Vec<u8>) -> Part {
    let c = CANARY;
    let fields = format!(
        "Content-Type: {media_type}; name=\"{c}.jpg\"\r\nContent-Disposition: inline; filename=\"{c}.jpg\"\r\n\
         Content-ID: <{c}@phone.example>\r\nContent-Description: {c}\r\nContent-Location: https://{c}.example/a.jpg\r\n\
         X-Attachment-Id: {c}"
    );
    (fields, octets)
}

/// What never passes.
fn others() -> Vec<Part> {
    let c = CANARY;
    let part =
        |media_type: &str, octets: String| (format!("Content-Type: {media_type}"), octets.into_bytes());
    vec![
        part(
            "text/vcard; name=me.vcf",
            format!("BEGIN:VCARD\r\nFN:{c}\r\nPHOTO;ENCODING=b:{c}\r\nEND:VCARD"),
        ),
        part("text/calendar; method=REQUEST", format!("BEGIN:VCALENDAR\r\nORGANIZER:{c}\r\nEND:VCALENDAR")),
        part("message/rfc822", format!("From: {c}@example.net\r\nSubject: {c}\r\n\r\n{c}")),
        part("application/pkcs7-signature; name=smime.p7s", format!("CN={c}")),
        part("application/pdf; name=a.pdf", format!("%PDF-1.4 /Author ({c})")),
        part("application/zip; name=a.zip", format!("PK\x03\x04{c}.jpg{c}")),
        part("image/svg+xml", format!("<svg xmlns=\"http://www.w3.org/2000/svg\"><text>{c}</text></svg>")),
        part("image/jpeg", format!("\u{fffd}Exif{c}")),
        part("image/heic", format!("\0\0\0\x18ftypheic\0\0\0\0mif1heic{c}")),
    ]
}

fn enclose(draft: &mut Draft, parts: &[Part]) {
    draft.content_type = "multipart/mixed; boundary=b0".to_owned();
    let parts = parts.iter().map(|(fields, octets)| {
        format!("--b0\r\n{fields}\r\nContent-Transfer-Encoding: base64\r\n\r\n{}\r\n", base64(octets))
    });
    let parts: String = parts.collect();
    draft.body =
        format!("--b0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{}\r\n{parts}--b0--", draft.words);
}

/// One picture of these parts arrives, with the words, and nothing that was planted.
fn check(what: &str, direction: Direction, parts: &[Part]) {
    let mut house = House::new(direction, true);
    let raw = mail(|draft| enclose(draft, parts), direction, &house);
    house.receive(&raw);
    let told = format!("{what} ({direction:?}, {})", house.reason());
    let readings = house.readings();
    assert!(readings.iter().flatten().any(|said| said.contains(direction.words())), "{told}: no words");
    let leaks = readings.iter().flatten().any(|said| said.to_lowercase().contains(CANARY));
    assert!(!leaks, "{told} leaks");
    let pictures = house.pictures();
    assert_eq!(pictures.len(), 1, "{told}");
    assert!(!pictures[0].windows(CANARY.len()).any(|octets| octets == CANARY.as_bytes()), "{told} leaks");
    let drawn =
        image::load_from_memory_with_format(&pictures[0], ImageFormat::Jpeg).expect("a JPEG").to_rgb8();
    assert!(is(&drawn, (20, 50), RED) && is(&drawn, (80, 50), BLUE), "{told}: another picture");
}

#[test]
fn a_picture_arrives_and_nothing_of_its_file_or_its_part_but_the_pixels() {
    for direction in Direction::BOTH {
        for (format, octets) in planted(CANARY) {
            check(format, direction, &[picture(&format!("image/{format}"), octets.clone())]);
            check(format, direction, &[picture("application/octet-stream", octets)]);
        }
    }
}

#[test]
fn whatever_comes_beside_a_picture_stays_behind() {
    let (_, jpeg) = planted(CANARY).swap_remove(0);
    let good = || picture("image/jpeg", jpeg.clone());
    for direction in Direction::BOTH {
        for other in others() {
            let what = other.0.clone();
            check(&what, direction, &[good(), other.clone()]);
            check(&what, direction, &[other, good()]);
        }
        check("all of them", direction, &[others(), vec![good()], others()].concat());
    }
}

#[test]
fn a_picture_of_ours_that_comes_back_in_a_reply_does_not_go_round() {
    // a mail program that names what it answers, and one that only knows the address
    for names_it in [true, false] {
        let mut house = House::new(Direction::Letter, true);
        let hers = [picture("image/png", file(&halves(64, 48), ImageFormat::Png))];
        house.receive(&mail(|draft| enclose(draft, &hers), Direction::Letter, &house));
        let alert = parse(&house.outgoing(Direction::Answer.writer())[0]);
        let ours = house.pictures().remove(0);
        house.to = alert.reply_to[0].wire();
        if names_it {
            house.answers = alert.message_id.expect("an id").as_str().to_owned();
        }
        let beside = file(&halves(80, 40), ImageFormat::Png);
        let parts = [picture("image/jpeg", ours.clone()), picture("image/png", beside)];
        house.receive(&mail(|draft| enclose(draft, &parts), Direction::Answer, &house));
        let passed = house.pictures_to(Direction::Letter.writer());
        assert_eq!(passed.len(), 1, "{names_it}: {}", house.reason());
        let passed = image::load_from_memory_with_format(&passed[0], ImageFormat::Jpeg).expect("a JPEG");
        assert_eq!((passed.width(), passed.height()), (80, 40), "{names_it}");
    }
}

#[test]
fn nor_does_it_when_the_letter_that_it_came_back_in_is_alerted_again() {
    let mut house = House::new(Direction::Answer, true);
    let hers = [picture("image/png", file(&halves(64, 48), ImageFormat::Png))];
    house.receive(&mail(|draft| enclose(draft, &hers), Direction::Answer, &house));
    let words = parse(&house.outgoing(Direction::Letter.writer())[0]);
    let ours = house.pictures().remove(0);
    (house.to, house.answers) = (words.reply_to[0].wire(), String::new());
    let parts = [picture("image/jpeg", ours), picture("image/png", file(&halves(80, 40), ImageFormat::Png))];
    house.receive(&mail(|draft| enclose(draft, &parts), Direction::Letter, &house));
    assert_eq!(house.pictures_to(Direction::Answer.writer()).len(), 1);
    house.revoke("あい");
    let again = house.pictures_to(Direction::Answer.writer());
    assert_eq!(again.len(), 2, "the letter's own picture, once more");
    for picture in again {
        let picture = image::load_from_memory_with_format(&picture, ImageFormat::Jpeg).expect("a JPEG");
        assert_eq!((picture.width(), picture.height()), (80, 40));
    }
}

#[test]
fn no_picture_passes_where_the_operator_has_not_let_it() {
    for direction in Direction::BOTH {
        let mut house = House::new(direction, false);
        let parts = [picture("image/png", file(&halves(64, 48), ImageFormat::Png))];
        house.receive(&mail(|draft| enclose(draft, &parts), direction, &house));
        assert!(house.readings().iter().flatten().any(|said| said.contains(direction.words())));
        assert_eq!(house.pictures(), Vec::<Vec<u8>>::new());
    }
}
