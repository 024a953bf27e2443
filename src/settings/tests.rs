use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::written::{KEYS, Kind, Written};
use super::*;

pub(super) const GOOD: &str = r#"
[service]
name = "よりそい便り"
address = "care@example.jp"
data_dir = "data"
[imap]
host = "localhost"
[smtp]
host = "127.0.0.1"
tls = "none"
"#;

/// Loads `text` as `yorisoi.toml` in a directory that also holds a password, an open and an empty one.
fn loaded(text: &str, env: &[(&str, &str)]) -> (Result<Settings, ConfigErrors>, tempfile::TempDir) {
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str, mode: u32| {
        let path = dir.path().join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    };
    write("password", "geheim\n# a remark\n", 0o600);
    write("open", "geheim", 0o644);
    write("empty", "\nsecond", 0o600);
    write("ca.pem", "-----BEGIN CERTIFICATE-----\n", 0o644);
    write("yorisoi.toml", text, 0o600);
    let env = env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    (load(&dir.path().join("yorisoi.toml"), env), dir)
}

pub(super) fn good(text: &str, env: &[(&str, &str)]) -> Settings {
    loaded(text, env).0.unwrap_or_else(|errors| panic!("{errors}"))
}

/// Each mistake as "line key Code", "- key Code" without a line, or "VARIABLE key Code".
pub(super) fn mistakes(text: &str, env: &[(&str, &str)]) -> Vec<String> {
    let errors = loaded(text, env).0.expect_err("a mistake").errors;
    let line = |place: &Place| match place {
        Place::File(Some(spot)) => spot.line.to_string(),
        Place::File(None) => "-".to_owned(),
        Place::Variable(name) => name.clone(),
    };
    errors.iter().map(|e| format!("{} {} {:?}", line(&e.place), e.key, e.code)).collect()
}

#[test]
fn what_is_not_said_has_its_default() {
    let (settings, dir) = loaded(GOOD, &[]);
    let settings = settings.unwrap();
    let service = &settings.service;
    assert_eq!(
        (service.locale, service.timezone.name(), service.day_starts_at),
        (Locale::Ja, "Asia/Tokyo", 240)
    );
    assert_eq!(service.data_dir, dir.path().join("data"));
    assert_eq!(service.journal_dir, dir.path().join("data/journal"));
    assert_eq!(service.backup_dir, None);
    assert_eq!((service.addressing.clone(), service.receipts), (Addressing::Plus, Receipts::First));
    assert_eq!((service.max_message_bytes, service.operators.len()), (33_554_432, 0));
    assert_eq!((settings.imap.server.port, settings.imap.server.tls), (993, Tls::Implicit));
    assert_eq!(
        (settings.smtp.server.port, settings.smtp.server.tls, settings.imap.folder.as_str()),
        (25, Tls::None, "INBOX")
    );
    assert!(settings.imap.server.login.is_none() && settings.smtp.server.login.is_none());
    assert_eq!(
        (settings.auth.mode, settings.auth.unproven_answers),
        (AuthMode::None, UnprovenAnswers::Confirm)
    );
    assert_eq!(settings.warnings, Vec::<String>::new());
}

#[test]
fn what_is_no_clients_own_is_worth_as_much_unless_it_is_said() {
    let check = |rates: &str, expected: [i64; 4], currency: &str| {
        let Rates { answer, stand_in, reading, reaching_out, currency: found } =
            good(&format!("{GOOD}[rates]\n{rates}\n"), &[]).rates;
        assert_eq!(
            ([answer, stand_in, reading, reaching_out], found.as_str()),
            (expected, currency),
            "{rates}"
        );
    };
    check("", [0; 4], "JPY");
    check("answer = 500", [500, 500, 0, 0], "JPY");
    check("answer = 500\nstand_in = 0\nreading = 30\nreaching_out = 20", [500, 0, 30, 20], "JPY");
    check("answer = 350\ncurrency = \"EUR\"", [350, 350, 0, 0], "EUR");
}

