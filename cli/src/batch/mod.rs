//! Questions as JSON Lines: one object a line in, one answer a line out, in input order.
//!
//! One thread reads. It hands over whatever whole lines a single `read` has brought, so a question that
//! comes alone is answered at once, and a file comes in large portions. Portions are answered on all
//! cores and written in their order; when nothing more is waiting the output is flushed, so a program
//! that asks one question and waits for its answer never waits in vain.
//!
//! [`read`] and [`mod@write`] hold the wire format.

pub(crate) mod read;
pub(crate) mod write;

use crate::Status;
use crate::args::{Batch, Work};
use crate::failure::{Failure, Stop};
use keyaki_engine::proof::{Proof, Texts, certificate, witness};
use keyaki_engine::question::{Compare, NoNewAccess, NoPublicAccess, Question, Relation};
use keyaki_engine::{Limits, Stats, Verdict};
use keyaki_language::json::{self, Json, JsonValue, MAX_SIZE};
use keyaki_language::judge::{self, Decision};
use keyaki_language::span::Span;
use keyaki_language::{DocumentError, Facts, Policies, Policy};
use rayon::prelude::*;
use read::{Evaluation, Task};
use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Instant;

/// How many lines are answered together at most.
const PORTION: usize = 4096;

/// How many bytes of input are held at most before they are answered, beside a single longer line.
const READ: usize = 1 << 18;

/// One line of input.
enum Line {
    Text(Vec<u8>),
    /// Longer than what a JSON text may be; not kept.
    TooLong,
}

/// Runs `keyaki batch`.
pub(crate) fn run(options: &Batch) -> Result<Status, Stop> {
    let limits = options.work.limit.limits();
    let pool = pool(options.work)?;
    let (sender, receiver) = sync_channel(16);
    // The thread is not joined: it may wait for input long after nobody reads our answers.
    std::thread::spawn(move || read_lines(BufReader::with_capacity(READ, io::stdin()), &sender));
    let mut tally = Tally::default();
    let mut out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
    let answer = |line: &Line| answer_line(line, &limits, options.timing);
    let ended = answer_all(&pool, &receiver, &mut out, &mut tally, &answer);
    out.flush()?;
    drop(out);
    if options.stats {
        let _ = io::stderr().write_all(tally.report().as_bytes());
    }
    ended?;
    Ok(tally.status())
}

/// Worker threads, with room for deep recursion on their stacks.
pub(crate) fn pool(work: Work) -> Result<rayon::ThreadPool, Stop> {
    rayon::ThreadPoolBuilder::new()
        .num_threads(work.threads.map_or(0, std::num::NonZero::get))
        .stack_size(16 << 20)
        .build()
        .map_err(|error| Failure::new(format!("cannot start threads: {error}")).into())
}

/// Reads lines and hands them over, all that one `read` has brought together.
fn read_lines(mut input: impl BufRead, sender: &SyncSender<io::Result<Vec<Line>>>) {
    let mut rest: Vec<u8> = Vec::new();
    let mut too_long = false;
    loop {
        let chunk = match input.fill_buf() {
            Ok(chunk) => chunk,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => {
                let _ = sender.send(Err(error));
                return;
            }
        };
        let mut lines = Vec::new();
        let ended = chunk.is_empty();
        let mut left = Some(chunk);
        let mut pieces = std::iter::from_fn(|| {
            let bytes = left?;
            let at = line_break(bytes);
            left = at.map(|at| &bytes[at + 1..]);
            Some(&bytes[..at.unwrap_or(bytes.len())])
        })
        .peekable();
        while let Some(piece) = pieces.next() {
            too_long |= rest.len() + piece.len() > MAX_SIZE;
            if too_long {
                rest = Vec::new();
            } else {
                rest.extend_from_slice(piece);
            }
            // The last piece has no line break behind it: it goes on with the next chunk, if there is one.
            if pieces.peek().is_none() && !ended {
                break;
            }
            if std::mem::take(&mut too_long) {
                lines.push(Line::TooLong);
            } else if !rest.trim_ascii().is_empty() {
                lines.push(Line::Text(std::mem::take(&mut rest)));
            } else {
                rest.clear();
            }
        }
        let consumed = chunk.len();
        input.consume(consumed);
        if (!lines.is_empty() && sender.send(Ok(lines)).is_err()) || ended {
            return;
        }
    }
}

