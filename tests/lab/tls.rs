//! A certificate authority and a server certificate for `localhost`, `mail.lab.test` and `127.0.0.1`.

use std::fs;
use std::path::Path;
use std::process::Command;

/// Writes `ca.pem`, `cert.pem` and `key.pem` into `dir`.
pub fn certificates(dir: &Path) {
    fs::create_dir_all(dir).unwrap();
    let extensions = "subjectAltName=DNS:localhost,DNS:mail.lab.test,IP:127.0.0.1\n\
                      basicConstraints=CA:FALSE\nextendedKeyUsage=serverAuth\n";
    fs::write(dir.join("extensions"), extensions).unwrap();
    let key = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes";
    let authority = "-addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign";
    openssl(dir, &format!("req -x509 {key} -days 30 -subj /CN=lab {authority} -keyout ca.key -out ca.pem"));
    openssl(dir, &format!("req {key} -subj /CN=localhost -keyout key.pem -out request.pem"));
    let signing = "-CA ca.pem -CAkey ca.key -CAcreateserial -days 30 -extfile extensions";
    openssl(dir, &format!("x509 -req -in request.pem {signing} -out cert.pem"));
}

fn openssl(dir: &Path, arguments: &str) {
    let output = Command::new("openssl").args(arguments.split(' ')).current_dir(dir).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "openssl {arguments}: {said}");
}
