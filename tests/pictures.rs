//! What becomes of pictures: the same pixels, and nothing else; or nothing, whatever the octets are.
#![allow(clippy::expect_used)] // whatever breaks here fails the test

mod drawn;

use drawn::{BLUE, RED, exif, file, halves, is, pixels, planted, planted_jpeg};
use image::{DynamicImage, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};
use yorisoi::clock::{Timestamp, Zone};
use yorisoi::mail::address::{Address, Mailbox};
use yorisoi::mail::compose::{Draft, Marking, compose, readdressed};
use yorisoi::mail::message_id::MessageId;
use yorisoi::mail::parse::parse;
use yorisoi::mail::picture::{MOST, Picture, TOTAL, draw, pictures};

const CANARY: &str = "kanari777zq";

fn holds(octets: &[u8], text: &str) -> bool {
    octets.windows(text.len()).any(|window| window == text.as_bytes())
}

/// The markers of a JPEG up to its pixels.
fn markers(jpeg: &[u8]) -> Vec<u8> {
    let (mut at, mut all) = (2, Vec::new());
    while jpeg[at + 1] != 0xDA {
        all.push(jpeg[at + 1]);
        at += 2 + usize::from(u16::from_be_bytes([jpeg[at + 2], jpeg[at + 3]]));
    }
    all
}

#[test]
fn nothing_of_a_picture_passes_but_its_pixels() {
    for (format, octets) in planted(CANARY) {
        assert!(holds(&octets, CANARY), "{format}");
        let picture = draw(&octets).unwrap_or_else(|| panic!("{format} is not drawn"));
        let drawn = pixels(&picture);
        assert_eq!(drawn.dimensions(), (64, 48), "{format}");
        assert!(is(&drawn, (20, 50), RED) && is(&drawn, (80, 50), BLUE), "{format}");
        assert!(!holds(picture.octets(), CANARY), "{format}");
        // JFIF, tables, and the frame: no segment that could hold a word
        let known = markers(picture.octets()).iter().all(|m| matches!(m, 0xE0 | 0xDB | 0xC0 | 0xC4));
        assert!(known, "{format}: {:x?}", markers(picture.octets()));
        assert!(picture.octets().ends_with(&[0xFF, 0xD9]), "{format}");
        let jfif = picture.octets().windows(5).position(|window| window == b"JFIF\0").expect("JFIF");
        assert_eq!(picture.octets()[jfif + 12..jfif + 14], [0, 0], "{format}: a thumbnail");
    }
}

#[test]
fn a_picture_stands_upright_as_its_exif_says() {
    // where the red half, which is on the left of the pixels, is seen
    let check = |orientation: u16, red: (u32, u32), blue: (u32, u32), wide: bool| {
        let upright = file(&halves(64, 48), ImageFormat::Jpeg);
        let turned = planted_jpeg(&upright, &exif(orientation, CANARY), CANARY);
        let drawn = pixels(&draw(&turned).expect("a picture"));
        assert_eq!(drawn.width() > drawn.height(), wide, "{orientation}");
        assert!(is(&drawn, red, RED) && is(&drawn, blue, BLUE), "{orientation}");
    };
    let (left, right, above, below) = ((15, 50), (85, 50), (50, 15), (50, 85));
    check(1, left, right, true);
    check(2, right, left, true);
    check(3, right, left, true);
    check(4, left, right, true);
    check(5, above, below, false);
    check(6, above, below, false);
    check(7, below, above, false);
    check(8, below, above, false);
}

#[test]
fn a_large_picture_is_made_smaller_and_a_small_one_is_not_made_larger() {
    let check = |from: (u32, u32), to: (u32, u32)| {
        let octets = file(&halves(from.0, from.1), ImageFormat::Png);
        let drawn = pixels(&draw(&octets).expect("a picture"));
        assert_eq!(drawn.dimensions(), to, "{from:?}");
        assert!(is(&drawn, (20, 50), RED) && is(&drawn, (80, 50), BLUE), "{from:?}");
    };
    check((1280, 960), (1280, 960));
    check((2560, 1920), (1280, 960));
    check((900, 1800), (640, 1280));
    check((4000, 10), (1280, 3));
    check((12_000, 8), (1280, 1));
    check((10, 8), (10, 8));
}

