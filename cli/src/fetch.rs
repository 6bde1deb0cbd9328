//! `keyaki fetch`: a snapshot from AWS accounts.

use crate::Status;
use crate::args::Fetch;
use crate::failure::{Failure, Stop};

#[cfg(not(feature = "live"))]
pub(crate) fn run(_: &Fetch) -> Result<Status, Stop> {
    Err(Failure::new("this build of keyaki cannot collect")
        .with_hint("build it with the feature `live`, which is a default one")
        .into())
}

#[cfg(feature = "live")]
pub(crate) use live::run;

#[cfg(feature = "live")]
mod live {
    use super::{Failure, Fetch, Status, Stop};
    use keyaki_fetch::live::operations::{OPERATIONS, print_policy};
    use keyaki_fetch::live::{self, Accounts, Failed, LiveError, Options, Progress, Summary};
    use keyaki_language::policy::AccountId;
    use std::io::{self, IsTerminal, Write};
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::thread;
    use std::time::{Duration, Instant};

    /// The role that AWS Organizations makes in each account that it opens.
    const DEFAULT_ROLE: &str = "OrganizationAccountAccessRole";

    pub(crate) fn run(fetch: &Fetch) -> Result<Status, Stop> {
        let types = types(fetch)?;
        let role = match &fetch.role_name {
            Some(role) => Some(role.as_str()),
            None => fetch.organization.then_some(DEFAULT_ROLE),
        };
        if fetch.print_policy {
            let types: Vec<&str> = if types.is_empty() {
                live::types()
            } else {
                types.iter().map(String::as_str).collect()
            };
            writeln!(
                io::stdout(),
                "{}",
                print_policy(&types, role, fetch.organization)
            )?;
            return Ok(Status::Clean);
        }
        let Some(out) = &fetch.out else {
            return Err(Failure::new("`--out` says where to write").into());
        };
        let mut options = Options::new(out);
        options.profile.clone_from(&fetch.profile);
        options.accounts = accounts(fetch, role)?;
        options.external_id.clone_from(&fetch.external_id);
        options.regions = fetch
            .regions
            .iter()
            .filter(|region| *region != "all")
            .cloned()
            .collect();
        options.types = types;
        options.since.clone_from(&fetch.since);
        options.endpoint_url.clone_from(&fetch.endpoint_url);
        options.attempts = fetch.attempts;
        options.pause = Duration::from_millis(fetch.pause);
        let summary = watched(&options)?;
        tell(&summary, fetch)?;
        Ok(if summary.gaps == 0 {
            Status::Clean
        } else {
            Status::Undecided
        })
    }

    fn types(fetch: &Fetch) -> Result<Vec<String>, Stop> {
        let known = live::types();
        let chosen: Vec<String> = fetch
            .types
            .iter()
            .filter(|name| *name != "all")
            .cloned()
            .collect();
        match chosen.iter().find(|name| !known.contains(&name.as_str())) {
            Some(unknown) => {
                let hint = format!("it collects {}", known.join(", "));
                Err(
                    Failure::new(format!("this build does not collect `{unknown}`"))
                        .with_hint(hint)
                        .into(),
                )
            }
            None => Ok(chosen),
        }
    }

    fn accounts(fetch: &Fetch, role: Option<&str>) -> Result<Accounts, Stop> {
        if let Some(unknown) = fetch
            .accounts
            .iter()
            .find(|account| AccountId::parse(account).is_none())
        {
            return Err(Failure::new(format!("`{unknown}` is not an account id"))
                .with_hint("an account id has twelve digits")
                .into());
        }
        Ok(match role.map(str::to_owned) {
            Some(role) if fetch.organization => Accounts::Organization { role },
            Some(role) if !fetch.accounts.is_empty() => Accounts::Listed {
                role,
                accounts: fetch.accounts.clone(),
            },
            Some(_) => {
                let hint = "name accounts with `--accounts`, or say `--organization`";
                return Err(
                    Failure::new("a role is assumed in other accounts, and none is named")
                        .with_hint(hint)
                        .into(),
                );
            }
            None => Accounts::Own,
        })
    }

    /// Collects, and tells on a terminal how far it is.
    fn watched(options: &Options) -> Result<Summary, Stop> {
        let progress = Arc::new(Progress::default());
        let ended = AtomicBool::new(false);
        let summary = thread::scope(|scope| {
            if io::stderr().is_terminal() {
                scope.spawn(|| show(&progress, &ended));
            }
            let summary = live::collect(options, &progress);
            ended.store(true, Ordering::Relaxed);
            summary
        });
        summary.map_err(|error: LiveError| {
            Failure::new(error.to_string())
                .with_hint(error.hint())
                .into()
        })
    }

    /// How often the line on the terminal changes.
    const TICK: Duration = Duration::from_millis(200);

    fn show(progress: &Progress, ended: &AtomicBool) {
        let begin = Instant::now();
        let first = progress.accounts_done();
        while !ended.load(Ordering::Relaxed) {
            thread::sleep(TICK);
            let now = Seen {
                seconds: begin.elapsed().as_secs_f64(),
                first,
                done: progress.accounts_done(),
                all: progress.accounts(),
                records: progress.records(),
                failed: progress.gaps(),
                throttled: progress.throttled(),
            };
            let line = now.line();
            // Who cannot be told how far it is can still be told how it ended.
            let _ = write!(io::stderr(), "\r\x1b[2K{line}");
        }
        let _ = write!(io::stderr(), "\r\x1b[2K");
    }

