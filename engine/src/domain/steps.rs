//! The work of searches for texts, counted.
//!
//! A search that has used up what it may spend ends without a value. That promises nothing, so whoever reads "no value" as
//! "there is none" must ask [`Steps::is_out`] before it says so. Once used up, work stays used up: what was learnt on the
//! way may hold contradictions that are none, and no later answer may rest on them.

/// Counts steps, and knows how many there may be.
#[derive(Clone, Debug)]
pub(crate) struct Steps {
    /// Expanded tuples, for those who want to know where the time went.
    tuples: u64,
    spent: u64,
    limit: u64,
    out: bool,
}

impl Default for Steps {
    fn default() -> Self {
        Self::within(crate::Limits::default().steps)
    }
}

impl Steps {
    /// No work done, and so much allowed.
    pub(crate) fn within(limit: u64) -> Self {
        Self {
            tuples: 0,
            spent: 0,
            limit,
            out: false,
        }
    }

    /// Allows so much in all, what was done before included.
    pub(crate) fn allow(&mut self, limit: u64) {
        self.limit = limit;
        self.out |= self.spent > limit;
    }

    /// A count of its own for a search that may do so much of what is left.
    pub(crate) fn share(&self, steps: u64) -> Self {
        Self::within(steps.min(self.limit.saturating_sub(self.spent)))
    }

    /// Counts what was done under a share.
    pub(crate) fn take(&mut self, share: &Steps) {
        self.tuples += share.tuples;
        self.spend(share.spent);
    }

    /// Begins to count anew, for a question of its own in the same space.
    pub(crate) fn renew(&mut self) {
        self.spent = 0;
    }

    /// Does some work; `false` if that is too much.
    #[inline]
    pub(crate) fn spend(&mut self, steps: u64) -> bool {
        self.spent = self.spent.saturating_add(steps);
        self.out |= self.spent > self.limit;
        !self.out
    }

    /// Does the work of one tuple that is expanded; `false` if that is too much.
    #[inline]
    pub(crate) fn expand(&mut self, steps: u64) -> bool {
        self.tuples += 1;
        self.spend(steps)
    }

    /// Adds tuples that were expanded under a count of their own.
    pub(crate) fn note(&mut self, tuples: u64) {
        self.tuples += tuples;
    }

    /// Whether the work was used up, so that "no value" promises nothing.
    #[inline]
    pub(crate) fn is_out(&self) -> bool {
        self.out
    }

    /// How many tuples were expanded.
    pub(crate) fn tuples(&self) -> u64 {
        self.tuples
    }
}
