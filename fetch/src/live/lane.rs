//! How many calls of one service, in one Region of one account, are under way: as many as the service bears.
//!
//! A lane begins with all its places. An answer that says *too many* takes away half of them, some dozens of answers in a row that
//! do not say so give one back: additive increase and multiplicative decrease, as TCP does it (Chiu and Jain, "Analysis of the
//! Increase and Decrease Algorithms for Congestion Avoidance", 1989). Everything is counted in answers and nothing in time. The
//! SDK still repeats what was refused, with pauses that double, and a call that waits to be repeated keeps its place.

use super::progress::Progress;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::FinalizerInterceptorContextRef;
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Semaphore;

/// How many answers without a complaint give a place back.
const CALM: usize = 50;

/// The places of one service in one Region of one account.
#[derive(Debug)]
pub(super) struct Lane {
    places: Semaphore,
    state: Mutex<State>,
    progress: Arc<Progress>,
}

#[derive(Debug)]
struct State {
    /// How many places there are now, and at most.
    width: usize,
    most: usize,
    /// How many of those that are taken are not given back.
    owed: usize,
    /// Answers without a complaint since the last change.
    calm: usize,
    /// How many answers may still belong to calls that were made before the last cut.
    settling: usize,
}

impl Lane {
    pub(super) fn new(most: usize, progress: Arc<Progress>) -> Self {
        Self {
            places: Semaphore::new(most),
            state: Mutex::new(State {
                width: most,
                most,
                owed: 0,
                calm: 0,
                settling: 0,
            }),
            progress,
        }
    }

    /// Waits for a place, which is given back when it is dropped.
    pub(super) async fn enter(&self) -> Taken<'_> {
        // Nobody closes a lane, so everybody gets in sooner or later.
        if let Ok(permit) = self.places.acquire().await {
            permit.forget();
        }
        Taken(self)
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn leave(&self) {
        let mut state = self.state();
        if state.owed > 0 {
            state.owed -= 1;
        } else {
            self.places.add_permits(1);
        }
    }

    /// An answer came, or none did; `throttled` if it said that there were too many calls.
    fn answered(&self, throttled: bool) {
        self.progress.requests.fetch_add(1, Ordering::Relaxed);
        let mut state = self.state();
        if throttled {
            self.progress.throttled.fetch_add(1, Ordering::Relaxed);
            state.calm = 0;
            if state.settling == 0 {
                let width = (state.width / 2).max(1);
                let cut = state.width - width;
                state.settling = state.width - 1;
                state.width = width;
                // Those that are free go at once, the others when they are given back.
                let mut left = cut;
                while left > 0
                    && let Ok(permit) = self.places.try_acquire()
                {
                    permit.forget();
                    left -= 1;
                }
                state.owed += left;
                return;
            }
        } else {
            state.calm += 1;
        }
        state.settling = state.settling.saturating_sub(1);
        if state.calm >= CALM && state.width < state.most {
            state.calm = 0;
            state.width += 1;
            if state.owed > 0 {
                state.owed -= 1;
            } else {
                self.places.add_permits(1);
            }
        }
    }
}

/// A place in a lane.
#[derive(Debug)]
pub(super) struct Taken<'a>(&'a Lane);

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        self.0.leave();
    }
}

tokio::task_local! {
    /// The lane of the call that is under way in a task.
    pub(super) static LANE: Arc<Lane>;
}

/// Tells the lane of each attempt of a call how it ended.
#[derive(Debug)]
pub(super) struct Watch;

#[dyn_dispatch_hint]
impl Intercept for Watch {
    fn name(&self) -> &'static str {
        "Watch"
    }

    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let throttled = context.response().is_some_and(says_too_many);
        // A call that is made outside of a lane is nobody's.
        let _ = LANE.try_with(|lane| lane.answered(throttled));
        Ok(())
    }
}

/// Parts of the codes by which services say that there are too many calls.
const TOO_MANY: [&str; 5] = [
    "Throttl",
    "TooManyRequests",
    "RequestLimitExceeded",
    "SlowDown",
    "BandwidthLimitExceeded",
];

/// Whether an answer says that there were too many calls. Taking another one for such costs time and nothing else.
fn says_too_many(response: &HttpResponse) -> bool {
    let status = response.status().as_u16();
    if status == 429 {
        return true;
    }
    if !(400..600).contains(&status) || status == 404 {
        return false;
    }
    let named = |text: &str| TOO_MANY.iter().any(|code| text.contains(code));
    response
        .headers()
        .get("x-amzn-errortype")
        .is_some_and(named)
        || response
            .body()
            .bytes()
            .is_some_and(|body| std::str::from_utf8(body).is_ok_and(named))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn width(lane: &Lane) -> usize {
        lane.state().width
    }

    #[test]
    fn a_complaint_halves_and_calm_gives_back_one_by_one() {
        let lane = Lane::new(8, Arc::default());
        lane.answered(true);
        assert_eq!((width(&lane), lane.places.available_permits()), (4, 4));
        // What was under way at that time complains as well, and counts for nothing.
        for _ in 0..7 {
            lane.answered(true);
        }
        assert_eq!(width(&lane), 4);
        for expected in [2, 1, 1] {
            lane.answered(true);
            assert_eq!(width(&lane), expected);
            while lane.state().settling > 0 {
                lane.answered(false);
            }
        }
        for expected in 2..=8 {
            while lane.state().calm + 1 < CALM {
                lane.answered(false);
            }
            assert_eq!(width(&lane), expected - 1);
            lane.answered(false);
            assert_eq!(width(&lane), expected);
        }
        for _ in 0..3 * CALM {
            lane.answered(false);
        }
        assert_eq!((width(&lane), lane.places.available_permits()), (8, 8));
    }

    #[test]
    fn places_that_are_taken_go_when_they_are_given_back() {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .expect("it can be made");
        let lane = Lane::new(4, Arc::default());
        let taken: Vec<Taken<'_>> = (0..4).map(|_| runtime.block_on(lane.enter())).collect();
        lane.answered(true);
        assert_eq!((width(&lane), lane.state().owed), (2, 2));
        drop(taken);
        assert_eq!((lane.state().owed, lane.places.available_permits()), (0, 2));
    }
}
