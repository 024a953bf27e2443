//! Postfix: takes mail for anybody, hands it to Dovecot's LMTP server. Needs root.

use std::fs;
use std::process::Command;

use super::{Lab, account, directory, group};

const QUEUES: &[&str] =
    &["active", "bounce", "corrupt", "defer", "deferred", "flush", "hold", "incoming", "saved", "trace"];

impl Lab {
    /// Writes the configuration and lays out the queue.
    pub(super) fn write_postfix(&self) {
        let (uid, gid) = account("postfix");
        let queue = self.dir.join("q");
        directory(&queue, (0, 0), 0o755);
        directory(&queue.join("pid"), (0, 0), 0o755);
        for name in QUEUES.iter().chain(&["private"]) {
            directory(&queue.join(name), (uid, gid), 0o700);
        }
        directory(&queue.join("maildrop"), (uid, group("postdrop")), 0o1730);
        directory(&queue.join("public"), (uid, group("postdrop")), 0o2710);
        directory(&self.dir.join("q-data"), (uid, gid), 0o700);
        let conf = self.dir.join("pf");
        directory(&conf, (0, 0), 0o755);
        let files = [("main.cf", self.main_cf()), ("master.cf", self.master_cf())];
        for (name, text) in files {
            fs::write(conf.join(name), text).unwrap();
            // Postfix sleeps when its configuration is younger than two seconds
            let status = Command::new("touch").arg("-d").arg("1 minute ago").arg(conf.join(name)).status();
            assert!(status.unwrap().success(), "touch");
        }
    }

    /// In the foreground; master makes itself the leader of its process group.
    pub(super) fn postfix_command(&self) -> Command {
        let _ = fs::remove_file(self.dir.join("q/pid/master.pid"));
        let mut command = Command::new("/usr/lib/postfix/sbin/master");
        command.arg("-c").arg(self.dir.join("pf")).env("MAIL_CONFIG", self.dir.join("pf"));
        command
    }

    /// How often Postfix has said in its log that it stands.
    pub(super) fn times_started(&self) -> usize {
        let log = fs::read(self.dir.join("postfix.log")).unwrap_or_default();
        String::from_utf8_lossy(&log).matches("daemon started").count()
    }

    fn main_cf(&self) -> String {
        let dir = self.dir.display();
        let (lmtp, auth, policy) = (self.ports.lmtp, self.ports.auth, self.policy.port);
        let restrictions = format!("check_policy_service inet:127.0.0.1:{policy}, permit_mynetworks, reject");
        [
            format!("compatibility_level = 3.6\nqueue_directory = {dir}/q\ndata_directory = {dir}/q-data\n"),
            "command_directory = /usr/sbin\ndaemon_directory = /usr/lib/postfix/sbin\n".to_owned(),
            "mail_owner = postfix\nsetgid_group = postdrop\n".to_owned(),
            format!("maillog_file = {dir}/postfix.log\nmaillog_file_prefixes = {dir}\n"),
            "inet_interfaces = 127.0.0.1\ninet_protocols = ipv4\nmynetworks = 127.0.0.0/8\n".to_owned(),
            "myhostname = mail.lab.test\nmydomain = lab.test\nmydestination =\n".to_owned(),
            format!("smtpd_recipient_restrictions = {restrictions}\n"),
            "smtpd_relay_restrictions = permit_mynetworks, permit_sasl_authenticated, reject\n".to_owned(),
            // everybody everywhere is here; Dovecot sorts those with a mailbox from the rest
            "virtual_mailbox_domains = static:ALL\nvirtual_alias_maps =\nvirtual_alias_domains =\n".to_owned(),
            format!("virtual_transport = lmtp:inet:127.0.0.1:{lmtp}\nlmtp_tls_security_level = none\n"),
            "lmtp_destination_recipient_limit = 1\nrecipient_delimiter = +\n".to_owned(),
            "alias_maps =\nalias_database =\ndisable_dns_lookups = yes\nsmtp_host_lookup = native\n".to_owned(),
            format!("smtpd_tls_security_level = may\nsmtpd_tls_chain_files = {dir}/tls/key.pem, {dir}/tls/cert.pem\n"),
            format!("smtpd_sasl_type = dovecot\nsmtpd_sasl_path = inet:127.0.0.1:{auth}\n"),
            format!("message_size_limit = {}\nmailbox_size_limit = 0\n", self.options.message_size_limit),
            "queue_run_delay = 1s\nminimal_backoff_time = 1s\nmaximal_backoff_time = 2s\n".to_owned(),
            "in_flow_delay = 0\nsmtpd_error_sleep_time = 0\nsmtpd_peername_lookup = no\n".to_owned(),
            "smtpd_client_connection_rate_limit = 0\nsmtpd_client_connection_count_limit = 0\n".to_owned(),
            format!("{}\n", self.options.postfix),
        ]
        .concat()
    }

    fn master_cf(&self) -> String {
        let (ports, policy) = (&self.ports, self.policy.port);
        let asked =
            format!("check_policy_service inet:127.0.0.1:{policy}, permit_sasl_authenticated, reject");
        let login = [
            format!("-o {{ smtpd_recipient_restrictions = {asked} }}"),
            "-o { smtpd_relay_restrictions = permit_sasl_authenticated, reject }".to_owned(),
            "-o smtpd_sasl_auth_enable=yes -o syslog_name=postfix/submission".to_owned(),
        ]
        .join(" ");
        let tls = "-o smtpd_tls_wrappermode=yes";
        let inet = |port: u16, more: &str| format!("127.0.0.1:{port} inet n - n - 100 smtpd {more}\n");
        [
            inet(ports.smtp, ""),
            inet(ports.smtps, tls),
            inet(ports.submission, &format!("{login} -o smtpd_tls_auth_only=yes")),
            inet(ports.submissions, &format!("{login} {tls}")),
            "cleanup unix n - n - 0 cleanup\nqmgr unix n - n 300 1 qmgr\n".to_owned(),
            "pickup unix n - n 60 1 pickup\ntlsmgr unix - - n 1000? 1 tlsmgr\n".to_owned(),
            "rewrite unix - - n - - trivial-rewrite\nbounce unix - - n - 0 bounce\n".to_owned(),
            "defer unix - - n - 0 bounce\ntrace unix - - n - 0 bounce\nverify unix - - n - 1 verify\n"
                .to_owned(),
            "flush unix n - n 1000? 0 flush\nproxymap unix - - n - - proxymap\nerror unix - - n - - error\n"
                .to_owned(),
            "retry unix - - n - - error\nlmtp unix - - n - - lmtp flags=D\nanvil unix - - n - 1 anvil\n"
                .to_owned(),
            "scache unix - - n - 1 scache\npostlog unix-dgram n - n - 1 postlogd\n".to_owned(),
        ]
        .concat()
    }
}