#[test]
fn ports_follow_the_protection() {
    let check = |lines: &str, imap: u16, smtp: u16| {
        let text = format!("{}\n{lines}", GOOD.replace("tls = \"none\"", ""));
        let text = text.replace("[smtp]", &format!("{lines}\n[smtp]"));
        let settings = good(&text, &[]);
        assert_eq!((settings.imap.server.port, settings.smtp.server.port), (imap, smtp), "{lines}");
    };
    check("", 993, 465);
    check("tls = \"implicit\"", 993, 465);
    check("tls = \"starttls\"", 143, 587);
    check("tls = \"none\"", 143, 25);
    check("tls = \"none\"\nport = 4143", 4143, 4143);
}

#[test]
fn the_environment_wins_over_the_file() {
    let env = [
        ("YORISOI__IMAP__PORT", "1143"),
        ("YORISOI__SERVICE__OPERATORS", "a@example.jp, b@example.jp"),
        ("YORISOI__AUTH__MODE", "ar"),
        ("YORISOI__AUTH__TRUSTED_AUTHSERV_IDS", "MX.example.jp"),
        ("HOME", "/nowhere"),
    ];
    let settings = good(GOOD, &env);
    assert_eq!(settings.imap.server.port, 1143);
    assert_eq!(settings.service.operators.len(), 2);
    assert_eq!(settings.auth.trusted_authserv_ids, ["mx.example.jp"]);
}

#[test]
fn every_mistake_of_a_file_is_named_in_one_run() {
    let text = r#"name = "outside"
[service]
name = ""
address = "a-local-part-over-23-octets@example.jp"
locale = "fr"
timezone = "Asia/Tokio"
day_starts_at = 04:00
operators = ["nobody", "a@localhost"]
addressing = "plus"
recipts = "first"
max_message_bytes = 12
[imap]
host = "imap.example.jp:993"
port = 70000
tls = "none"
ca_file = "password"
[smtp]
host = "smtp.example.jp"
port = "25"
tls = "none"
[smpt]
[auth]
mode = "ar"
"#;
    let expected = [
        "1 name KeyOutsideSection",
        "2 service.data_dir Missing",
        "3 service.name EmptyRequired",
        "4 service.address LocalPartTooLong",
        "5 service.locale NotAChoiceLike",
        "6 service.timezone BadZone",
        "7 service.day_starts_at WrongType",
        "8 service.operators AddressWithoutAt",
        "8 service.operators AddressDomain",
        "10 service.recipts UnknownKeyLike",
        "11 service.max_message_bytes BadSize",
        "13 imap.host BadHost",
        "14 imap.port BadPort",
        "16 imap.ca_file CaFileWithoutCertificate",
        "17 smtp.username LoginMissing",
        "19 smtp.port WrongType",
        "20 smtp.tls PlainOutside",
        "21 smpt UnknownSectionLike",
        "23 auth.mode NoTrustedServers",
        "YORISOI_IMAP__PORT  VariableUnderscores",
        "YORISOI__IMAP__PORT imap.port WrongType",
        "yorisoi__smtp__host  UnknownVariableLike",
    ];
    let env = [("YORISOI_IMAP__PORT", "1"), ("yorisoi__smtp__host", "x"), ("YORISOI__IMAP__PORT", "x")];
    assert_eq!(mistakes(text, &env), expected);
}