#[test]
fn what_is_transparent_is_white_whatever_is_behind_it() {
    let clear = |x| if x < 32 { Rgba([1, 2, 3, 0]) } else { Rgba([20, 30, 220, 255]) };
    let picture = DynamicImage::ImageRgba8(RgbaImage::from_fn(64, 48, |x, _| clear(x)));
    for format in [ImageFormat::Png, ImageFormat::WebP, ImageFormat::Gif] {
        let drawn = pixels(&draw(&file(&picture, format)).expect("a picture"));
        assert!(is(&drawn, (20, 50), [255, 255, 255]) && is(&drawn, (80, 50), BLUE), "{format:?}");
    }
}

#[test]
fn grey_and_deep_pictures_pass() {
    for picture in [
        DynamicImage::ImageLuma8(halves(64, 48).to_luma8()),
        DynamicImage::ImageLuma16(halves(64, 48).to_luma16()),
        DynamicImage::ImageRgba16(halves(64, 48).to_rgba16()),
    ] {
        assert!(draw(&file(&picture, ImageFormat::Png)).is_some());
    }
}

#[test]
fn of_a_moving_picture_the_first_frame_passes() {
    let mut octets = Vec::new();
    let mut encoder = image::codecs::gif::GifEncoder::new(&mut octets);
    let plain = |colour| RgbaImage::from_pixel(64, 48, Rgba(colour));
    let frames = [plain([220, 20, 30, 255]), plain([20, 30, 220, 255])].map(image::Frame::new);
    encoder.encode_frames(frames).expect("frames");
    drop(encoder);
    let drawn = pixels(&draw(&octets).expect("a picture"));
    assert!(is(&drawn, (20, 50), RED) && is(&drawn, (80, 50), RED));
}

