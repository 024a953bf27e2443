//! Dovecot: IMAP, LMTP and the authentication behind Postfix, everything as the user `nobody`.

use std::fs;
use std::os::unix::process::CommandExt;
use std::process::Command;

use super::{Lab, PASSWORD, SERVICE, WORLD, account, directory};

impl Lab {
    /// Writes the configuration and the list of users.
    pub(super) fn write_dovecot(&self) {
        let nobody = account("nobody");
        directory(&self.dir.join("d"), nobody, 0o755);
        directory(&self.dir.join("mail"), nobody, 0o755);
        let log = fs::File::create(self.dir.join("dovecot.log")).unwrap();
        std::os::unix::fs::fchown(&log, Some(nobody.0), Some(nobody.1)).unwrap();
        fs::write(self.dir.join("dovecot.conf"), self.dovecot_conf()).unwrap();
        let known = [SERVICE, WORLD].into_iter().chain(self.options.people.iter().map(String::as_str));
        let users: String = known.map(|user| format!("{user}:{{PLAIN}}{PASSWORD}::::::\n")).collect();
        fs::write(self.dir.join("users"), users).unwrap();
        for file in ["key.pem", "cert.pem"] {
            let path = self.dir.join("tls").join(file);
            std::os::unix::fs::chown(path, Some(nobody.0), Some(nobody.1)).unwrap();
        }
    }

    /// In the foreground, leading its own process group.
    pub(super) fn dovecot_command(&self) -> Command {
        let (uid, gid) = account("nobody");
        let mut command = Command::new("/usr/sbin/dovecot");
        command.arg("-F").arg("-c").arg(self.dir.join("dovecot.conf"));
        command.uid(uid).gid(gid).process_group(0).current_dir(&self.dir);
        command
    }

    /// Gives the user's folder another UIDVALIDITY, as a server does after a rebuild (RFC 3501 §2.3.1.1).
    pub fn change_uidvalidity(&self, user: &str) {
        let old: u32 = self.doveadm(&["mailbox", "status", "-u", user, "uidvalidity", "INBOX"]);
        let new = (old + 1000).to_string();
        let _: String = self.doveadm(&["mailbox", "update", "-u", user, "--uid-validity", &new, "INBOX"]);
    }

    /// The last word that `doveadm` prints, after `=`.
    fn doveadm<T: std::str::FromStr>(&self, arguments: &[&str]) -> T {
        let text = self.doveadm_says(arguments, b"");
        let word = text.trim().rsplit('=').next().unwrap_or_default();
        word.parse().unwrap_or_else(|_| panic!("doveadm {arguments:?} printed {text}"))
    }

    fn dovecot_conf(&self) -> String {
        let (dir, ports) = (self.dir.display(), &self.ports);
        let delimiter = if self.options.plus { "+" } else { "" };
        let capability = match self.options.idle {
            true => "",
            false => "imap_capability = IMAP4rev1 SASL-IR LITERAL+ UIDPLUS NAMESPACE CHILDREN",
        };
        let limits = "mail_max_userip_connections = 200\nauth_failure_delay = 0\n";
        let parts = [
            format!("base_dir = {dir}/d\nstate_dir = {dir}/d/state\ninstance_name = lab-{}\n", ports.imap),
            format!("log_path = {dir}/dovecot.log\nprotocols = imap lmtp\nlisten = 127.0.0.1\n"),
            "default_internal_user = nobody\ndefault_internal_group = nogroup\n".to_owned(),
            "default_login_user = nobody\nfirst_valid_uid = 1\nfirst_valid_gid = 1\n".to_owned(),
            self.dovecot_services(),
            format!("ssl = yes\nssl_cert = <{dir}/tls/cert.pem\nssl_key = <{dir}/tls/key.pem\n"),
            "disable_plaintext_auth = no\nauth_mechanisms = plain login\n".to_owned(),
            // any character in a user name: `foo..bar`
            "auth_username_format = %Lu\nauth_username_chars =\n".to_owned(),
            format!("passdb {{\n driver = passwd-file\n args = username_format=%u {dir}/users\n}}\n"),
            format!("userdb {{\n driver = passwd-file\n args = username_format=%u {dir}/users\n"),
            format!(" default_fields = uid=nobody gid=nogroup home={dir}/mail/%Lu\n}}\n"),
            format!("userdb {{\n driver = static\n args = uid=nobody gid=nogroup home={dir}/mail/{WORLD}"),
            " allow_all_users=yes\n}\n".to_owned(),
            "mail_location = maildir:~/Maildir\nmail_fsync = never\n".to_owned(),
            format!("recipient_delimiter = {delimiter}\nlmtp_save_to_detail_mailbox = no\n"),
            "lmtp_add_received_header = yes\nlmtp_hdr_delivery_address = none\n".to_owned(),
            format!("{limits}{capability}\n{}\n", self.options.dovecot),
        ];
        parts.concat()
    }

    fn dovecot_services(&self) -> String {
        let Self { ports, .. } = self;
        let listener = |name: &str, port: u16, more: &str| {
            format!(" inet_listener {name} {{\n  port = {port}\n{more} }}\n")
        };
        let imap = listener("imap", ports.imap, "") + &listener("imaps", ports.imaps, "  ssl = yes\n");
        let lmtp = listener("lmtp", ports.lmtp, "");
        let auth = listener("postfix", ports.auth, "");
        // no process of ours is root, so none may ask for a chroot
        let penalty = " unix_listener anvil-auth-penalty {\n  mode = 0\n }\n";
        [
            format!("service anvil {{\n chroot =\n{penalty}}}\n"),
            format!(
                "service imap-login {{\n chroot =\n process_min_avail = 1\n service_count = 0\n{imap}}}\n"
            ),
            "service imap {\n process_limit = 256\n}\n".to_owned(),
            format!("service lmtp {{\n user = nobody\n process_min_avail = 1\n{lmtp}}}\n"),
            format!("service auth {{\n{auth}}}\n"),
            "service stats {\n chroot =\n}\n".to_owned(),
        ]
        .concat()
    }
}
