"""Puts exported scripts to another solver and compares its answers with Keyaki's.

    keyaki export --smtlib --out scripts < questions.jsonl
    python dispute.py [--solver z3|cvc5] [--timeout SECONDS] scripts
    keyaki batch --timing --threads 1 < questions.jsonl > answers.jsonl
    python dispute.py [...] --answers answers.jsonl scripts

Each script says in `:status` what Keyaki answers. A process of its own solves one script after the
other and is killed if it does not come back in time. With the answers to the same lines, how long both took is
told as well, parsing included on both sides. Ends with 1 if an answer differs.
"""

import argparse
import json
import multiprocessing
import pathlib
import re
import sys
import time


def solve_z3(script, seconds):
    import z3

    solver = z3.Solver()
    solver.set("timeout", int(1000 * seconds))
    solver.from_string(script)
    try:
        return str(solver.check())
    except z3.Z3Exception:  # out of time while it simplifies
        return "unknown"


def solve_cvc5(script, seconds):
    import cvc5

    solver = cvc5.Solver()
    solver.setOption("tlimit-per", str(int(1000 * seconds)))
    solver.setOption("strings-exp", "true")
    parser = cvc5.InputParser(solver)
    parser.setStringInput(cvc5.InputLanguage.SMT_LIB_2_6, script, "script")
    names, said = parser.getSymbolManager(), ""
    while True:
        command = parser.nextCommand()
        if command.isNull():
            return said.strip()
        said = command.invoke(solver, names) or said


def work(connection, solver, seconds):
    """Answers scripts until the pipe closes: the answer, and the seconds it took with parsing."""
    solve = {"z3": solve_z3, "cvc5": solve_cvc5}[solver]
    while True:
        try:
            script = connection.recv()
        except EOFError:
            return
        start = time.perf_counter()
        try:
            said = solve(script, seconds)
        except Exception as error:  # what the solver cannot read is told, never taken for an answer
            said = f"error: {error}"
        connection.send((said, time.perf_counter() - start))


class Solver:
    """A process that solves, started again after it had to be killed."""

    def __init__(self, name, seconds):
        self.name, self.seconds, self.process = name, seconds, None

    def ask(self, script):
        if self.process is None:
            self.connection, child = multiprocessing.Pipe()
            self.process = multiprocessing.Process(target=work, args=(child, self.name, self.seconds), daemon=True)
            self.process.start()
            child.close()
        self.connection.send(script)
        try:
            if self.connection.poll(self.seconds + 1):
                return self.connection.recv()
        except EOFError:
            pass
        self.process.kill()
        self.process.join()
        self.process = None
        return "unknown", self.seconds


def parts(text):
    """The status that a script gives, and the script without it, so that the solver is not told."""
    status = re.search(r"\(set-info :status (\w+)\)\n", text)
    return status[1], text.replace(status[0], "")


def spread(name, micros):
    """A line of how long something took: the median, and what nine of ten and 99 of 100 stay under."""
    micros = sorted(micros)
    at = [micros[min(len(micros) - 1, int(share * len(micros)))] for share in (0.5, 0.9, 0.99, 1)]
    print(f"{name:>8} " + "  ".join(f"{words} {value:,.0f}" for words, value in zip(("median", "p90", "p99", "worst"), at)))
    return at[0]


def main():
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--solver", choices=("z3", "cvc5"), default="z3")
    options.add_argument("--timeout", type=float, default=1.0)
    options.add_argument("--answers", type=pathlib.Path, help="Keyaki's answers to the same lines, with --timing")
    options.add_argument("folder", type=pathlib.Path)
    options = options.parse_args()
    solver, tally = Solver(options.solver, options.timeout), {}
    answers = options.answers.read_text(encoding="utf-8").splitlines() if options.answers else []
    theirs, ours = [], []
    for path in sorted(options.folder.glob("*.smt2")):
        status, script = parts(path.read_text(encoding="utf-8"))
        said, seconds = solver.ask(script)
        # A comparison is two scripts, whose time is not known apart.
        if answers and said in ("sat", "unsat", "unknown") and path.stem.isdigit():
            theirs.append(seconds * 1e6)
            ours.append(json.loads(answers[int(path.stem) - 1])["micros"])
        if said.startswith("error"):
            outcome = "error"
        elif said not in ("sat", "unsat"):
            outcome = "no answer in time"
        elif status == "unknown":
            outcome = "undecided by Keyaki"
        else:
            outcome = "equal" if said == status else "different"
        tally[outcome] = tally.get(outcome, 0) + 1
        if outcome in ("different", "error"):
            print(f"{path.name}: {options.solver} says {said}, Keyaki {status}")
    for outcome, count in sorted(tally.items()):
        print(f"{count:6} {outcome}")
    if theirs:
        print(f"microseconds of {len(theirs)} questions, parsing included")
        ratio = spread(options.solver, theirs) / max(1, spread("keyaki", ours))
        slower = sum(1 for their, our in zip(theirs, ours) if our > their)
        print(f"ratio of medians {ratio:,.0f}; Keyaki was slower on {slower}")
    return 1 if "different" in tally or "error" in tally else 0


if __name__ == "__main__":
    sys.exit(main())