/// Where the first line break is. A block is asked whether it holds one before its bytes are looked at one by one.
fn line_break(bytes: &[u8]) -> Option<usize> {
    const BLOCK: usize = 256;
    let (index, block) = bytes
        .chunks(BLOCK)
        .enumerate()
        .find(|(_, block)| block.contains(&b'\n'))?;
    let at = block.iter().position(|byte| *byte == b'\n')?;
    Some(index * BLOCK + at)
}

fn answer_all(
    pool: &rayon::ThreadPool,
    receiver: &Receiver<io::Result<Vec<Line>>>,
    out: &mut impl Write,
    tally: &mut Tally,
    answer: &(impl Fn(&Line) -> Answered + Sync),
) -> Result<(), Stop> {
    let mut waiting = receiver.recv().ok();
    while let Some(lines) = waiting.take() {
        let cannot = |error| Failure::new(format!("cannot read: {error}")).in_file("<stdin>");
        let mut lines = lines.map_err(cannot)?;
        while lines.len() < PORTION {
            match receiver.try_recv() {
                Ok(Ok(more)) => lines.extend(more),
                Ok(failed) => {
                    waiting = Some(failed);
                    break;
                }
                Err(_) => break,
            }
        }
        for portion in lines.chunks(PORTION) {
            let answers: Vec<Answered> = pool.install(|| portion.par_iter().map(answer).collect());
            for answered in answers {
                out.write_all(answered.text.as_bytes())?;
                tally.add(answered);
            }
        }
        if waiting.is_none() {
            waiting = receiver.try_recv().ok();
        }
        if waiting.is_none() {
            out.flush()?;
            waiting = receiver.recv().ok();
        }
    }
    Ok(())
}

/// The answer to a line, and what the tally wants to know of it.
struct Answered {
    text: String,
    question: Option<usize>,
    outcome: &'static str,
    undecided: Option<(String, String)>,
    stats: Stats,
}

const ERROR: &str = "error";
const UNDECIDED: &str = "undecided";

fn answer_line(line: &Line, limits: &Limits, timing: bool) -> Answered {
    let start = timing.then(Instant::now);
    let micros = || start.map(|start| start.elapsed().as_micros());
    let failed = |id: &Json, question, error: &DocumentError| {
        let mut text = String::new();
        write::begin(&mut text, id);
        write::error(&mut text, error);
        write::end(&mut text, micros());
        Answered {
            text,
            question,
            outcome: ERROR,
            undecided: None,
            stats: Stats::default(),
        }
    };
    let bytes = match line {
        Line::Text(bytes) => bytes,
        Line::TooLong => {
            let message = format!("the line is longer than {} MiB", MAX_SIZE >> 20);
            return failed(
                &JsonValue::Null.into(),
                None,
                &DocumentError::new("too-large", message, "", Span::default()),
            );
        }
    };
    let json = match json::parse_bytes(bytes) {
        Ok(json) => json,
        Err(error) => {
            let id = std::str::from_utf8(bytes).ok().and_then(read::recover_id);
            return failed(&id.unwrap_or_else(|| JsonValue::Null.into()), None, &error);
        }
    };
    let nothing = JsonValue::Null.into();
    let id = json.get("id").unwrap_or(&nothing);
    let question = read::question_of(&json);
    let task = match read::task(&json) {
        Ok(task) => task,
        Err(error) => return failed(id, question, &error),
    };
    // A bug must not take the answers of all other lines with it.
    let answered = catch_unwind(AssertUnwindSafe(|| {
        let mut text = String::with_capacity(512);
        write::begin(&mut text, id);
        let evidence = read::wants_certificate(&json).then_some(&json);
        let (outcome, undecided, stats) = answer_task(&task, limits, evidence, &mut text);
        write::end(&mut text, micros());
        Answered {
            text,
            question,
            outcome,
            undecided,
            stats,
        }
    }));
    answered.unwrap_or_else(|_| {
        let message = "the question could not be answered because of a bug in keyaki";
        failed(
            id,
            question,
            &DocumentError::new("internal-error", message, "", Span::default()),
        )
    })
}