#[test]
fn each_single_mistake_is_the_only_one_named() {
    let check = |from: &str, to: &str, expected: &[&str]| {
        let text = GOOD.replace(from, to);
        assert_ne!(text, GOOD, "{from} is not in the text");
        assert_eq!(mistakes(&text, &[]), expected, "{to}");
    };
    check("name = \"よりそい便り\"", "", &["2 service.name Missing"]);
    check("[service]", "[service", &["2  BracketOpen"]);
    check("host = \"localhost\"", "", &["6 imap.host Missing"]);
    check("[imap]\nhost = \"localhost\"\n", "", &["- imap.host Missing"]);
    check("[imap]\n", "", &["6 service.host KeyOfOtherSection"]);
    check("host = \"localhost\"", "host = 1", &["7 imap.host WrongType"]);
    check("host = \"localhost\"", "host = \"https://mail.jp\"", &["7 imap.host BadHost"]);
    check("host = \"localhost\"", "host = \"imap.example.jp\"", &["6 imap.username LoginMissing"]);
    check("host = \"localhost\"", "host = \"localhost\"\nport = 0", &["8 imap.port BadPort"]);
    check("tls = \"none\"", "tls = true", &["10 smtp.tls WrongType"]);
    check("care@", "はる@", &["4 service.address AddressLocalPart"]);
    check("\"data\"", "\"password\"", &["5 service.data_dir DataDirNotADirectory"]);
    check(
        "\"data\"",
        "\"data\"\noperators = [\"CARE@example.jp\"]",
        &["6 service.operators OperatorIsService"],
    );
    check("[imap]", "[rates]\nanswer = -1\n[imap]", &["7 rates.answer BadCount"]);
    check("[imap]", "[rates]\nstand_in = 100000001\n[imap]", &["7 rates.stand_in BadCount"]);
    check("[imap]", "[rates]\nreading = 12.5\n[imap]", &["7 rates.reading WrongType"]);
    check("[imap]", "[rates]\nreaching_out = \"5\"\n[imap]", &["7 rates.reaching_out WrongType"]);
    check("[imap]", "[rates]\ncurrency = \"yen\"\n[imap]", &["7 rates.currency BadCurrency"]);
    check("\"data\"", "\"data\"\noperators = [1]", &["6 service.operators WrongType"]);
    check("\"data\"", "\"data\"\nday_starts_at = \"24:00\"", &["6 service.day_starts_at BadTimeOfDay"]);
    check("\"data\"", "\"data\"\nday_starts_at = \"4:00\"", &["6 service.day_starts_at BadTimeOfDay"]);
    check("よりそい便り", "a\\nBcc: b", &["3 service.name ControlCharacter"]);
    check("[imap]", "[imap]\nca_file = \"none.pem\"", &["7 imap.ca_file CaFileUnreadable"]);
    check("[imap]\nhost = \"localhost\"\n", "", &["- imap.host Missing"]);
    let text = GOOD.replace("[imap]\nhost = \"localhost\"\n", "").replacen('\n', "imap = 3\n", 1);
    assert_eq!(mistakes(&text, &[]), ["1 imap NotASection"]);
}

#[test]
fn passwords_come_from_where_they_are_kept() {
    let check = |lines: &str, env: &[(&str, &str)], expected: &str, warnings: usize| {
        let text = GOOD.replace("[imap]", &format!("[imap]\nusername = \"care\"\n{lines}"));
        let settings = good(&text, env);
        let login = settings.imap.server.login.expect("a login");
        assert_eq!((login.password.expose(), settings.warnings.len()), (expected, warnings), "{lines}");
    };
    check("password_file = \"password\"", &[], "geheim", 0);
    check("password_file = \"open\"", &[], "geheim", 1);
    check("password = \" ge heim\"", &[], " ge heim", 1);
    check("password_command = [\"printf\", \"ge heim\\nmore\"]", &[], "ge heim", 0);
    let (_, dir) = loaded(GOOD, &[]);
    let credentials = dir.path().display().to_string();
    check("password_credential = \"open\"", &[("CREDENTIALS_DIRECTORY", &credentials)], "geheim", 0);
    check("", &[("YORISOI__IMAP__PASSWORD", "aus der Umgebung")], "aus der Umgebung", 1);
}

#[test]
fn a_password_that_cannot_be_had_is_a_mistake() {
    let check = |lines: &str, expected: &[&str]| {
        let text = GOOD.replace("[imap]", &format!("[imap]\n{lines}"));
        assert_eq!(mistakes(&text, &[]), expected, "{lines}");
    };
    let user = "username = \"care\"\n";
    check(user, &["7 imap.username PasswordMissing"]);
    check("password = \"x\"", &["7 imap.password PasswordWithoutUsername"]);
    let two = format!("{user}password = \"x\"\npassword_file = \"password\"");
    check(&two, &["9 imap.password_file SeveralPasswords"]);
    let line = |line: &str, code: &str| check(&format!("{user}{line}"), &[&format!("8 imap.{code}")]);
    line("password_file = \"nowhere\"", "password_file SecretUnreadable");
    line("password_file = \"empty\"", "password_file SecretEmpty");
    line("password = 1234", "password WrongType");
    line("password_fiel = \"password\"", "password_fiel UnknownKeyLike");
    line("password_command = []", "password_command Empty");
    line("password_command = [\"./nowhere\"]", "password_command CommandUnstarted");
    line("password_command = [\"false\"]", "password_command CommandFailed");
    line("password_command = [\"true\"]", "password_command SecretEmpty");
    line("password_command = [\"sleep\", \"60\"]", "password_command CommandSlow");
    line("password_credential = \"../shadow\"", "password_credential CredentialName");
    line("password_credential = \"imap\"", "password_credential NoCredentialsDirectory");
}

