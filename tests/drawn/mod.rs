//! Pictures that a test draws itself, in every format that passes, with words planted wherever a format has room for
//! them beside its pixels.
#![allow(dead_code, clippy::expect_used)] // each test wants others of these; whatever breaks here fails it

use std::io::Cursor;

use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use yorisoi::mail::picture::Picture;

pub const RED: [u8; 3] = [220, 20, 30];
pub const BLUE: [u8; 3] = [20, 30, 220];

/// Its left half red, its right half blue.
pub fn halves(width: u32, height: u32) -> DynamicImage {
    let side = |x| if x < width / 2 { Rgb(RED) } else { Rgb(BLUE) };
    DynamicImage::ImageRgb8(RgbImage::from_fn(width, height, |x, _| side(x)))
}

/// As a file.
pub fn file(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut octets = Cursor::new(Vec::new());
    let picture = if format == ImageFormat::Gif { picture.to_rgba8().into() } else { picture.clone() };
    picture.write_to(&mut octets, format).expect("a file");
    octets.into_inner()
}

/// The halves in each format, with the canary in every place beside the pixels.
pub fn planted(canary: &str) -> Vec<(&'static str, Vec<u8>)> {
    let small = |format| file(&halves(64, 48), format);
    vec![
        ("jpeg", planted_jpeg(&small(ImageFormat::Jpeg), &exif(1, canary), canary)),
        ("png", planted_png(&small(ImageFormat::Png), canary)),
        ("gif", planted_gif(&small(ImageFormat::Gif), canary)),
        ("webp", planted_webp(&small(ImageFormat::WebP), (64, 48), canary)),
    ]
}

/// Exif (CIPA DC-008): who, where, with what, and a thumbnail.
pub fn exif(orientation: u16, canary: &str) -> Vec<u8> {
    let text = format!("{canary}\0").into_bytes();
    // eight octets of header, five fields, two in the place's directory, two in the thumbnail's
    let (first, place, small) = (8_u32, 8 + 2 + 5 * 12 + 4, 8 + 2 + 5 * 12 + 4 + 2 + 2 * 12 + 4);
    let data = small + 2 + 2 * 12 + 4;
    let length = u32::try_from(text.len()).expect("a length");
    let field = |tag: u16, kind: u16, count: u32, value: u32| {
        [&tag.to_le_bytes()[..], &kind.to_le_bytes(), &count.to_le_bytes(), &value.to_le_bytes()].concat()
    };
    let directory = |fields: &[Vec<u8>], next: u32| {
        let count = u16::try_from(fields.len()).expect("a few");
        [&count.to_le_bytes()[..], &fields.concat(), &next.to_le_bytes()].concat()
    };
    [
        b"II*\0".to_vec(),
        first.to_le_bytes().to_vec(),
        directory(
            &[
                field(0x010E, 2, length, data),
                field(0x010F, 2, length, data),
                field(0x0112, 3, 1, u32::from(orientation)),
                field(0x013B, 2, length, data),
                field(0x8825, 4, 1, place),
            ],
            small,
        ),
        directory(&[field(0x001B, 7, length, data), field(0x001D, 2, length, data)], 0),
        directory(&[field(0x0201, 4, 1, data), field(0x0202, 4, 1, length)], 0),
        text,
    ]
    .concat()
}

/// With Exif, XMP, a profile, IPTC, a comment, and octets behind its end.
pub fn planted_jpeg(jpeg: &[u8], exif: &[u8], canary: &str) -> Vec<u8> {
    let segment = |kind: u8, octets: &[u8]| {
        let length = u16::try_from(octets.len() + 2).expect("a short one");
        [&[0xFF, kind][..], &length.to_be_bytes(), octets].concat()
    };
    let xmp =
        format!("http://ns.adobe.com/xap/1.0/\0<x:xmpmeta><dc:creator>{canary}</dc:creator></x:xmpmeta>");
    let planted = [
        segment(0xE1, &[b"Exif\0\0", exif].concat()),
        segment(0xE1, xmp.as_bytes()),
        segment(0xE2, &[&b"ICC_PROFILE\0\x01\x01"[..], canary.as_bytes()].concat()),
        segment(0xED, format!("Photoshop 3.0\x008BIM\x04\x04\0\0{canary}").as_bytes()),
        segment(0xEE, format!("{canary}{canary}").as_bytes()),
        segment(0xFE, canary.as_bytes()),
    ];
    [&jpeg[..2], &planted.concat(), &jpeg[2..], canary.as_bytes()].concat()
}