    /// What a run has come to at a moment.
    struct Seen {
        seconds: f64,
        /// Accounts that were done when it began, are now, and will be.
        first: u64,
        done: u64,
        all: u64,
        records: u64,
        failed: u64,
        throttled: u64,
    }

    impl Seen {
        fn line(&self) -> String {
            let Self {
                seconds,
                first,
                done,
                all,
                records,
                failed,
                throttled,
            } = *self;
            if all == 0 {
                return "finding out about the accounts".to_owned();
            }
            let rate = records as f64 / seconds.max(0.001);
            let mut line =
                format!("{done} of {all} accounts, {records} records, {rate:.0} a second");
            if failed > 0 {
                line.push_str(&format!(", {failed} calls failed"));
            }
            if throttled > 0 {
                line.push_str(&format!(", {throttled} throttled"));
            }
            if done > first && done < all {
                let left = seconds / (done - first) as f64 * (all - done) as f64;
                line.push_str(&format!(", {} left", span(left)));
            }
            line
        }
    }

    fn span(seconds: f64) -> String {
        let seconds = seconds as u64;
        match seconds {
            0..60 => format!("{seconds} s"),
            60..3600 => format!("{} min", seconds / 60),
            _ => format!("{} h {} min", seconds / 3600, seconds / 60 % 60),
        }
    }

    fn tell(summary: &Summary, fetch: &Fetch) -> Result<(), Stop> {
        let Summary {
            accounts,
            records,
            gaps,
            failed,
            requests,
            throttled,
        } = summary;
        let out = fetch
            .out
            .as_ref()
            .map_or_else(String::new, |out| out.display().to_string());
        let mut err = io::stderr().lock();
        let s = |number: u64| if number == 1 { "" } else { "s" };
        match accounts {
            0 => writeln!(
                err,
                "{records} resources in {out}: an earlier run had read them all"
            )?,
            _ => writeln!(
                err,
                "{records} resource{} of {accounts} account{} in {out}, by {requests} request{}{}",
                s(*records),
                s(*accounts),
                s(*requests),
                match throttled {
                    0 => String::new(),
                    some => format!(", {some} of them throttled"),
                }
            )?,
        }
        if *gaps > 0 {
            writeln!(
                err,
                "{gaps} call{} failed, and `keyaki scan` shows what is missing:",
                s(*gaps)
            )?;
            for one in failed.iter().take(SHOWN) {
                let Failed {
                    operation,
                    error,
                    times,
                } = one;
                writeln!(err, "  {times} × {operation}: {error}{}", cure(one, fetch))?;
            }
            if failed.len() > SHOWN {
                writeln!(err, "  and others; all are in the manifest")?;
            }
        }
        Ok(())
    }

    /// How many sorts of failed calls are listed.
    const SHOWN: usize = 8;

    /// What to do about a failed call, where that can be said.
    fn cure(failed: &Failed, fetch: &Fetch) -> String {
        let Failed {
            operation, error, ..
        } = failed;
        let denied = error.starts_with("AccessDenied") || error == "UnauthorizedOperation";
        if operation == "sts:AssumeRole" && denied {
            let role = fetch.role_name.as_deref().unwrap_or(DEFAULT_ROLE);
            let id = match fetch.external_id {
                Some(_) => "asks for another external id",
                None => "asks for an external id (`--external-id`)",
            };
            return format!(
                " (these accounts have no role `{role}`, or it does not trust you or {id}, or you may not assume it)"
            );
        }
        let needed = OPERATIONS
            .iter()
            .filter(|known| format!("{}:{}", known.service, known.name) == *operation)
            .flat_map(|known| known.permissions.iter().copied());
        let needed: Vec<&str> = needed.collect();
        match needed.as_slice() {
            [] => String::new(),
            some if denied => format!(" (needs `{}`)", some.join("` or `")),
            _ => String::new(),
        }
    }

    #[cfg(test)]
    mod tests {
        use super::{Seen, span};

        #[test]
        fn a_line_tells_rate_and_time_left() {
            let mut seen = Seen {
                seconds: 10.0,
                first: 0,
                done: 0,
                all: 0,
                records: 0,
                failed: 0,
                throttled: 0,
            };
            assert_eq!(seen.line(), "finding out about the accounts");
            (seen.all, seen.records) = (8, 50);
            assert_eq!(seen.line(), "0 of 8 accounts, 50 records, 5 a second");
            (seen.first, seen.done) = (2, 4);
            assert_eq!(
                seen.line(),
                "4 of 8 accounts, 50 records, 5 a second, 20 s left"
            );
            (seen.failed, seen.throttled, seen.done) = (3, 7, 8);
            assert_eq!(
                seen.line(),
                "8 of 8 accounts, 50 records, 5 a second, 3 calls failed, 7 throttled"
            );
            seen.seconds = 0.0;
            assert!(!seen.line().contains("inf"));
        }

        #[test]
        fn spans_are_told_in_one_or_two_units() {
            assert_eq!(span(59.9), "59 s");
            assert_eq!(span(60.0), "1 min");
            assert_eq!(span(7_500.0), "2 h 5 min");
        }
    }
}