#[test]
fn what_is_no_picture_of_a_known_kind_stays_behind() {
    let heic = [&b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"[..], &[0; 400]].concat();
    let polyglot = [&b"GIF89a/*"[..], &[b' '; 300], b"*/=1;alert(1)"].concat();
    for (name, octets) in [
        ("nothing", &b""[..]),
        ("SVG", b"<svg xmlns=\"http://www.w3.org/2000/svg\"><text>x</text></svg>"),
        ("HEIC", &heic),
        ("a script that begins as a GIF", &polyglot),
        ("PDF", b"%PDF-1.4 x"),
        ("BMP", b"BM\x1e\0\0\0\0\0\0\0\x1a\0\0\0\x0c\0\0\0\x01\0\x01\0\x01\0\x18\0\0\0\xff\0"),
        ("JPEG without pixels", b"\xff\xd8\xff\xe1\x00\x10Exif\0\0xxxxxxxx\xff\xd9"),
        ("TIFF", b"II*\0\x08\0\0\0\0\0\0\0\0\0"),
    ] {
        assert!(draw(octets).is_none(), "{name}");
    }
}

/// The header of a picture with these sides, and no pixels to speak of.
fn announced(format: ImageFormat, width: u16, height: u16) -> Vec<u8> {
    let mut octets = file(&halves(16, 16), format);
    let (w, h) = (width.to_be_bytes(), height.to_be_bytes());
    match format {
        ImageFormat::Gif => {
            octets[6..8].copy_from_slice(&width.to_le_bytes());
            octets[8..10].copy_from_slice(&height.to_le_bytes());
        }
        ImageFormat::Jpeg => {
            let frame = octets.windows(2).position(|m| m == [0xFF, 0xC0]).expect("a frame");
            octets[frame + 5..frame + 9].copy_from_slice(&[h, w].concat());
        }
        _ => unreachable!("not asked for"),
    }
    octets
}

#[test]
fn a_picture_that_would_cost_too_much_stays_behind() {
    assert!(draw(&announced(ImageFormat::Gif, 60, 60)).is_some());
    assert!(draw(&announced(ImageFormat::Gif, u16::MAX, u16::MAX)).is_none());
    assert!(draw(&announced(ImageFormat::Gif, 12_000, 12_000)).is_none());
    assert!(draw(&announced(ImageFormat::Jpeg, 12_000, 12_000)).is_none());
    // 12,000 by 2,500 pixels of one octet each are little; of three octets they are too much
    let large = |picture| file(&picture, ImageFormat::Png);
    assert!(draw(&large(DynamicImage::new_luma8(12_000, 2_500))).is_some());
    assert!(draw(&large(DynamicImage::new_rgb8(12_000, 2_500))).is_none());
    // and the profile of a PNG may take as much again, a WebP's canvas more, a GIF's screen as much
    assert!(draw(&large(DynamicImage::new_rgb8(12_000, 1_100))).is_some());
    assert!(draw(&large(DynamicImage::new_rgb8(12_000, 1_200))).is_none());
    assert!(draw(&file(&DynamicImage::new_rgb8(3_000, 2_500), ImageFormat::WebP)).is_some());
    assert!(draw(&file(&DynamicImage::new_rgb8(3_000, 2_600), ImageFormat::WebP)).is_none());
    assert!(draw(&file(&DynamicImage::new_rgb8(3_200, 3_200), ImageFormat::Gif)).is_some());
    assert!(draw(&file(&DynamicImage::new_rgb8(3_300, 3_300), ImageFormat::Gif)).is_none());
    assert!(draw(&large(DynamicImage::new_luma8(12_001, 8))).is_none());
    assert!(draw(&large(DynamicImage::new_luma8(8, 12_001))).is_none());
    let long = [file(&halves(64, 48), ImageFormat::Png), vec![0; 16 << 20]].concat();
    assert!(draw(&long).is_none());
}

/// A JPEG that is gone over so many times, and all but its header cut away.
fn gone_over(frame: u8, scans: usize, side: u16) -> Vec<u8> {
    let mut octets = announced(ImageFormat::Jpeg, side, side);
    let at = octets.windows(2).position(|m| m == [0xFF, 0xC0]).expect("a frame");
    octets[at + 1] = frame;
    let scan = octets.windows(2).position(|m| m == [0xFF, 0xDA]).expect("a scan");
    octets.truncate(scan);
    // of the first colour alone
    let one = [&[0xFF, 0xDA, 0, 8, 1, 1, 0, u8::from(frame == 0xC2), 63, 0][..], &[0; 20]].concat();
    [octets, one.repeat(scans), vec![0xFF, 0xD9]].concat()
}

#[test]
fn a_jpeg_that_is_gone_over_again_and_again_stays_behind() {
    assert!(draw(&gone_over(0xC2, 10, 300)).is_some());
    assert!(draw(&gone_over(0xC2, 16, 300)).is_some());
    assert!(draw(&gone_over(0xC2, 17, 300)).is_none());
    assert!(draw(&gone_over(0xC0, 17, 300)).is_none());
    // what is kept meanwhile counts: nine octets a pixel instead of three
    assert!(draw(&gone_over(0xC2, 1, 3_000)).is_some());
    assert!(draw(&gone_over(0xC2, 1, 3_200)).is_none());
    // what stands behind the end is another picture's, as telephones append one
    let camera = file(&halves(64, 48), ImageFormat::Jpeg);
    assert!(draw(&[camera, gone_over(0xC2, 17, 300)].concat()).is_some());
}

#[test]
fn a_damaged_picture_never_does_harm() {
    let mut drawn = 0;
    for (_, octets) in planted(CANARY) {
        for end in 0..octets.len() {
            drawn += usize::from(draw(&octets[..end]).is_some());
            let mut damaged = octets.clone();
            damaged[end] ^= 0x55;
            drawn += usize::from(draw(&damaged).is_some_and(|picture| !holds(picture.octets(), CANARY)));
        }
    }
    assert!(drawn > 100, "{drawn}");
}

/// A mail with these files, in base64.
fn mail(files: &[(&str, &[u8])]) -> Vec<u8> {
    let parts: String = files
        .iter()
        .map(|(media_type, octets)| {
            let content = data_encoding::BASE64_MIME.encode(octets);
            format!(
                "--b0\r\nContent-Type: {media_type}\r\nContent-Transfer-Encoding: base64\r\n\r\n{content}\r\n"
            )
        })
        .collect();
    format!("From: haru@example.jp\r\nContent-Type: multipart/mixed; boundary=b0\r\n\r\n--b0\r\n\r\nhello\r\n{parts}--b0--\r\n")
        .into_bytes()
}

/// Which of the files pass.
fn pass(files: &[(&str, &[u8])]) -> Vec<bool> {
    let raw = mail(files);
    pictures(&raw, &parse(&raw)).iter().map(Option::is_some).collect()
}

#[test]
fn of_a_mail_the_first_pictures_pass_and_what_they_are_their_octets_say() {
    let png = file(&halves(16, 16), ImageFormat::Png);
    let check = |files: &[(&str, &[u8])], expected: &[bool]| assert_eq!(pass(files), expected);
    check(&[], &[]);
    check(&[("image/png", &png)], &[true]);
    check(&[("application/octet-stream", &png), ("image/heic", &png)], &[true, true]);
    check(
        &[("image/png", b"BEGIN:VCARD"), ("application/pdf", b"%PDF"), ("image/gif", &png)],
        &[false, false, true],
    );
    let six = vec![("image/png", png.as_slice()); 6];
    check(&six, &[true, true, true, true, false, false]);
    assert_eq!(MOST, 4);
    // what begins as a picture and is none is tried, but not for ever
    let broken = &png[..40];
    let many = [vec![("image/png", broken); 7], vec![("image/png", &png); 2]].concat();
    check(&many, &[false, false, false, false, false, false, false, true, false]);
}

#[test]
fn the_pictures_of_a_mail_are_bounded_together() {
    let mut state = 7_u32;
    let noise = RgbImage::from_fn(1280, 960, |_, _| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let [_, red, green, blue] = state.to_be_bytes();
        Rgb([red, green, blue])
    });
    let noise = file(&noise.into(), ImageFormat::Png);
    let one = draw(&noise).expect("a picture").octets().len();
    assert!(one < TOTAL && 2 * one > TOTAL, "{one}");
    let small = file(&halves(16, 16), ImageFormat::Png);
    let files = [("image/png", noise.as_slice()), ("image/png", &noise), ("image/png", &small)];
    assert_eq!(pass(&files), [true, false, true]);
}

