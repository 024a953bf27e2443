//! A picture that came with a mail → the same picture drawn anew: a JPEG built of nothing but pixels.
//!
//! It is decoded, made smaller, turned upright, laid on white and encoded. No field, comment, profile, thumbnail, further
//! frame or octet behind its end is looked at, and none can pass. What it is its octets say, whatever the mail calls it.
//! What cannot be decoded, or would cost more than the limits below, is no picture here; that is never an error.
//!
//! Callers draw one at a time: the limits are for the memory and the time of one (docs/bounds.md).

use std::fmt;
use std::io::Cursor;
use std::panic::catch_unwind;

use image::codecs::jpeg::JpegEncoder;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits, Rgb, RgbImage};

use super::message::Message;
use super::parse::each_attachment;

/// Most pictures of one mail that pass.
pub const MOST: usize = 4;
/// Most octets of them all, drawn anew; one that no longer fits stays behind.
pub const TOTAL: usize = 2 << 20;
/// Most octets of one as it came.
const OCTETS: usize = 16 << 20;
/// Most attachments of one mail that are tried.
const TRIED: usize = 2 * MOST;
/// Longest side of one as it came, in pixels.
const SIDE: u32 = 12_000;
/// Most octets that decoding may take; 24 million pixels of a telephone's photograph need 70 MiB.
const MEMORY: u64 = 80 << 20;
/// What decoding takes for each pixel, beside the picture itself: the coefficients of a JPEG of several scans, the frame
/// and the canvas of a WebP, the screen of a GIF.
const COEFFICIENTS: u64 = 6;
const CANVAS: u64 = 8;
const SCREEN: u64 = 4;
/// Most scans of a JPEG; cameras make one, programs about ten. Each may cost as much time as the picture.
const SCANS: u64 = 16;
/// Longest side of one that passes.
const LONGEST: u32 = 1280;
/// Of the JPEG that passes, of 100.
const QUALITY: u8 = 80;

/// A picture that was drawn anew: a JPEG.
#[derive(Clone, PartialEq, Eq)]
pub struct Picture(Vec<u8>);

impl Picture {
    /// The file.
    pub fn octets(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Picture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Picture of {} octets", self.0.len())
    }
}

/// The pictures of a mail, drawn anew: one place for each attachment, empty where that is none or stays behind.
pub fn pictures(raw: &[u8], message: &Message) -> Vec<Option<Picture>> {
    let (mut drawn, mut count, mut tried, mut left) = (Vec::new(), 0, 0, TOTAL);
    each_attachment(raw, message, |octets| {
        let worth = count < MOST && tried < TRIED && image::guess_format(octets).is_ok();
        tried += usize::from(worth);
        let picture = worth.then(|| draw(octets)).flatten().filter(|picture| picture.0.len() <= left);
        if let Some(picture) = &picture {
            count += 1;
            left -= picture.0.len();
        }
        drawn.push(picture);
    });
    drawn
}

/// The picture in a file, drawn anew. A decoder that panics has found none.
pub fn draw(octets: &[u8]) -> Option<Picture> {
    (octets.len() <= OCTETS).then(|| catch_unwind(|| draw_anew(octets)).ok().flatten()).flatten()
}

fn draw_anew(octets: &[u8]) -> Option<Picture> {
    let mut reader = ImageReader::new(Cursor::new(octets)).with_guessed_format().ok()?;
    let format = reader.format()?;
    let scans = if format == ImageFormat::Jpeg { scans(octets) } else { 1 };
    // The profile in a PNG may take as much as its pixels.
    let memory = if format == ImageFormat::Png { MEMORY / 2 } else { MEMORY };
    let mut limits = Limits::no_limits();
    (limits.max_image_width, limits.max_image_height) = (Some(SIDE), Some(SIDE));
    limits.max_alloc = Some(memory);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().ok()?;
    let (width, height) = decoder.dimensions();
    let beside = match format {
        ImageFormat::Jpeg if scans > 1 => COEFFICIENTS,
        ImageFormat::WebP => CANVAS,
        ImageFormat::Gif => SCREEN,
        _ => 0,
    };
    let beside = beside * u64::from(width) * u64::from(height);
    if width.max(height) > SIDE || scans > SCANS || decoder.total_bytes() + beside > memory {
        return None;
    }
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut picture = DynamicImage::from_decoder(decoder).ok()?;
    if width.max(height) > LONGEST {
        picture = picture.thumbnail(LONGEST, LONGEST);
    }
    picture.apply_orientation(orientation);
    let mut file = Vec::new();
    JpegEncoder::new_with_quality(&mut file, QUALITY).encode_image(&on_white(&picture)).ok()?;
    Some(Picture(file))
}

/// Without transparency, and without whatever hides behind it.
fn on_white(picture: &DynamicImage) -> RgbImage {
    let from = picture.to_rgba8();
    RgbImage::from_fn(from.width(), from.height(), |x, y| {
        let [red, green, blue, opaque] = from.get_pixel(x, y).0;
        let over = |value: u8| {
            let (value, opaque) = (u32::from(value), u32::from(opaque));
            u8::try_from((value * opaque + 255 * (255 - opaque)) / 255).unwrap_or(u8::MAX)
        };
        Rgb([over(red), over(green), over(blue)])
    })
}

/// How often a JPEG (ITU-T T.81 §B.1) is gone over: once for all colours from coarse to fine, or again and again. Its
/// decoder keeps every coefficient then, and does not count what that takes.
fn scans(jpeg: &[u8]) -> u64 {
    const PROGRESSIVE: u8 = 0xC2;
    const SCAN: u8 = 0xDA;
    const END: u8 = 0xD9;
    let (mut at, mut count, mut frame) = (0, 0, 1);
    while let Some(&[mark, kind, high, low]) = jpeg.get(at..at + 4) {
        match (mark, kind) {
            (0xFF, END) if count > 0 => break,
            (0xFF, 0 | 1 | 0xD0..=END | 0xFF) | (..0xFF, _) => {
                at += 1;
                continue;
            }
            (_, PROGRESSIVE) => frame = 2,
            (_, SCAN) => count += 1,
            _ => {}
        }
        at += 2 + usize::from(u16::from_be_bytes([high, low]));
    }
    count.max(frame)
}
