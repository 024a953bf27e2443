//! From a [`Server`] to a [`Stream`]: name resolution, TCP, TLS.
//!
//! Every resolved address is tried, ten seconds each. Certificates are verified against the system's trust store and
//! the anchors of `ca_file`; there is no way to switch the verification off (RFC 8314 §3.3). A machine without a
//! trust store can still connect when `ca_file` is given. The verifier is built only when TLS is used.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{CertificateError, ClientConfig};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use super::stream::Stream;
use crate::kill::{self, Point};
use crate::settings::{Server, Tls};

/// For name resolution, and for each address.
const TCP_LIMIT: Duration = Duration::from_secs(10);
/// For the whole TLS handshake.
const TLS_LIMIT: Duration = Duration::from_secs(30);

/// Why there is no connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConnectError {
    /// The name server does not know the host, or does not answer.
    #[error("the host name cannot be resolved")]
    Resolve,
    /// No address of the host takes the connection.
    #[error("the connection is refused or the host is not reachable")]
    Unreachable,
    /// No address of the host answered in ten seconds.
    #[error("the host does not answer")]
    Timeout,
    /// The TLS handshake failed.
    #[error("TLS: {0}")]
    Tls(TlsFault),
    /// `ca_file` cannot be read.
    #[error("ca_file cannot be read")]
    CaFileUnreadable,
    /// `ca_file` holds no certificate that can be a trust anchor.
    #[error("ca_file holds no usable certificate")]
    CaFileEmpty,
    /// The system has no trust anchors, and there is no `ca_file`.
    #[error("this system has no trusted certificates (install ca-certificates, or set ca_file)")]
    NoTrustStore,
}

/// Why a TLS handshake failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TlsFault {
    /// The certificate is past its end.
    #[error("the server's certificate has expired")]
    Expired,
    /// The certificate is before its beginning: often our clock.
    #[error("the server's certificate is not valid yet (is the clock right?)")]
    NotYetValid,
    /// The certificate is another host's.
    #[error("the server's certificate is for another name")]
    WrongName,
    /// Nobody whom we trust signed it.
    #[error("the server's certificate is signed by nobody whom this system trusts")]
    UnknownIssuer,
    /// Any other fault of the certificate.
    #[error("the server's certificate is not acceptable")]
    Certificate,
    /// The configured host is no name that a certificate could carry.
    #[error("the host is not a name that a certificate can carry")]
    HostName,
    /// Thirty seconds without an end.
    #[error("the handshake does not end")]
    Timeout,
    /// The peer does not speak TLS, or hung up.
    #[error("the handshake failed")]
    Handshake,
}

impl ConnectError {
    /// What the operator can do about it.
    pub fn remedy(self) -> &'static str {
        match self {
            Self::Resolve => "look at the host in the configuration, and at this machine's network",
            Self::Unreachable | Self::Timeout => {
                "look at host and port in the configuration, and at this machine's network"
            }
            Self::Tls(TlsFault::NotYetValid) => "look at this machine's clock",
            Self::Tls(TlsFault::WrongName | TlsFault::HostName) => {
                "write the host as the provider names it: its certificate is for that name"
            }
            Self::Tls(TlsFault::UnknownIssuer) | Self::NoTrustStore => {
                "install ca-certificates, or name the server's own authority in ca_file"
            }
            Self::Tls(TlsFault::Handshake | TlsFault::Timeout) => {
                "look at port and tls in the configuration: implicit and starttls have ports of their own"
            }
            Self::Tls(TlsFault::Expired | TlsFault::Certificate) => "ask the provider about the certificate",
            Self::CaFileUnreadable | Self::CaFileEmpty => "look at the file that ca_file names",
        }
    }
}

/// Connects to `server`; with implicit TLS the stream is already protected, with STARTTLS it is not yet.
pub async fn open(server: &Server) -> Result<Stream, ConnectError> {
    let stream = Stream::new(tcp(&server.host, server.port).await?);
    match server.tls {
        Tls::Implicit => tls(stream, server).await,
        Tls::StartTls | Tls::None => Ok(stream),
    }
}

/// Puts TLS over `stream` and verifies that the peer is `server.host`.
pub async fn tls(mut stream: Stream, server: &Server) -> Result<Stream, ConnectError> {
    let name =
        ServerName::try_from(server.host.clone()).map_err(|_| ConnectError::Tls(TlsFault::HostName))?;
    let ca_file = server.ca_file.clone();
    // Reading the system's store is file work: some 150 certificates.
    let config = tokio::task::spawn_blocking(move || client_config(ca_file.as_deref()))
        .await
        .map_err(|_| ConnectError::Tls(TlsFault::Handshake))??;
    // The limit on silence belongs to the outer stream alone: IDLE and the wait after the dot are long and silent.
    stream.set_idle_limit(None);
    kill::before(Point::Tls);
    let connecting = TlsConnector::from(Arc::new(config)).connect(name, stream);
    match timeout(TLS_LIMIT, connecting).await {
        Ok(Ok(stream)) => {
            kill::after(Point::Tls);
            Ok(Stream::new(stream))
        }
        Ok(Err(error)) => Err(ConnectError::Tls(tls_fault(&error))),
        Err(_) => Err(ConnectError::Tls(TlsFault::Timeout)),
    }
}

async fn tcp(host: &str, port: u16) -> Result<TcpStream, ConnectError> {
    let found = timeout(TCP_LIMIT, tokio::net::lookup_host((host, port))).await;
    let addresses = found.map_err(|_| ConnectError::Resolve)?.map_err(|_| ConnectError::Resolve)?;
    let mut failure = ConnectError::Resolve;
    for address in addresses {
        match timeout(TCP_LIMIT, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => {
                // Without it, Nagle's algorithm costs 44 ms a mail. A socket that refuses it still works.
                let _ = stream.set_nodelay(true);
                return Ok(stream);
            }
            Ok(Err(_)) => failure = ConnectError::Unreachable,
            Err(_) => failure = ConnectError::Timeout,
        }
    }
    Err(failure)
}

fn client_config(ca_file: Option<&Path>) -> Result<ClientConfig, ConnectError> {
    let anchors = ca_file.map(read_anchors).transpose()?.unwrap_or_default();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = rustls_platform_verifier::Verifier::new_with_extra_roots(anchors, provider.clone());
    let verifier = verifier.map_err(|error| match error {
        rustls::Error::General(_) => ConnectError::NoTrustStore,
        _ => ConnectError::CaFileEmpty,
    })?;
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|_| ConnectError::Tls(TlsFault::Handshake))?;
    // "dangerous" is how rustls calls a verifier of one's own; this one is the platform's.
    Ok(builder.dangerous().with_custom_certificate_verifier(Arc::new(verifier)).with_no_client_auth())
}

fn read_anchors(path: &Path) -> Result<Vec<CertificateDer<'static>>, ConnectError> {
    let pem = std::fs::read(path).map_err(|_| ConnectError::CaFileUnreadable)?;
    let anchors: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
    anchors.ok().filter(|anchors| !anchors.is_empty()).ok_or(ConnectError::CaFileEmpty)
}

fn tls_fault(error: &io::Error) -> TlsFault {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    let Some(rustls::Error::InvalidCertificate(fault)) = inner else {
        return match error.kind() {
            io::ErrorKind::TimedOut => TlsFault::Timeout,
            _ => TlsFault::Handshake,
        };
    };
    match fault {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => TlsFault::Expired,
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => TlsFault::NotYetValid,
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            TlsFault::WrongName
        }
        CertificateError::UnknownIssuer => TlsFault::UnknownIssuer,
        _ => TlsFault::Certificate,
    }
}