/// A mail of ours.
fn composed(body: &str, pictures: &[Picture]) -> Vec<u8> {
    let address = |text| Address::parse(text).expect("an address");
    let id = MessageId::parse("y1.abc@example.jp").expect("an id");
    let draft = Draft {
        from: Mailbox { name: Some("はる".to_owned()), address: address("care@example.jp") },
        to: address("ai@example.org"),
        reply_to: None,
        subject: "写真",
        message_id: &id,
        in_reply_to: None,
        references: &[],
        date: Timestamp::from_millis(1_795_348_800_000),
        zone: &Zone::UTC,
        body,
        pictures,
        marking: Marking::PersonsWords,
    };
    let bytes = compose(&draft).expect("a mail");
    assert_eq!(bytes, compose(&draft).expect("a mail"), "the same draft gives the same octets");
    bytes
}

#[test]
fn a_mail_with_pictures_reads_back_and_is_the_same_each_time() {
    let picture = |format| draw(&file(&halves(64, 48), format)).expect("a picture");
    let sent = [picture(ImageFormat::Png), picture(ImageFormat::Gif)];
    for body in ["空です。\n", "", "--b0\n--b0--\nhello\n", "a line\n\n\n.\n"] {
        let bytes = composed(body, &sent);
        assert!(bytes.is_ascii() && bytes.ends_with(b"--\r\n"));
        assert!(
            bytes
                .split(|b| *b == b'\n')
                .all(|line| line.len() <= 998 && (line.is_empty() || line.ends_with(b"\r")))
        );
        let message = parse(&bytes);
        assert_eq!(message.text.trim_end(), body.trim_end());
        let names: Vec<&str> = message.attachments.iter().map(|a| a.name.as_str()).collect();
        assert_eq!(names, ["photo-1.jpg", "photo-2.jpg"]);
        assert!(message.attachments.iter().all(|a| a.media_type == "image/jpeg"));
        let mut back = Vec::new();
        yorisoi::mail::parse::each_attachment(&bytes, &message, |octets| back.push(octets.to_vec()));
        assert_eq!(back, [sent[0].octets(), sent[1].octets()]);
        let other = readdressed(&bytes, &Address::parse("ai@example.com").expect("an address"));
        assert_eq!(parse(&other).to_and_cc[0].wire(), "ai@example.com");
        assert_eq!(parse(&other).attachments, message.attachments);
    }
}

#[test]
fn a_mail_that_knows_its_own_boundary_cannot_be_written() {
    let sent = [draw(&file(&halves(64, 48), ImageFormat::Png)).expect("a picture")];
    let before = String::from_utf8(composed("hello", &sent)).expect("ASCII");
    let boundary = before.split("boundary=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("one");
    let body = format!("hello\n--{boundary}\nContent-Type: text/html\n\n<p>\n--{boundary}--\n");
    let message = parse(&composed(&body, &sent));
    assert_eq!(message.text.trim_end(), body.trim_end());
    assert_eq!(message.attachments.len(), 1);
}