/// Answers and writes the members; tells the outcome, the reason if undecided, and the work.
fn answer_task(
    task: &Task,
    limits: &Limits,
    evidence: Option<&Json>,
    text: &mut String,
) -> (&'static str, Option<(String, String)>, Stats) {
    match task {
        Task::Ask(question) => {
            let answer = match evidence {
                Some(_) => question.prove(limits),
                None => question.decide(limits),
            };
            write::answer(text, &answer);
            if let (Some(line), Some(proof)) = (evidence, &answer.proof) {
                text.push_str(",\"certificate\":");
                text.push_str(&certificate_of(line, question, proof));
            }
            let undecided = match &answer.verdict {
                Verdict::Undecided(why) => Some((why.code.to_owned(), why.message.clone())),
                Verdict::Holds(_) | Verdict::Fails(_) => None,
            };
            (
                write::verdict_name(&answer.verdict),
                undecided,
                answer.stats,
            )
        }
        Task::Compare(question) => {
            let comparison = question.decide(limits);
            write::comparison(text, &comparison);
            if let Some(line) = evidence {
                write::certificates(text, &comparison_certificates(line, question, limits));
            }
            let undecided =
                (comparison.relation == Relation::Undecided).then(|| match &comparison.reason {
                    Some(why) => (why.code.to_owned(), why.message.clone()),
                    None => (UNDECIDED.to_owned(), String::new()),
                });
            (
                write::relation_name(comparison.relation),
                undecided,
                comparison.stats,
            )
        }
        Task::Evaluate(evaluation) => {
            let decision = judge(evaluation, limits).decision;
            write::decision(text, &decision);
            match decision {
                Decision::Undecided(why) => (
                    UNDECIDED,
                    Some((why.code.to_owned(), why.message)),
                    Stats::default(),
                ),
                decided => (write::decision_name(&decided), None, Stats::default()),
            }
        }
    }
}

/// The certificate of a question that a line asks.
fn certificate_of(line: &Json, question: &Question, proof: &Proof) -> String {
    let text = |field| read::document_text(line, field);
    let (policy, existing) = match question {
        Question::NoNewAccess(_) => (text("newPolicyDocument"), text("existingPolicyDocument")),
        _ => (text("policyDocument"), None),
    };
    let texts = Texts {
        policy: policy.as_deref().unwrap_or_default(),
        existing: existing.as_deref(),
    };
    certificate(question, texts, proof)
}

/// A certificate for each direction in which a comparison found nothing more.
fn comparison_certificates(line: &Json, question: &Compare, limits: &Limits) -> Vec<String> {
    let text = |field| read::document_text(line, field).unwrap_or_default();
    let (new, existing) = (text("newPolicyDocument"), text("existingPolicyDocument"));
    comparison_evidence(question, [&new, &existing], limits, false)
}

/// The same for the texts of the new and the existing document; if wanted with a witness for each other direction.
pub(crate) fn comparison_evidence(
    question: &Compare,
    [new, existing]: [&str; 2],
    limits: &Limits,
    witnesses: bool,
) -> Vec<String> {
    let ask = |new: &Policy, existing: &Policy| {
        Question::NoNewAccess(NoNewAccess {
            policy_type: question.policy_type,
            existing: existing.clone(),
            new: new.clone(),
        })
    };
    let directions = [
        (ask(&question.new, &question.existing), new, existing),
        (ask(&question.existing, &question.new), existing, new),
    ];
    let mut out = Vec::new();
    for (question, policy, existing) in directions {
        let texts = Texts {
            policy,
            existing: Some(existing),
        };
        let answer = question.prove(limits);
        match (&answer.proof, &answer.verdict) {
            (Some(proof), _) => out.push(certificate(&question, texts, proof)),
            (None, Verdict::Fails(Some(request))) if witnesses => {
                out.push(witness(&question, texts, request));
            }
            (None, _) => {}
        }
    }
    out
}

/// Judges one request. Whether a bucket policy is public, which `restrictPublicBuckets` asks, is a
/// question about all requests, so the engine answers it for the judge.
pub(crate) fn judge(evaluation: &Evaluation, limits: &Limits) -> judge::Evaluation {
    let Evaluation {
        request,
        policies,
        facts,
    } = evaluation;
    judge::evaluate_explained(request, policies, &with_publicness(policies, facts, limits))
}