#[test]
fn each_way_to_prove_an_author_needs_what_it_reads() {
    let check = |section: &str, expected: &[&str]| {
        let text = format!("{GOOD}[auth]\n{section}\n");
        let line = text.lines().count();
        let expected: Vec<String> = expected.iter().map(|e| format!("{line} {e}")).collect();
        assert_eq!(mistakes(&text, &[]), expected, "{section}");
    };
    let built = cfg!(feature = "dkim");
    let unbuilt = if built { &[][..] } else { &["auth.mode SignaturesNotBuilt"] };
    check("mode = \"ar\"", &["auth.mode NoTrustedServers"]);
    check("mode = \"both\"", &[unbuilt, &["auth.mode NoTrustedServers"]].concat());
    check("mode = \"none\"\ndns_servers = [\"192.0.2.53\", \"x\"]", &["auth.dns_servers BadDnsServer"]);
    let (read, _dir) = loaded(&format!("{GOOD}[auth]\nmode = \"dkim\"\n"), &[]);
    match read {
        Ok(settings) => assert!(built && settings.auth.mode == AuthMode::Dkim),
        Err(_) => assert!(!built),
    }
    let servers =
        "dns_servers = [\"192.0.2.53\", \"2001:db8::53\", \"192.0.2.53:5353\", \"[2001:db8::53]:5353\"]";
    let (read, _dir) = loaded(&format!("{GOOD}[auth]\n{servers}\n"), &[]);
    let servers: Vec<String> = read.unwrap().auth.dns_servers.iter().map(ToString::to_string).collect();
    assert_eq!(servers, ["192.0.2.53:53", "[2001:db8::53]:53", "192.0.2.53:5353", "[2001:db8::53]:5353"]);
}

#[test]
fn mistakes_are_told_in_the_language_of_the_file() {
    let check = |locale: &str, expected: &str| {
        let text = GOOD.replace("\"data\"", &format!("\"data\"\nlocale = \"{locale}\"\nreceipts = \"一回\""));
        let (result, dir) = loaded(&text, &[]);
        let said = result.expect_err("a mistake").to_string();
        assert_eq!(said.replace(&format!("{}/", dir.path().display()), ""), expected);
    };
    check(
        "ja",
        "エラー: service.receipts: 「一回」は選べません\n --> yorisoi.toml:7:12\n  |\n\
         7 | receipts = \"一回\"\n  |            ^^^^^^\n  |\n  \
         = 直し方: 次のどれかにしてください: \"first\", \"always\", \"never\"\n\n\
         設定の誤りは 1 件です。何も始めていません。直してから、もう一度実行してください",
    );
    check(
        "en",
        "error: service.receipts: \"一回\" is not one of the choices\n --> yorisoi.toml:7:12\n  |\n\
         7 | receipts = \"一回\"\n  |            ^^^^^^\n  |\n  \
         = help: write one of: \"first\", \"always\", \"never\"\n\n\
         1 mistake; nothing was started. Mend it and run the command again",
    );
}

#[test]
fn no_secret_stands_in_a_message() {
    let secret = "hunter2";
    let check = |lines: &str| {
        let text = GOOD.replace("[imap]", &format!("[imap]\nusername = \"care\"\n{lines}"));
        let errors = loaded(&text, &[("YORISOI__SMTP__PASSWORD", secret)]).0.expect_err("a mistake");
        let all = format!("{errors} {errors:?}");
        assert!(!all.contains(secret), "{lines}: {all}");
    };
    check("password = [\"hunter2\"]");
    check("password = \"hunter2\\n\"");
    check("password = \"hunter2");
    check("password_command = [\"sh\", \"-c\", \"echo hunter2; exit 1\"]");
}

