"""Keyaki against Z3: the same questions, in turn, in one run.

    python versus.py --keyaki ../../target/release/keyaki [--timeout SECONDS] [--record FILE] FILES...

FILES hold batch lines; a name may have `:N` behind it to take N of its lines, evenly spread. Questions
with equal content are asked once. They are asked in rounds of `--round N` questions (50), the rounds of
both sides in turn and in alternating order, so that neither side begins each question with what the other
left in the caches of the processor; `--round 1` alternates at every question. In a round:

* Z3 answers through `oracle.py`, which makes new solvers for each question. Measured are the seconds
  in `check()` alone, which leaves out all of Python (parsing, encoding, and merging of expressions),
  and the seconds from the text of the line to the answer.
* Keyaki answers through one running `keyaki batch --timing`, from the text of the line to the verdict,
  so parsing and encoding are counted. It keeps nothing between questions. With `--repeat N` it is asked the
  whole round N times, and the median of each question counts: some ten microseconds are otherwise lost in the
  noise of the machine.

The ratio compares `check()` alone with the whole of Keyaki, in disfavour of Keyaki. A time-out counts as
the time that was allowed. Answers are compared wherever Z3 gives one.
"""

import argparse
import json
import multiprocessing
import select
import statistics
import subprocess
import sys
import threading
import time

NAMES = ("verdict", "relation")


def work(connection):
    """Answers lines by `oracle.py`, and tells the seconds of all `check()` and of all."""
    import z3

    import oracle

    facts = oracle.KeyFacts(None)
    plain, spent = z3.Solver.check, [0.0]

    def timed(self, *assumptions):
        start = time.perf_counter()
        try:
            return plain(self, *assumptions)
        finally:
            spent[0] += time.perf_counter() - start

    z3.Solver.check = timed
    while True:
        try:
            raw, seconds = connection.recv()
        except EOFError:
            return
        spent[0], start = 0.0, time.perf_counter()
        try:
            result = oracle.answer(oracle.parse_json(raw), facts, seconds)
        except Exception as error:  # a bug of the oracle: reported, never taken for an answer
            result = {"error": {"code": "oracle", "message": f"{type(error).__name__}: {error}"}}
        connection.send((said(result), spent[0], time.perf_counter() - start))


def said(result):
    """The answer in a word."""
    return next((result[name] for name in NAMES if name in result), "error")


class Oracle:
    """Z3 in a process of its own, started again after it had to be killed."""

    def __init__(self, seconds):
        self.seconds, self.process = seconds, None

    def ask(self, raw, double):
        if self.process is None:
            self.connection, child = multiprocessing.Pipe()
            self.process = multiprocessing.Process(target=work, args=(child,), daemon=True)
            self.process.start()
            child.close()
        self.connection.send((raw, self.seconds))
        allowed = self.seconds * (2 if double else 1)
        try:
            if self.connection.poll(allowed + 2):
                return self.connection.recv()
        except EOFError:
            pass
        self.process.kill()
        self.process.join()
        self.process = None
        return "timeout", allowed, allowed


class Keyaki:
    """One running `keyaki batch`, started again where it does not come back."""

    def __init__(self, program, seconds):
        self.program, self.seconds, self.process = program, seconds, None

    def ask(self, round):
        """The answers to the lines of a round and their seconds, asked in one go."""
        if self.process is None:
            command = [self.program, "batch", "--timing", "--threads", "1"]
            self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
            self.rest = b""
        sent = b"".join(raw.strip().encode() + b"\n" for raw in round)
        # In a thread, since answers fill their pipe while questions are still written.
        writer = threading.Thread(target=write, args=(self.process.stdin, sent), daemon=True)
        writer.start()
        answers = []
        while len(answers) < len(round):
            line = self.line()
            if line is None:
                # The question that is being answered has taken all its time; those behind it are asked again.
                self.process.kill()
                self.process.wait()
                writer.join()
                self.process = None
                answers.append(("timeout", self.seconds))
                return answers + (self.ask(round[len(answers) :]) if len(answers) < len(round) else [])
            result = json.loads(line)
            answers.append((said(result), result["micros"] / 1e6))
        writer.join()
        return answers

    def line(self):
        """The next line of the program, or nothing where it does not come in time."""
        deadline = time.monotonic() + self.seconds
        while b"\n" not in self.rest:
            ready, _, _ = select.select([self.process.stdout], [], [], max(0, deadline - time.monotonic()))
            chunk = self.process.stdout.read(1 << 16) if ready else b""
            if not chunk:
                return None
            self.rest += chunk
        line, self.rest = self.rest.split(b"\n", 1)
        return line


def write(stream, sent):
    """Writes all of it, or what a program that was ended still takes."""
    try:
        rest = memoryview(sent)
        while rest:
            rest = rest[stream.write(rest) :]
    except OSError:
        pass