/// The facts with the answer to whether the policies are public, where that matters.
fn with_publicness(policies: &Policies, facts: &Facts, limits: &Limits) -> Facts {
    let mut facts = facts.clone();
    if facts.block_public_access.restrict_public_buckets && facts.public_policy.is_none() {
        let mut verdicts = Vec::new();
        let mut ask = |policy: &keyaki_language::Policy, resource_type: &str| {
            let question = NoPublicAccess {
                resource_type: resource_type.to_owned(),
                policy: policy.clone(),
            };
            verdicts.push(question.decide(limits).verdict);
        };
        if let Some(policy) = &policies.resource {
            ask(policy, "AWS::S3::Bucket");
        }
        if let Some(policy) = facts
            .access_point
            .as_ref()
            .and_then(|point| point.policy.as_ref())
        {
            ask(policy, "AWS::S3::AccessPoint");
        }
        facts.public_policy = if verdicts
            .iter()
            .any(|verdict| matches!(verdict, Verdict::Fails(_)))
        {
            Some(true)
        } else {
            verdicts
                .iter()
                .all(|verdict| matches!(verdict, Verdict::Holds(_)))
                .then_some(false)
        };
    }
    facts
}

/// What `--stats` tells, and what the exit status is made of.
#[derive(Default)]
struct Tally {
    questions: BTreeMap<(&'static str, &'static str), u64>,
    reasons: BTreeMap<(String, String), u64>,
    stats: Stats,
}

impl Tally {
    fn add(&mut self, answered: Answered) {
        let question = answered
            .question
            .map_or("unreadable", |index| read::QUESTIONS[index]);
        *self
            .questions
            .entry((question, answered.outcome))
            .or_default() += 1;
        if let Some(reason) = answered.undecided {
            *self.reasons.entry(reason).or_default() += 1;
        }
        self.stats.add(&answered.stats);
    }

    fn has(&self, outcome: &str) -> bool {
        self.questions.keys().any(|(_, o)| *o == outcome)
    }

    fn status(&self) -> Status {
        if self.has(ERROR) {
            Status::Failed
        } else if self.has(UNDECIDED) {
            Status::Undecided
        } else {
            Status::Clean
        }
    }

    fn report(&self) -> String {
        let mut out = format!("questions: {}\n", self.questions.values().sum::<u64>());
        for ((question, outcome), count) in &self.questions {
            out.push_str(&format!("  {question:<20} {outcome:<17} {count:>9}\n"));
        }
        if !self.reasons.is_empty() {
            out.push_str("undecided because:\n");
        }
        for ((code, message), count) in &self.reasons {
            out.push_str(&format!(
                "  {count:>9}  {code}: {}\n",
                crate::paint::plain(message)
            ));
        }
        out.push_str(&crate::scan::work::work(&self.stats));
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(input: impl BufRead) -> Vec<Option<String>> {
        let (sender, receiver) = sync_channel(1 << 10);
        read_lines(input, &sender);
        drop(sender);
        let text = |line| match line {
            Line::Text(bytes) => Some(String::from_utf8(bytes).expect("the tests write UTF-8")),
            Line::TooLong => None,
        };
        receiver
            .iter()
            .flat_map(|lines| lines.expect("memory can be read"))
            .map(text)
            .collect()
    }

    #[test]
    fn lines_are_the_same_for_any_size_of_a_read() {
        let input = b"one\n\n  \r\ntwo two\nthree";
        for size in 1..30 {
            let found = lines(BufReader::with_capacity(size, &input[..]));
            assert_eq!(
                found,
                [
                    Some("one".to_owned()),
                    Some("two two".to_owned()),
                    Some("three".to_owned())
                ]
            );
        }
    }

    #[test]
    fn a_line_that_is_too_long_is_told_and_passed_over() {
        let mut input = vec![b'x'; MAX_SIZE + 1];
        input.extend_from_slice(b"\nnext\n");
        assert_eq!(
            lines(BufReader::with_capacity(READ, &input[..])),
            [None, Some("next".to_owned())]
        );
    }
}
