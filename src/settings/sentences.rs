//! What is said about a mistake, in both languages: one row per [`Code`], with gaps `{0}`, `{1}` …

use super::code::{Code, Sentence, row};

pub(super) const SENTENCES: &[Sentence] = &[
    row(
        Code::FileUnreadable,
        ["設定ファイルを読めません ({0})", "--config で、yorisoi が読めるファイルを指定してください"],
        ["the configuration file cannot be read ({0})", "name a file that yorisoi may read with --config"],
    ),
    row(
        Code::Syntax,
        ["TOML として読めません: {0}", "キー = \"値\" の形で書いてください (例: folder = \"INBOX\")"],
        ["this is not TOML: {0}", "write key = \"value\" (for example folder = \"INBOX\")"],
    ),
    row(
        Code::QuotesMissing,
        ["値が引用符で囲まれていません", "半角の \" で囲んでください (例: folder = \"INBOX\")"],
        ["the value stands in no quotes", "put it in straight quotes (for example folder = \"INBOX\")"],
    ),
    row(
        Code::QuoteOpen,
        ["値を閉じる引用符がありません", "値の終わりに半角の \" を書いてください"],
        ["the quote of this value is never closed", "write a \" at the end of the value"],
    ),
    row(
        Code::BracketOpen,
        ["見出しを閉じる ] がありません", "[imap] のように、同じ行の中で閉じてください"],
        ["the bracket of this section is never closed", "close it on the same line, like [imap]"],
    ),
    row(
        Code::EqualsMissing,
        [
            "キーと値の間に半角の = がありません",
            "キー = \"値\" の形で書いてください (例: folder = \"INBOX\")",
        ],
        ["there is no = between key and value", "write key = \"value\" (for example folder = \"INBOX\")"],
    ),
    row(
        Code::WrittenTwice,
        ["同じキーか見出しが、上にもあります", "一つにまとめてください"],
        ["this key or section stands further above already", "keep one of the two"],
    ),
    row(
        Code::UnknownSection,
        ["[{0}] という見出しはありません", "[service]、[imap]、[smtp]、[auth] のどれかにしてください"],
        ["there is no section [{0}]", "use [service], [imap], [smtp] or [auth]"],
    ),
    row(
        Code::UnknownSectionLike,
        ["[{0}] という見出しはありません", "[{1}] ではありませんか"],
        ["there is no section [{0}]", "did you mean [{1}]?"],
    ),
    row(
        Code::KeyOutsideSection,
        ["どの見出しの下にもありません", "{1} の下に移してください"],
        ["it stands below no section", "move it below {1}"],
    ),
    row(
        Code::UnknownKey,
        ["[{0}] にこのキーはありません", "消すか、次のどれかにしてください: {1}"],
        ["[{0}] has no such key", "remove it, or use one of: {1}"],
    ),
    row(
        Code::UnknownKeyLike,
        ["[{0}] にこのキーはありません", "{1} ではありませんか"],
        ["[{0}] has no such key", "did you mean {1}?"],
    ),
    row(
        Code::KeyOfOtherSection,
        ["[{0}] にこのキーはありません", "{1} のキーです。その見出しの下に移してください"],
        ["[{0}] has no such key", "it belongs to {1}: move it below that line"],
    ),
    row(
        Code::NotASection,
        ["見出しであるべきところが{0}です", "[{1}] と一行で書き、その下にキーを並べてください"],
        ["this must be a section, and is {0}", "write [{1}] on a line of its own, and the keys below it"],
    ),
    row(
        Code::WrongType,
        ["{0}であるべきところが{1}です", "{2} のように書いてください"],
        ["this must be {0}, and is {1}", "write for example {2}"],
    ),
    row(
        Code::Missing,
        ["必要なキーがありません", "[{0}] の下に {1} のように書いてください"],
        ["this key is required", "write below [{0}] for example {1}"],
    ),
    row(
        Code::NotAChoice,
        ["「{0}」は選べません", "次のどれかにしてください: {1}"],
        ["\"{0}\" is not one of the choices", "write one of: {1}"],
    ),
    row(
        Code::NotAChoiceLike,
        ["「{0}」は選べません", "\"{2}\" ではありませんか (選べるのは {1})"],
        ["\"{0}\" is not one of the choices", "did you mean \"{2}\"? (the choices: {1})"],
    ),
    row(
        Code::Empty,
        ["値が空です", "値を書くか、この行を消してください"],
        ["the value is empty", "write a value, or remove the line"],
    ),
    row(
        Code::EmptyRequired,
        ["値が空です", "{0} のように書いてください"],
        ["the value is empty", "write for example {0}"],
    ),
    row(
        Code::ControlCharacter,
        ["改行などの制御文字が入っています", "一行の普通の文字だけにしてください"],
        ["it holds a line break or another control character", "use ordinary characters on one line"],
    ),
    row(
        Code::AddressWithoutAt,
        ["「{0}」には @ がありません", "care@example.jp のように書いてください"],
        ["there is no @ in \"{0}\"", "write an address like care@example.jp"],
    ),
    row(
        Code::AddressLocalPart,
        [
            "「{0}」の @ の前は、メールでは使えない書き方です",
            "care@example.jp のように、半角の英数字で書いてください",
        ],
        [
            "what stands before the @ of \"{0}\" is not possible in mail",
            "write an address like care@example.jp",
        ],
    ),
    row(
        Code::AddressDomain,
        ["「{0}」の @ の後は、ドメイン名ではありません", "care@example.jp のように書いてください"],
        ["what stands after the @ of \"{0}\" is not a domain name", "write an address like care@example.jp"],
    ),
    row(
        Code::LocalPartTooLong,
        [
            "@ の前が {0} 文字あり、返信用アドレスを作れません (23 文字まで)",
            "短いアドレスにするか、[service] に addressing = \"message-id\" と書いてください",
        ],
        [
            "the part before the @ has {0} octets: no room for a reply address (23 at most)",
            "use a shorter address, or write addressing = \"message-id\" below [service]",
        ],
    ),
    row(
        Code::OperatorIsService,
        ["事務局のアドレスがサービスのアドレスと同じです", "事務局の人が読む、別のアドレスにしてください"],
        ["an operator's address is the service's own", "use an address that a person of the office reads"],
    ),
    row(
        Code::BadZone,
        ["「{0}」というタイムゾーンはありません", "\"Asia/Tokyo\" のような名前にしてください"],
        ["there is no time zone \"{0}\"", "write a name such as \"Asia/Tokyo\""],
    ),
    row(
        Code::BadTimeOfDay,
        ["「{0}」は時刻ではありません", "\"04:00\" のように、00:00 から 23:59 までで書いてください"],
        ["\"{0}\" is not a time of day", "write it like \"04:00\", from 00:00 to 23:59"],
    ),
    row(
        Code::BadSpan,
        ["「{0}」は時間帯ではありません", "\"{1}\" のように書いてください"],
        ["\"{0}\" is no span of hours", "write it like \"{1}\""],
    ),
    row(
        Code::BadPart,
        [
            "「{0}」は割合ではありません",
            "\"1/4\" のように、0 と 1 のあいだで書くか、しないなら \"never\" にしてください",
        ],
        ["\"{0}\" is no part", "write it like \"1/4\", between 0 and 1, or \"never\""],
    ),
    row(
        Code::PartsOutOfOrder,
        ["{0} より前になっています", "remind_at、second_at、pool_at、tell_at の順に、大きくしてください"],
        ["that comes before {0}", "let remind_at, second_at, pool_at and tell_at grow in this order"],
    ),
    row(
        Code::BadLength,
        [
            "「{0}」にはできません",
            "{1} のように、{2} から {3} までで書いてください (s は秒、m は分、h は時間)",
        ],
        ["\"{0}\" is not possible", "write it like \"{1}\", from \"{2}\" to \"{3}\""],
    ),
    row(
        Code::BadPort,
        ["{0} はポート番号になりません", "1 から 65535 までの数を書いてください (例: {1})"],
        ["{0} is not a port", "write a number from 1 to 65535 (for example {1})"],
    ),
    row(
        Code::BadSize,
        ["{0} バイトにはできません", "{1} から {2} までの数を書いてください (例: 33554432)"],
        ["{0} bytes is not possible", "write a number from {1} to {2} (for example 33554432)"],
    ),
    row(
        Code::BadCount,
        ["{0} にはできません", "{1} から {2} までの数を書いてください (例: {3})"],
        ["{0} is not possible", "write a number from {1} to {2} (for example {3})"],
    ),
    row(
        Code::JunkIsFolder,
        ["メールが届くフォルダー (folder) と同じです", "別の名前か \"auto\"、見ないなら \"\" にしてください"],
        ["that is the folder that mail arrives in", "write another name or \"auto\", or \"\" to watch none"],
    ),
    row(
        Code::BadHost,
        ["「{0}」はサーバー名ではありません", "名前だけを書き、ポートは port に分けてください (例: {1})"],
        [
            "\"{0}\" is not the name of a server",
            "write the name alone, and its port under port (for example {1})",
        ],
    ),
    row(
        Code::DataDirNotADirectory,
        ["{0} はフォルダーではありません", "フォルダーの名前にしてください"],
        ["{0} is not a directory", "write the name of a directory"],
    ),
    row(
        Code::PlainOutside,
        [
            "{0} へ暗号化なしでつなぐことはできません",
            "tls = \"implicit\" か \"starttls\" にしてください (\"none\" は localhost だけ)",
        ],
        [
            "a connection to {0} without encryption is refused",
            "write tls = \"implicit\" or \"starttls\" (\"none\" is for localhost alone)",
        ],
    ),
    row(
        Code::LoginMissing,
        ["{0} へログインするための username がありません", "username と password_file を書いてください"],
        ["there is no username to log in to {0} with", "write username and password_file"],
    ),
    row(
        Code::PasswordMissing,
        [
            "username はありますが、パスワードがありません",
            "password_file = \"/etc/yorisoi/password\" のように書いてください",
        ],
        [
            "there is a username and no password",
            "write for example password_file = \"/etc/yorisoi/password\"",
        ],
    ),
    row(
        Code::PasswordWithoutUsername,
        [
            "パスワードはありますが、username がありません",
            "username = \"care@example.jp\" のように書いてください",
        ],
        ["there is a password and no username", "write for example username = \"care@example.jp\""],
    ),
    row(
        Code::SeveralPasswords,
        ["パスワードの指定が二つ以上あります ({0})", "一つだけ残してください"],
        ["the password is given more than once ({0})", "keep one of them"],
    ),
    row(
        Code::SecretUnreadable,
        [
            "{0} を読めません ({1})",
            "一行目にパスワードを書いたファイルを、yorisoi を動かすユーザーが読めるように置いてください",
        ],
        [
            "{0} cannot be read ({1})",
            "put the password on the first line of a file that the user running yorisoi may read",
        ],
    ),
    row(
        Code::SecretEmpty,
        ["パスワードの一行目が空です", "一行目にパスワードだけを書いてください"],
        [
            "the first line, where the password should be, is empty",
            "put the password alone on the first line",
        ],
    ),
    row(
        Code::CommandUnstarted,
        ["{0} を実行できません ({1})", "[\"プログラム\", \"引数\"] の形で、実行できるものを書いてください"],
        ["{0} cannot be run ({1})", "write [\"program\", \"argument\"] with a program that exists"],
    ),
    row(
        Code::CommandFailed,
        ["{0} が失敗しました (終了ステータス {1})", "同じコマンドを手で実行して、原因を確かめてください"],
        ["{0} failed (exit status {1})", "run the same command by hand to see why"],
    ),
    row(
        Code::CommandSlow,
        ["{0} が 10 秒で終わりません", "待たずにパスワードを一行出すコマンドにしてください"],
        [
            "{0} did not end within 10 seconds",
            "use a command that prints the password on one line without waiting",
        ],
    ),
    row(
        Code::CredentialName,
        ["「{0}」は credential の名前になりません", "\"imap-password\" のような、/ のない名前にしてください"],
        ["\"{0}\" is not the name of a credential", "write a name without /, such as \"imap-password\""],
    ),
    row(
        Code::NoCredentialsDirectory,
        [
            "systemd から credential を受け取っていません",
            "ユニットに LoadCredential={0}:/etc/yorisoi/password と書くか、password_file を使ってください",
        ],
        [
            "systemd handed over no credentials",
            "write LoadCredential={0}:/etc/yorisoi/password in the unit, or use password_file",
        ],
    ),
    row(
        Code::CaFileUnreadable,
        ["{0} を読めません ({1})", "認証局の証明書 (PEM) のファイルを指定するか、この行を消してください"],
        [
            "{0} cannot be read ({1})",
            "name a file with the authority's certificate (PEM), or remove the line",
        ],
    ),
    row(
        Code::CaFileWithoutCertificate,
        ["{0} に証明書がありません", "-----BEGIN CERTIFICATE----- で始まる PEM ファイルを指定してください"],
        ["{0} holds no certificate", "name a PEM file that begins with -----BEGIN CERTIFICATE-----"],
    ),
    row(
        Code::NoTrustedServers,
        [
            "mode = \"{0}\" には信じるサーバーが要ります",
            "受信サーバーの名前を trusted_authserv_ids = [\"mx.example.jp\"] のように書いてください",
        ],
        [
            "mode = \"{0}\" does not say whom to trust",
            "name your server: trusted_authserv_ids = [\"mx.example.jp\"]",
        ],
    ),
    row(
        Code::SignaturesNotBuilt,
        [
            "このプログラムは署名 (DKIM) を確かめません",
            "配布版を使うか、cargo build --features dkim で作り直してください",
        ],
        [
            "this program cannot check signatures (DKIM)",
            "use the packaged one, or cargo build --features dkim",
        ],
    ),
    row(
        Code::BadDnsServer,
        [
            "\"{0}\" は IP アドレスではありません",
            "dns_servers = [\"192.0.2.53\"] のように IP アドレスで書いてください",
        ],
        ["\"{0}\" is no IP address", "write the name server's IP address: dns_servers = [\"192.0.2.53\"]"],
    ),
    row(
        Code::BadCurrency,
        ["「{0}」は通貨のコードではありません", "\"JPY\" のように、半角の大文字三つで書いてください"],
        ["\"{0}\" is not the code of a currency", "write its three capital letters, such as \"JPY\""],
    ),
    row(
        Code::UnknownVariable,
        ["この環境変数は使われません", "消すか、YORISOI__IMAP__PORT のように下線を二つずつ使ってください"],
        [
            "nothing reads this environment variable",
            "remove it, or write it like YORISOI__IMAP__PORT, with two underscores each time",
        ],
    ),
    row(
        Code::UnknownVariableLike,
        ["この環境変数は使われません", "{0} ではありませんか"],
        ["nothing reads this environment variable", "did you mean {0}?"],
    ),
    row(
        Code::VariableUnderscores,
        ["この環境変数は使われません: 下線の数が違います", "{0} と書いてください (区切りの下線は二つずつ)"],
        [
            "nothing reads this environment variable: its underscores are wrong",
            "write {0} (two underscores between its parts)",
        ],
    ),
    row(
        Code::WarnPlainPassword,
        ["パスワードがそのまま書かれています", "password_file に移すことを勧めます"],
        ["the password itself is written here", "better keep it in a password_file"],
    ),
    row(
        Code::WarnOpenFile,
        ["{0} をほかのユーザーも読めます", "chmod 600 {0} を勧めます"],
        ["other users can read {0}", "chmod 600 {0} mends that"],
    ),
    row(
        Code::WarnTrustUnused,
        ["mode = \"{0}\" では使われません", "判定を使うなら mode = \"{1}\" にしてください"],
        ["this is not used with mode = \"{0}\"", "write mode = \"{1}\" to use the verdicts"],
    ),
];
