//! Texts × encodings × labels × places: what a person typed comes out, and a doubt is said exactly where there is one.
//!
//! The expectation of every case is the typed text itself. A label that is right must raise no doubt; one that is
//! missing, unknown or false must raise one, because the words were guessed.
#![allow(clippy::unwrap_used)] // a test that cannot make its mails has failed

#[path = "charset/encoders.rs"]
mod encoders;
#[path = "charset/mails.rs"]
mod mails;

use encoders::{Escapes, Form, Kana, encode};
use mails::{Place, found, mail};
use yorisoi::mail::message::Defect;
use yorisoi::mail::parse::parse;

/// Words of a daily report, from one word to a page.
const REPORTS: [&str; 14] = [
    "今日は10分歩きました。\n雨でしたが、気持ちよかったです。\n",
    "はい\n",
    "了解です\n",
    "ありがとうございます！\n",
    "①番の㈱山田で、１２：３０に待ち合わせ。℡は03-1234-5678\n",
    "ｱｲｽを食べました。ｵｲｼｶｯﾀ\n",
    "表示、能力、予定、ソフト、十貼り、構造、暴走、申し込み\n",
    "髙橋さんと山﨑さんが来た。\n",
    "Hello はる, see you tomorrow.\nThanks.\n",
    "きょうは\nとてもつかれた\n\nねむいです zzz…\n",
    "昨日は病院へ行きました。先生に「大丈夫」と言われて安心。薬は朝と夜の２回～と聞いています。\n",
    "> どうですか\n元気です！\n\n-- \nはる\n",
    "カレーライス、サラダ、コーヒー。カロリーはひかえめ\n",
    "体調：良い\n気分：ふつう\n睡眠：７時間\n",
];

/// Subjects, names and file names.
const LINES: [&str; 10] = [
    "今日の報告です。",
    "佐藤はる",
    "田中一郎",
    "【重要】会議資料送付の件",
    "Re: 明日の予定 (変更)",
    "髙橋①",
    "ソ表能予十",
    "お知らせ",
    "ﾊﾟｿｺﾝ教室",
    "報告書 2026.pdf",
];

const BODIES: [Place; 3] = [Place::BodyAsItIs, Place::BodyBase64, Place::BodyQuotedPrintable];
const WORDS: [Place; 8] = [
    Place::SubjectBase64,
    Place::SubjectCut,
    Place::SubjectQ,
    Place::NameBase64,
    Place::NameQuotedBase64,
    Place::FileNameBase64,
    Place::FileNamePercent,
    Place::FileNamePieces,
];
const RAW: [Place; 4] = [Place::SubjectRaw, Place::NameRaw, Place::NameInComment, Place::FileNameRaw];

const JIS: Form = Form::Jis(Kana::Escape, Escapes::Whole);
const JIS_LABELS: [&str; 13] = [
    "ISO-2022-JP",
    "iso-2022-jp-1",
    "iso-2022-jp-2",
    "iso-2022-jp-3",
    "iso-2022-jp-2004",
    "ISO-2022-JP-MS",
    "CP50220",
    "cp50221",
    "cp50222",
    "JIS",
    "csISO2022JP",
    "x-iso-2022-jp",
    "ISO2022JP",
];
const SHIFT_JIS_LABELS: [&str; 13] = [
    "Shift_JIS",
    "shift-jis",
    "sjis",
    "x-sjis",
    "CP932",
    "windows-31j",
    "ms932",
    "MS_Kanji",
    "csShiftJIS",
    "csWindows31J",
    "windows-932",
    "cp943c",
    "sjis-docomo",
];
const EUC_LABELS: [&str; 7] = ["EUC-JP", "eucjp", "x-euc-jp", "ujis", "cp51932", "eucJP-ms", "x-euc"];
const UTF_8_LABELS: [&str; 6] = ["UTF-8", "utf8", "UTF_8", "utf-8mb4", "cp65001", "unicode-1-1-utf-8"];

/// Labels that say nothing, or what is not so.
const FALSE_LABELS: [&str; 14] = [
    "",
    "us-ascii",
    "iso-8859-1",
    "windows-1252",
    "utf-8",
    "shift_jis",
    "euc-jp",
    "iso-2022-jp",
    "x-unknown",
    "none",
    "unicode",
    "iso-8859-15",
    "gb2312",
    "binary",
];

