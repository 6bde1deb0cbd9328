#!/usr/bin/env python3
"""Fills the corpora of the fuzz targets with first inputs from the cases and the sample organization: seeds.py [KEYAKI]

With the path of the built command, certificates and witnesses of the cases are among them. What is there already is kept.
"""

import hashlib
import json
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent

# Begins an input that is throws of the generators.
THROWS = b"\xff"


def write(target, content):
    folder = HERE / "corpus" / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / hashlib.sha256(content).hexdigest()[:20]).write_bytes(content)


def documents(value):
    """All policy documents anywhere in a line."""
    if isinstance(value, dict):
        if "Statement" in value:
            yield value
        for part in value.values():
            yield from documents(part)
    elif isinstance(value, list):
        for part in value:
            yield from documents(part)


def compact(value):
    return json.dumps(value, separators=(",", ":")).encode()


def evidence(keyaki, lines):
    asked = "\n".join(json.dumps({**line, "certificate": True}) for line in lines)
    answers = subprocess.run([keyaki, "batch"], input=asked, capture_output=True, text=True, check=False).stdout
    for answer in map(json.loads, answers.splitlines()):
        found = [answer.get("certificate"), *answer.get("certificates", [])]
        yield from (one for one in found if isinstance(one, dict))


def main():
    lines = []
    for path in sorted((ROOT / "corpus/cases").glob("*.jsonl")):
        records = [json.loads(line) for line in path.read_text().splitlines()]
        lines += [record["line"] for record in records if isinstance(record.get("line"), dict)]
    for line in lines:
        write("batch_line_answers", compact(line))
        for document in documents(line):
            write("document_roundtrip", compact(document))
        if "request" in line:
            write("document_roundtrip", compact(line["request"]))
    sample = ROOT / "corpus/sample"
    organization = (sample / "organization.json").read_bytes()
    manifest = (sample / "manifest.json").read_bytes()
    for record in (sample / "resources.jsonl").read_bytes().splitlines():
        write("snapshot_reads", record)
    write("snapshot_reads", b"\x1e".join([b"", organization, manifest]))
    for number in range(64):
        throws = hashlib.shake_128(bytes([number])).digest(96)
        write("batch_line_answers", THROWS + throws)
        write("certificate_is_refused_or_true", THROWS + throws)
    letters = [b"\x00\x01", b"\x00\x04\x01", b"\x04\x00\x05", b"\x00\x04\x01\x04\x01", b"\x0a\x04\x09", b"\x06\x0e\x07"]
    for one in letters:
        for two in letters:
            write("glob_vs_regex", b"\xf0".join([one, one, two]))
            write("glob_vs_regex", b"\xf0".join([two + one, one + two, two]))
    if len(sys.argv) > 1:
        questions = [line for line in lines if line.get("question") != "evaluate"]
        for one in evidence(sys.argv[1], questions):
            write("certificate_is_refused_or_true", compact(one))


if __name__ == "__main__":
    main()