/// With texts, Exif, a profile, a time, and octets behind its end.
fn planted_png(png: &[u8], canary: &str) -> Vec<u8> {
    let chunk = |kind: &[u8; 4], octets: &[u8]| {
        let named = [&kind[..], octets].concat();
        let length = u32::try_from(octets.len()).expect("a short one");
        [&length.to_be_bytes()[..], &named, &crc(&named).to_be_bytes()].concat()
    };
    let planted = [
        chunk(b"tEXt", format!("Author\0{canary}").as_bytes()),
        chunk(b"iTXt", format!("XML:com.adobe.xmp\0\0\0\0\0{canary}").as_bytes()),
        chunk(b"eXIf", &exif(1, canary)),
        chunk(b"prVt", canary.as_bytes()),
    ];
    // the signature, and IHDR
    [&png[..33], &planted.concat(), &png[33..], canary.as_bytes()].concat()
}

/// With a comment, an application's own block, and octets behind its end.
fn planted_gif(gif: &[u8], canary: &str) -> Vec<u8> {
    let length = u8::try_from(canary.len()).expect("a short one");
    let block = [&[length][..], canary.as_bytes(), &[0]].concat();
    let planted = [&b"\x21\xFE"[..], &block, b"\x21\xFF\x0BXMP DataXMP", &block].concat();
    let colours = if gif[10] & 0x80 == 0 { 0 } else { 3 << ((gif[10] & 7) + 1) };
    let at = 13 + usize::try_from(colours).expect("a table");
    [&gif[..at], &planted, &gif[at..], canary.as_bytes()].concat()
}

/// In the extended form: with a profile, Exif and XMP, and octets behind its end.
fn planted_webp(webp: &[u8], (width, height): (u32, u32), canary: &str) -> Vec<u8> {
    let chunk = |kind: &[u8; 4], octets: &[u8]| {
        let length = u32::try_from(octets.len()).expect("a short one");
        let pad = vec![0; octets.len() % 2];
        [&kind[..], &length.to_le_bytes(), octets, &pad].concat()
    };
    let side = |pixels: u32| (pixels - 1).to_le_bytes()[..3].to_vec();
    let extended = [&[0x20 | 0x08 | 0x04, 0, 0, 0][..], &side(width), &side(height)].concat();
    let content = [
        b"WEBP".to_vec(),
        chunk(b"VP8X", &extended),
        chunk(b"ICCP", canary.as_bytes()),
        webp[12..].to_vec(),
        chunk(b"EXIF", &exif(1, canary)),
        chunk(b"XMP ", canary.as_bytes()),
    ]
    .concat();
    [chunk(b"RIFF", &content), canary.as_bytes().to_vec()].concat()
}

/// ISO 3309, as PNG wants it.
fn crc(octets: &[u8]) -> u32 {
    let step = |crc: u32, octet: &u8| {
        (0..8).fold(crc ^ u32::from(*octet), |crc, _| (crc >> 1) ^ if crc & 1 == 1 { 0xEDB8_8320 } else { 0 })
    };
    !octets.iter().fold(u32::MAX, step)
}

/// The pixels of what passed.
pub fn pixels(picture: &Picture) -> RgbImage {
    image::load_from_memory_with_format(picture.octets(), ImageFormat::Jpeg).expect("a JPEG").to_rgb8()
}

/// Whether a pixel at some hundredths of the way has about this colour.
pub fn is(picture: &RgbImage, (right, down): (u32, u32), colour: [u8; 3]) -> bool {
    let pixel = picture.get_pixel(picture.width() * right / 100, picture.height() * down / 100).0;
    pixel.iter().zip(colour).all(|(is, was)| is.abs_diff(was) < 25)
}