#[derive(Default)]
struct Count {
    all: usize,
    wrong: Vec<String>,
}

impl Count {
    /// The words must come out; `doubt` says whether a guess must be admitted, `None` that it may be.
    fn check(&mut self, typed: &str, form: Form, label: &str, place: Place, doubt: Option<bool>) {
        let Some(octets) = encode(typed, form) else { return };
        if place.is_labelled() && place.is_line() && label.is_empty() {
            return;
        }
        if matches!(place, Place::NameRaw | Place::NameInComment) && typed.contains(['(', ':']) {
            return; // grammar there, not text
        }
        let m = parse(&mail(&octets, label, place));
        let got = found(&m, place);
        let said = m.defects.contains(&Defect::CharsetGuessed) || m.defects.contains(&Defect::Undecodable);
        let right_doubt = doubt.is_none_or(|doubt| doubt == said || typed.is_ascii());
        self.all += 1;
        if got != typed || !right_doubt {
            let said = m.defects.iter().map(|d| d.word()).collect::<Vec<_>>().join(",");
            self.wrong.push(format!("{form:?} as {label:?} in {place:?}: {typed:?} → {got:?} [{said}]"));
        }
    }

    fn check_all(&mut self, form: Form, labels: &[&str], doubt: Option<bool>) {
        for label in labels {
            for (texts, places) in [(&REPORTS[..], &BODIES[..]), (&LINES[..], &WORDS[..])] {
                for typed in texts {
                    places.iter().for_each(|&place| self.check(typed, form, label, place, doubt));
                }
            }
        }
    }

    fn finish(self) {
        let Self { all, wrong } = self;
        assert!(all > 0 && wrong.is_empty(), "{} of {all} wrong\n{}", wrong.len(), wrong.join("\n"));
    }
}

#[test]
fn a_right_label_is_believed_without_a_doubt() {
    let mut count = Count::default();
    count.check_all(JIS, &JIS_LABELS, Some(false));
    count.check_all(Form::ShiftJis, &SHIFT_JIS_LABELS, Some(false));
    count.check_all(Form::EucJp, &EUC_LABELS, Some(false));
    count.check_all(Form::Utf8, &UTF_8_LABELS, Some(false));
    count.check_all(Form::Utf8WithMark, &UTF_8_LABELS, Some(false));
    count.finish();
}

#[test]
fn the_variants_of_jis_are_read() {
    let mut count = Count::default();
    for kana in [Kana::Escape, Kana::Shift, Kana::EightBit] {
        for escapes in [Escapes::Whole, Escapes::Old, Escapes::Unclosed] {
            count.check_all(Form::Jis(kana, escapes), &["iso-2022-jp", "cp50221"], None);
        }
    }
    count.check_all(Form::JisWithIbmRows, &["iso-2022-jp", "iso-2022-jp-ms"], None);
    count.check_all(
        Form::Jis(Kana::Escape, Escapes::Lost),
        &["iso-2022-jp", "us-ascii", "utf-8"],
        Some(true),
    );
    count.finish();
}

#[test]
fn a_false_label_is_seen_through_and_said() {
    let mut count = Count::default();
    for form in [JIS, Form::ShiftJis, Form::EucJp, Form::Utf8] {
        let own: &[&str] = match form {
            Form::ShiftJis => &["shift_jis"],
            Form::EucJp => &["euc-jp"],
            Form::Utf8 => &["utf-8"],
            _ => &["iso-2022-jp"],
        };
        // EUC-JP has its kana where GB 2312 has them, so that short words of kana are right under both labels.
        let gb = |label: &&str| form == Form::EucJp && *label == "gb2312";
        let labels = FALSE_LABELS.into_iter().filter(|label| !own.contains(label) && !gb(label));
        let labels: Vec<&str> = labels.collect();
        count.check_all(form, &labels, Some(true));
    }
    count.finish();
}

#[test]
fn raw_octets_in_fields_are_seen_through_and_said() {
    let mut count = Count::default();
    for form in [JIS, Form::ShiftJis, Form::EucJp, Form::Utf8, Form::Jis(Kana::Escape, Escapes::Lost)] {
        for typed in LINES {
            RAW.iter().for_each(|&place| count.check(typed, form, "", place, Some(true)));
        }
    }
    count.finish();
}

