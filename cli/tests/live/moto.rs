//! A real emulator of AWS, filled by an independent client.

use serde_json::Value;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

/// A running emulator, ended with the test.
pub(crate) struct Moto {
    pub(crate) url: String,
    python: PathBuf,
    server: Child,
}

impl Moto {
    /// Starts one; `None`, with a line that says so, where it is not installed.
    pub(crate) fn start() -> Option<Self> {
        let installed = std::env::var_os("KEYAKI_MOTO").map_or_else(
            || Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/moto"),
            PathBuf::from,
        );
        let (python, program) = (
            installed.join("bin/python"),
            installed.join("bin/moto_server"),
        );
        if !program.exists() {
            eprintln!(
                "skipped: there is no emulator in {} (`.ci/run` installs it)",
                installed.display()
            );
            return None;
        }
        let port = TcpListener::bind("127.0.0.1:0")
            .and_then(|listener| listener.local_addr())
            .expect("a port is free")
            .port();
        let server = Command::new(program)
            .args(["-H", "127.0.0.1", "-p", &port.to_string()])
            // Without it each account has a thousand snapshots of AWS's own images.
            .env("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("it can be started");
        let moto = Self {
            url: format!("http://127.0.0.1:{port}"),
            python,
            server,
        };
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            thread::sleep(Duration::from_millis(50));
        }
        Some(moto)
    }

    /// Fills it from a seed; what the independent client then reads comes back.
    pub(crate) fn seed(&self, seed: u64, accounts: usize) -> Value {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/live/seed.py");
        let output = Command::new(&self.python)
            .arg(script)
            .args([&self.url, &seed.to_string(), &accounts.to_string()])
            .output()
            .expect("python can be started");
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        serde_json::from_slice(&output.stdout).expect("it prints JSON")
    }
}

impl Drop for Moto {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}