def lines(files):
    """The lines of all files, each content once, with the name of their file."""
    seen = set()
    for name in files:
        path, _, count = name.partition(":")
        with open(path, encoding="utf-8") as opened:
            found = [line for line in opened if line.strip()]
        if count and int(count) < len(found):
            step = len(found) / int(count)
            found = [found[int(index * step)] for index in range(int(count))]
        for raw in found:
            try:
                question = json.loads(raw)
            except ValueError:
                continue
            identity = question.pop("id", None)
            content = json.dumps(question, sort_keys=True)
            if question.get("question") == "evaluate" or content in seen:
                continue
            seen.add(content)
            yield path, identity, question.get("question") == "compare", raw


def quantile(values, share):
    return sorted(values)[min(len(values) - 1, int(share * len(values)))] if values else float("nan")


def summary(records):
    """What the run came to, as lines."""
    theirs = [r for r in records if r["z3"] not in ("timeout", "error")]
    both = [r for r in theirs if r["keyaki"] not in ("timeout", "error")]
    decided = [r for r in both if r["keyaki"] != "undecided" and r["z3"] != "undecided"]
    equal = sum(r["z3"] == r["keyaki"] for r in decided)
    yield f"{len(records)} questions; Z3 answers {len(theirs)}, Keyaki {sum(r['keyaki'] not in ('timeout', 'error') for r in records)}"
    yield f"answers of both: {len(both)}; decided by both: {len(decided)}, equal {equal}, different {len(decided) - equal}"
    yield f"undecided: Z3 {sum(r['z3'] == 'undecided' for r in both)}, Keyaki {sum(r['keyaki'] == 'undecided' for r in both)}"
    yield f"no answer in time: Z3 {sum(r['z3'] == 'timeout' for r in records)}, Keyaki {sum(r['keyaki'] == 'timeout' for r in records)}"
    columns = {"Z3, check() alone": "z3_check", "Z3, whole": "z3_whole", "Keyaki, whole": "keyaki_seconds"}
    yield f"{'microseconds':<20}{'median':>12}{'p90':>12}{'p99':>12}{'worst':>12}"
    for name, column in columns.items():
        values = [1e6 * r[column] for r in records]
        shown = [statistics.median(values), quantile(values, 0.9), quantile(values, 0.99), max(values)]
        yield f"{name:<20}" + "".join(f"{value:>12.0f}" for value in shown)
    ratio = statistics.median(r["z3_check"] for r in records) / statistics.median(r["keyaki_seconds"] for r in records)
    whole = statistics.median(r["z3_whole"] for r in records) / statistics.median(r["keyaki_seconds"] for r in records)
    each = statistics.median(r["z3_check"] / r["keyaki_seconds"] for r in records)
    yield f"ratio of medians: check() alone {ratio:.0f}, whole {whole:.0f}; median of the ratios, check() alone: {each:.0f}"
    slower = [r for r in records if r["keyaki_seconds"] > r["z3_whole"]]
    slower_check = [r for r in records if r["keyaki_seconds"] > r["z3_check"]]
    unposed = sum(r["z3_check"] == 0 for r in slower_check)
    yield f"Keyaki slower: {len(slower)} of the whole, {len(slower_check)} of check() alone ({unposed} of them without any check())"
    for r in slower[:20]:
        yield f"  slower: {r['id']} Keyaki {1e6 * r['keyaki_seconds']:.0f} ({r['keyaki']}), Z3 {1e6 * r['z3_whole']:.0f} ({r['z3']})"
    for r in [r for r in decided if r["z3"] != r["keyaki"]][:40]:
        yield f"  different: {r['id']} Keyaki {r['keyaki']}, Z3 {r['z3']}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--keyaki", required=True)
    parser.add_argument("--timeout", type=float, default=3.0)
    parser.add_argument("--round", type=int, default=50, help="how many questions one side is asked before it is the other's turn")
    parser.add_argument("--repeat", type=int, default=3, help="how often Keyaki is asked a round")
    parser.add_argument("--record", help="a line for each question")
    parser.add_argument("files", nargs="+")
    options = parser.parse_args()
    oracle, keyaki = Oracle(options.timeout), Keyaki(options.keyaki, options.timeout)
    records = []
    out = open(options.record, "w", encoding="utf-8") if options.record else None
    asked = list(lines(options.files))
    for start in range(0, len(asked), options.round):
        round = asked[start : start + options.round]
        texts = [raw for _, _, _, raw in round]

        def theirs():
            return [oracle.ask(raw, double) for _, _, double, raw in round]

        def ours():
            return [keyaki.ask(texts) for _ in range(options.repeat)]

        turns = [theirs, ours]
        order = (0, 1) if start // options.round % 2 else (1, 0)
        got = dict((turn, turns[turn]()) for turn in order)
        for place, (path, identity, _, _) in enumerate(round):
            z3, check, whole = got[0][place]
            answers = [repeat[place] for repeat in got[1]]
            record = {
                "file": path.rsplit("/", 1)[-1],
                "id": identity,
                "z3": z3,
                "keyaki": answers[0][0],
                "z3_check": check,
                "z3_whole": whole,
                "keyaki_seconds": max(statistics.median(seconds for _, seconds in answers), 1e-6),
                "keyaki_first": max(answers[0][1], 1e-6),
            }
            records.append(record)
            if out:
                out.write(json.dumps(record) + "\n")
                out.flush()
    for line in summary(records):
        print(line)


if __name__ == "__main__":
    sys.exit(main())
