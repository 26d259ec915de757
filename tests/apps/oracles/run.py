# SPDX-License-Identifier: Apache-2.0
"""Runs an application on hostile input and compares all that it says with its oracle.

    run.py --program build/dev/examples/ad_ctr [--seeds 20] [--first 1] [--size 300] [--keep DIR]

For every seed: the rows of every table, in full; the queries of its dashboard; the counts of --stats; the dead letters;
with one worker and with three. Ends at the first difference, with the input kept if asked.
"""

import argparse
import importlib
import json
import pathlib
import random
import subprocess
import sys
import tempfile

from common import BYTE_ORDER_MARK, Books, Query, answers_of


def run_program(program, folder, inputs, statements, now, workers):
    command = [program, "--format", "json", "--stats", "--now", str(now), "--workers", str(workers)]
    for stream, content in inputs.items():
        path = folder / f"{stream}.jsonl"
        path.write_bytes(content)
        command += ["--input", f"{stream}={path}"]
    dead_letters = folder / "dead.jsonl"
    command += ["--dead-letters", str(dead_letters)]
    for statement in statements:
        command += ["--sql", statement]
    done = subprocess.run(command, capture_output=True, timeout=120)
    if done.returncode != 0:
        raise Difference(f"exit {done.returncode}: {done.stderr.decode(errors='replace')}")
    answers = [[json.loads(line) for line in lines] for lines in answers_of(done.stdout)]
    if len(answers) != len(statements):
        raise Difference(f"{len(statements)} statements, {len(answers)} answers")
    stats = json.loads(done.stderr.decode("utf-8").strip().split("\n")[-1])
    dead = [json.loads(line) for line in dead_letters.read_text("utf-8").split("\n")[:-1]]
    return answers, stats, dead


class Difference(Exception):
    pass


def agree(what, expected, got):
    if expected != got:
        raise Difference(f"{what}: expected {expected}, got {got}")


def check_seed(oracle, program, folder, seed, size):
    rng = random.Random(f"{oracle.__name__} {seed}")
    inputs = oracle.generate(rng, size)
    books = Books()
    tables = oracle.tables(inputs, books)
    moments = sorted(value for rows in tables.values() for row in rows for value in
                     (row.get("window_start"), row.get("time_ms")) if value is not None) or [0]
    now = rng.choice([moments[-1] + 1, moments[len(moments) // 2] + 90_000])
    for row in tables.get("rawEvents", []):
        row["ingest_time"] = now

    statements = [Query(f"SELECT * FROM {name}", rows) for name, rows in tables.items()]
    statements += [Query("SELECT " + ", ".join(map(str.swapcase, reversed(oracle.TABLES[name]))) + f" FROM {name.upper()}",
                         [{column.swapcase(): row[column] for column in reversed(oracle.TABLES[name])} for row in rows])
                   for name, rows in tables.items()]
    statements += oracle.queries(tables, now)
    for workers in (1, 3):
        answers, stats, dead = run_program(program, folder, inputs, [s.text for s in statements], now, workers)
        for statement, answer in zip(statements, answers):
            found = statement.difference(answer)
            if found:
                raise Difference(f"{statement.text}\n{found}")
        check_books(books, tables, stats, dead, inputs)


def check_books(books, tables, stats, dead, inputs):
    agree("fields of --stats", ["streams", "late", "duplicates", "tables", "seconds"], list(stats))
    agree("streams of --stats", books.streams, stats["streams"])
    agree("late", books.late, stats["late"])
    agree("duplicates", books.duplicates, stats["duplicates"])
    agree("sizes of tables", {name: len(rows) for name, rows in tables.items()}, stats["tables"])
    agree("dead letters", sorted(books.dead), sorted((letter["stream"], letter["line"]) for letter in dead))
    for letter in dead:
        agree("fields of a dead letter", ["stream", "line", "reason", "text"], list(letter))
        raw = inputs[letter["stream"]].removeprefix(BYTE_ORDER_MARK).split(b"\n")[letter["line"] - 1].strip(b"\r")
        try:
            agree("text of a dead letter", raw.decode("utf-8"), letter["text"])
        except UnicodeDecodeError:
            pass  # what cannot be written in JSON is written as near as it can be
        if not letter["reason"]:
            raise Difference("a dead letter without a reason")


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--program", required=True, type=pathlib.Path)
    arguments.add_argument("--seeds", type=int, default=20)
    arguments.add_argument("--first", type=int, default=1)
    arguments.add_argument("--size", type=int, default=300)
    arguments.add_argument("--keep", type=pathlib.Path, help="a folder for the files of the seed that differs")
    chosen = arguments.parse_args()
    oracle = importlib.import_module(chosen.program.stem)
    with tempfile.TemporaryDirectory() as temporary:
        folder = chosen.keep or pathlib.Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        for seed in range(chosen.first, chosen.first + chosen.seeds):
            try:
                check_seed(oracle, chosen.program, folder, seed, chosen.size)
            except Difference as found:
                sys.exit(f"{oracle.__name__}, seed {seed}: {found}")
    print(f"{oracle.__name__}: {chosen.seeds} seeds agree")


if __name__ == "__main__":
    main()