#[test]
fn unicode_in_wide_units_is_read() {
    let mut count = Count::default();
    for typed in REPORTS {
        for place in [Place::BodyBase64, Place::BodyQuotedPrintable] {
            let mut check = |form, label: &str, doubt| count.check(typed, form, label, place, doubt);
            check(Form::Utf16Le, "utf-16le", Some(false));
            check(Form::Utf16Be, "utf-16be", Some(false));
            check(Form::Utf16Be, "utf-16", None);
            check(Form::Utf16Le, "utf-16", None);
            check(Form::Utf16Le, "unicode", None);
            check(Form::Utf32Le, "utf-32le", Some(false));
            check(Form::Utf32Be, "utf-32be", Some(false));
            check(Form::Utf32Be, "utf-32", None);
            check(Form::Utf32Le, "utf-32", None);
            check(Form::Utf16Le, "us-ascii", Some(true));
            check(Form::Utf16Be, "utf-8", Some(true));
        }
    }
    count.finish();
}

const CHINESE: [&str; 3] = [
    "今天天气很好，我们去公园散步了。\n",
    "你好！谢谢你的来信，我明天再给你打电话。\n",
    "请问这个问题怎么解决？我觉得没有什么大的问题。\n",
];
const TAIWAN: [&str; 3] = [
    "今天天氣很好，我們去公園散步。\n",
    "謝謝您的來信，我明天會打電話給你。\n",
    "請問這個問題要怎麼解決？我覺得沒有什麼大問題。\n",
];
const KOREAN: [&str; 3] = [
    "오늘은 날씨가 좋아서 공원에서 산책을 했습니다.\n",
    "안녕하세요. 메일 감사합니다.\n",
    "내일 다시 전화 드리겠습니다. 고맙습니다!\n",
];

#[test]
fn neighbours_are_read() {
    let mut count = Count::default();
    let mut check = |texts: &[&str], form, labels: &[&str], doubt| {
        for typed in texts {
            for label in labels {
                BODIES.iter().for_each(|&place| count.check(typed, form, label, place, doubt));
            }
        }
    };
    check(&CHINESE, Form::Gb18030, &["gb2312", "GBK", "x-gbk", "gb18030", "cp936", "euc-cn"], Some(false));
    check(&CHINESE, Form::Gb18030, &["", "us-ascii", "x-unknown", "iso-8859-1"], Some(true));
    check(&CHINESE, Form::Hz, &["hz-gb-2312", "HZ"], Some(false));
    check(&TAIWAN, Form::Big5, &["big5", "big5-hkscs", "cp950", "x-big5", "csbig5"], Some(false));
    check(&TAIWAN, Form::Big5, &["", "us-ascii", "iso-8859-1"], Some(true));
    let korean = ["euc-kr", "ks_c_5601-1987", "cp949", "uhc", "windows-949", "x-windows-949"];
    check(&KOREAN, Form::EucKr, &korean, Some(false));
    check(&KOREAN, Form::EucKr, &["", "us-ascii", "iso-8859-1"], Some(true));
    check(&KOREAN, Form::Iso2022Kr, &["iso-2022-kr"], Some(false));
    check(&["똠방각하가 왔다. 펲시콜라\n"], Form::EucKr, &korean, Some(false));
    count.finish();
}

#[test]
fn europe_stays_what_it_is() {
    let texts = [
        "Il fait très beau à la fenêtre.\n",
        "Grüße aus München, schöne Tage!\n",
        "El niño comió piñas mañana.\n",
        "Señor\n",
        "très\n",
        "Ça va? Déjà vu, naïve, Zoë\n",
    ];
    let mut count = Count::default();
    for typed in texts {
        for place in BODIES {
            let mut check = |form, label: &str, doubt| count.check(typed, form, label, place, doubt);
            check(Form::Latin1, "iso-8859-1", Some(false));
            check(Form::Latin1, "windows-1252", Some(false));
            check(Form::Latin1, "", Some(true));
            check(Form::Latin1, "us-ascii", Some(true));
            check(Form::Latin1, "utf-8", Some(true));
            check(Form::Latin1, "iso-2022-jp", Some(true));
            check(Form::Utf8, "iso-8859-1", Some(true));
            check(Form::Utf8, "", Some(true));
            check(Form::Cp437, "ibm437", Some(false));
            check(Form::Cp850, "cp850", Some(false));
        }
    }
    count.finish();
}
