//! A proxy between collector and emulator: it notes which operations are called, and fails some of them by a schedule.
//!
//! What happens to a request follows from the seed, from what is asked, and from how often that was asked before; not from
//! the order in which requests come.

use crate::http::Request;
use crate::wire::{Protocol, operation};
use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// What is done to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    None,
    Throttle,
    Broken,
    Denied,
    Expired,
    Reset,
    Delay,
    Truncate,
    Html,
}

/// Says what is done to a call of this name (service and operation), with this hash of what is asked, the n-th time.
pub(crate) type Schedule = dyn Fn(&str, u64, u32) -> Fault + Send + Sync;

/// A request that came.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Seen {
    pub(crate) service: String,
    pub(crate) operation: String,
    /// A hash of who asks what.
    pub(crate) asked: u64,
    pub(crate) denied: bool,
}

/// A running proxy; it lives as long as the test.
pub(crate) struct Proxy {
    pub(crate) url: String,
    seen: Arc<Mutex<Vec<Seen>>>,
    bodies: Arc<Bodies>,
}

/// Bodies of requests, by what was asked.
type Bodies = Mutex<BTreeMap<String, Vec<String>>>;

impl Proxy {
    pub(crate) fn start(upstream: &str, schedule: Box<Schedule>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let url = format!(
            "http://{}",
            listener.local_addr().expect("it has an address")
        );
        let seen = Arc::new(Mutex::new(Vec::new()));
        let bodies = Arc::new(Bodies::default());
        let noted = Arc::clone(&bodies);
        let upstream = upstream.trim_start_matches("http://").to_owned();
        let shared = Arc::new((
            upstream,
            schedule,
            Arc::clone(&seen),
            Mutex::new(BTreeMap::new()),
        ));
        thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                let (shared, noted) = (Arc::clone(&shared), Arc::clone(&noted));
                // A client that is killed breaks its connections, which is no failure of the proxy.
                thread::spawn(move || {
                    serve(
                        connection,
                        &shared.0,
                        &*shared.1,
                        (&shared.2, &noted),
                        &shared.3,
                    )
                    .ok()
                });
            }
        });
        Self { url, seen, bodies }
    }

    /// The bodies of all requests of one operation, in the order in which they came.
    pub(crate) fn bodies(&self, name: &str) -> Vec<String> {
        let bodies = self.bodies.lock().expect("no thread panics");
        bodies.get(name).cloned().unwrap_or_default()
    }

    /// Everything that came so far, in order of names.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        let mut seen = self.seen.lock().expect("no thread panics").clone();
        seen.sort();
        seen
    }
}

/// Nothing goes wrong.
pub(crate) fn calm() -> Box<Schedule> {
    Box::new(|_, _, _| Fault::None)
}

/// Some calls fail up to three times, each in its own way; one in `denied` is never allowed.
pub(crate) fn stormy(seed: u64, denied: u64) -> Box<Schedule> {
    Box::new(move |name, asked, times| {
        let chance = mixed(seed ^ asked);
        if denied > 0
            && chance.is_multiple_of(denied)
            && !name.starts_with("organizations:")
            && name != "sts:GetCallerIdentity"
        {
            return Fault::Denied;
        }
        let failures = (chance >> 20) % 8;
        if u64::from(times) >= failures.min(3) || failures > 5 {
            return Fault::None;
        }
        match mixed(chance + u64::from(times)) % 6 {
            0 => Fault::Throttle,
            1 => Fault::Broken,
            2 => Fault::Reset,
            3 => Fault::Truncate,
            _ => Fault::Delay,
        }
    })
}

/// The finalizer of SplitMix64 (Steele, Lea, Flood: "Fast Splittable Pseudorandom Number Generators", OOPSLA 2014).
pub(crate) fn mixed(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

fn serve(
    mut client: TcpStream,
    upstream: &str,
    schedule: &Schedule,
    (seen, bodies): (&Mutex<Vec<Seen>>, &Bodies),
    times: &Mutex<BTreeMap<u64, u32>>,
) -> io::Result<()> {
    let Some(request) = Request::read(&mut BufReader::new(client.try_clone()?))? else {
        return Ok(());
    };
    let (service, operation, protocol) = operation(&request);
    let mut hasher = DefaultHasher::new();
    (
        &service,
        &operation,
        request.key(),
        request.region(),
        &request.path,
        &request.query,
        &request.body,
    )
        .hash(&mut hasher);
    let asked = hasher.finish();
    let before = {
        let mut times = times.lock().expect("no thread panics");
        let count = times.entry(asked).or_default();
        *count += 1;
        *count - 1
    };
    let fault = schedule(&format!("{service}:{operation}"), asked, before);
    let denied = fault == Fault::Denied;
    bodies
        .lock()
        .expect("no thread panics")
        .entry(format!("{service}:{operation}"))
        .or_default()
        .push(request.text().to_owned());
    seen.lock().expect("no thread panics").push(Seen {
        service,
        operation,
        asked,
        denied,
    });
    act(fault, protocol, &mut client, upstream, &request)
}

fn act(
    fault: Fault,
    protocol: Protocol,
    client: &mut TcpStream,
    upstream: &str,
    request: &Request,
) -> io::Result<()> {
    match fault {
        Fault::Throttle => protocol.throttle(client),
        Fault::Denied => protocol.deny(client),
        Fault::Expired => protocol.refuse(
            client,
            400,
            if protocol == Protocol::Json {
                "ExpiredTokenException"
            } else {
                "ExpiredToken"
            },
        ),
        Fault::Broken => protocol.refuse(client, 500, "InternalError"),
        Fault::Html => crate::http::answer(
            client,
            200,
            "text/html",
            "",
            "<!doctype html><title>Hello</title>",
            true,
        ),
        Fault::Reset => client.shutdown(Shutdown::Both),
        Fault::None => client.write_all(&forward(upstream, request)?),
        Fault::Delay => {
            let answer = forward(upstream, request)?;
            thread::sleep(Duration::from_millis(30));
            client.write_all(&answer)
        }
        Fault::Truncate => {
            let answer = forward(upstream, request)?;
            client.write_all(&answer[..answer.len() - answer.len() / 4])?;
            client.shutdown(Shutdown::Both)
        }
    }
}

/// Asks the emulator, which closes each connection after its answer.
fn forward(upstream: &str, request: &Request) -> io::Result<Vec<u8>> {
    let mut server = TcpStream::connect(upstream)?;
    server.write_all(&request.raw)?;
    let mut answer = Vec::new();
    server.read_to_end(&mut answer)?;
    Ok(answer)
}