/// Whatever slip of the hand breaks the file, no piece of the password is shown.
#[test]
fn no_slip_of_the_hand_shows_a_password() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("yorisoi.toml");
    let lines = [
        "[imap]\nusername = \"care\"\npassword = \"qzxjvkqzxjvk\" # qzxjvk\n",
        "[imap]\nusername = \"care\"\npassword = \"\"\"\nqzxjvk\nqzxjvk\"\"\"\n",
        "[imap]\nusername = \"care\"\npassword_command = [\n\"nowhere\",\n\"-u\",\n \"qzxjvk\"\n]\n",
    ];
    let slips = ["", "\"", "=", "\n", "]", "[", "#", ",", ":"];
    let mut shown = Vec::new();
    for text in lines.map(|lines| GOOD.replace("[imap]\n", lines)) {
        let part = text.find("data_dir").unwrap()..text.find("[smtp]").unwrap();
        for at in text.char_indices().map(|(at, _)| at).filter(|at| part.contains(at)) {
            let (before, after) = text.split_at(at);
            let next = after.chars().next().map_or(0, char::len_utf8);
            let broken = slips.iter().flat_map(|slip| [(slip, after), (slip, &after[next..])]);
            for (slip, after) in broken {
                fs::write(&path, format!("{before}{slip}{after}")).unwrap();
                let said = load(&path, std::iter::empty()).err().map(|errors| errors.to_string());
                let said = said.unwrap_or_default();
                if ["qzx", "zxj", "xjv", "jvk"].iter().any(|piece| said.contains(piece)) {
                    shown.push(format!("{before}{slip}{after}\n{said}"));
                }
            }
        }
    }
    assert!(shown.is_empty(), "{}\n{}", shown.len(), shown.join("\n\n"));
}

#[test]
fn a_file_that_is_not_there_is_a_mistake_too() {
    let errors = load(Path::new("/nonexistent/yorisoi.toml"), std::iter::empty()).expect_err("no file");
    assert!(
        errors
            .to_string()
            .starts_with("エラー: 設定ファイルを読めません (見つかりません)\n--> /nonexistent/"),
        "{errors}"
    );
}

#[test]
fn the_list_of_keys_and_the_structs_agree() {
    for (section, key, kind) in KEYS {
        let value = match kind {
            Kind::Text => "\"x\"",
            Kind::Integer => "1",
            Kind::List => "[\"x\"]",
            Kind::Boolean => "false",
        };
        let text = format!("[{section}]\n{key} = {value}\n");
        toml::from_str::<Written>(&text).unwrap_or_else(|error| panic!("{section}.{key}: {error}"));
    }
    let fields = include_str!("written.rs").matches("    pub ").count();
    let shared = 7 + 6 + 5; // the sections of Written, WrittenServer, WrittenLogin
    assert_eq!(fields, KEYS.len() + shared, "a field without its line in KEYS, or the other way round");
}

#[test]
fn the_example_shows_every_key_and_loads_with_its_own_defaults() {
    let example = include_str!("../../config/yorisoi.example.toml");
    for (_, key, _) in KEYS {
        assert!(example.contains(&format!("{key} =")) || *key == "password", "{key} is not shown");
    }
    let check = |text: &str| {
        let text = text.replace("/etc/yorisoi/", "").replace("/var/lib/yorisoi", "data");
        good(&text, &[])
    };
    let plain = check(example);
    let shown: String = example
        .lines()
        .map(|line| match line.strip_prefix('#') {
            Some(rest) if rest.starts_with(char::is_alphabetic) && !rest.starts_with("password_") => rest,
            _ => line,
        })
        .map(|line| format!("{line}\n"))
        .collect();
    let spelled = check(&shown);
    assert_eq!(plain.service.receipts, spelled.service.receipts);
    assert_eq!(plain.service.max_message_bytes, spelled.service.max_message_bytes);
    assert_eq!(plain.service.day_starts_at, spelled.service.day_starts_at);
    assert_eq!(
        (plain.imap.server.port, plain.smtp.server.port),
        (spelled.imap.server.port, spelled.smtp.server.port)
    );
    assert_eq!(plain.auth.unproven_answers, spelled.auth.unproven_answers);
    assert_eq!(plain.promise, spelled.promise);
}
