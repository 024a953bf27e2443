//! Keys of DKIM signatures, from DNS (RFC 6376 §3.6.2). All are asked for at once, and what has not come when the time
//! is up has not come. Answers are kept for as long as DNS says; what nobody answered is not asked again for a minute,
//! so that a burst of mails waits for a dead name server once. A name that has no key is an answer.

#[cfg(feature = "dkim")]
pub use asked::Dns;

use crate::mail::dkim::KeyRecord;

/// What a look-up brought.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// Every TXT record of every name.
    pub keys: Vec<KeyRecord>,
    /// How many names were answered, with records or without.
    pub answered: usize,
    /// How many were not.
    pub unanswered: usize,
}

/// Built without the feature `dkim`: there is none.
#[cfg(not(feature = "dkim"))]
#[derive(Clone, Debug)]
pub enum Dns {}

#[cfg(not(feature = "dkim"))]
impl Dns {
    /// None.
    pub fn new(_: &crate::settings::Auth) -> Option<Self> {
        None
    }

    /// Never called.
    pub async fn look_up(&self, _: std::collections::BTreeSet<String>, _: std::time::Duration) -> Found {
        match *self {}
    }
}

#[cfg(feature = "dkim")]
mod asked {
    use std::collections::{BTreeSet, HashMap};
    use std::net::SocketAddr;
    use std::sync::{Arc, Mutex, PoisonError};
    use std::time::Duration;

    use hickory_resolver::TokioResolver;
    use hickory_resolver::config::{NameServerConfig, ResolverConfig, ResolverOpts};
    use hickory_resolver::net::NetError;
    use hickory_resolver::net::runtime::TokioRuntimeProvider;
    use hickory_resolver::proto::rr::{Name, RData};
    use hickory_resolver::system_conf::read_system_conf;
    use tokio::task::JoinSet;
    use tokio::time::{Instant, timeout_at};

    use super::Found;
    use crate::mail::dkim::KeyRecord;
    use crate::settings::Auth;

    /// So long a name is not asked for again that nobody answered.
    const SILENT: Duration = Duration::from_secs(60);
    /// A key that is not there may be published any moment.
    const NO_KEY: Duration = Duration::from_secs(300);
    /// Records of one name that are kept, and octets of each: a key of 8192 bits has some 1,400.
    const MOST_RECORDS: usize = 4;
    const MOST_OCTETS: usize = 4096;

    /// See the module's head. Cheap to clone.
    #[derive(Clone)]
    pub struct Dns {
        servers: Arc<[SocketAddr]>,
        shared: Arc<Mutex<Shared>>,
    }

    #[derive(Default)]
    struct Shared {
        /// Made when it is needed, and anew after nobody answered: the system may have other name servers by then.
        resolver: Option<TokioResolver>,
        silent: HashMap<String, Instant>,
    }

    impl Dns {
        /// The name servers of the settings; `None` where no signature is checked.
        pub fn new(auth: &Auth) -> Option<Self> {
            let servers = auth.dns_servers.clone().into();
            auth.mode.checks_signatures().then(|| Self { servers, shared: Arc::default() })
        }

        /// Asks for the TXT records of all names, `within` so long. Needs a runtime of tokio.
        pub async fn look_up(&self, names: BTreeSet<String>, within: Duration) -> Found {
            let deadline = Instant::now() + within;
            let mut open = names;
            let all = open.len();
            open.retain(|name| !self.is_silent(name));
            let mut found = Found::default();
            let mut asked = JoinSet::new();
            if let Some(resolver) = self.resolver().filter(|_| !open.is_empty()) {
                for name in open.clone() {
                    let resolver = resolver.clone();
                    asked.spawn(async move { (txt(&resolver, &name).await, name) });
                }
            }
            while let Ok(Some(ended)) = timeout_at(deadline, asked.join_next()).await {
                let Ok((Some(records), name)) = ended else { continue };
                open.remove(&name);
                found.answered += 1;
                found.keys.extend(records.into_iter().map(|record| KeyRecord { name: name.clone(), record }));
            }
            found.unanswered = all - found.answered;
            self.note_silent(open, found.answered == 0);
            found
        }

        fn resolver(&self) -> Option<TokioResolver> {
            let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
            if shared.resolver.is_none() {
                shared.resolver = resolver(&self.servers).ok();
            }
            shared.resolver.clone()
        }

        fn is_silent(&self, name: &str) -> bool {
            let shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
            shared.silent.get(name).is_some_and(|until| Instant::now() < *until)
        }

        fn note_silent(&self, names: BTreeSet<String>, all: bool) {
            let now = Instant::now();
            let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
            if all && !names.is_empty() {
                shared.resolver = None;
            }
            shared.silent.retain(|_, until| now < *until);
            shared.silent.extend(names.into_iter().map(|name| (name, now + SILENT)));
        }
    }

    fn resolver(servers: &[SocketAddr]) -> Result<TokioResolver, NetError> {
        let (config, mut options) = if servers.is_empty() {
            read_system_conf()?
        } else {
            (ResolverConfig::from_name_servers(servers.iter().map(server).collect()), ResolverOpts::default())
        };
        options.edns0 = true;
        options.negative_max_ttl = Some(NO_KEY);
        let builder = TokioResolver::builder_with_config(config, TokioRuntimeProvider::default());
        builder.with_options(options).build()
    }

    fn server(at: &SocketAddr) -> NameServerConfig {
        let mut server = NameServerConfig::udp_and_tcp(at.ip());
        for connection in &mut server.connections {
            connection.port = at.port();
        }
        server
    }

    /// The records of a name; `None` when nobody answered.
    async fn txt(resolver: &TokioResolver, name: &str) -> Option<Vec<Vec<u8>>> {
        let mut fqdn = Name::from_ascii(name).ok()?;
        // no search list of the system's is tried
        fqdn.set_fqdn(true);
        let lookup = match resolver.txt_lookup(fqdn).await {
            Ok(lookup) => lookup,
            Err(error) if error.is_no_records_found() => return Some(Vec::new()),
            Err(_) => return None,
        };
        let texts = lookup.answers().iter().filter_map(|record| match &record.data {
            RData::TXT(txt) => Some(txt.txt_data.concat()),
            _ => None,
        });
        Some(texts.filter(|text| text.len() <= MOST_OCTETS).take(MOST_RECORDS).collect())
    }
}
