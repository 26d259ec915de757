# SPDX-License-Identifier: Apache-2.0
"""The command line all applications share, from the outside.

    command_line.py --program build/dev/examples/ad_ctr

Exit codes, messages, formats, standard input, and that made-up events written out and read back change nothing.
"""

import argparse
import csv
import importlib
import io
import json
import pathlib
import subprocess
import sys
import tempfile

from common import answers_of

OPTIONS = ("--input", "--generate", "--seed", "--write-input", "--sql", "--format", "--now", "--dead-letters",
           "--workers", "--stats", "--help", "--version")


class Checks:
    def __init__(self, program, oracle, folder):
        self.program, self.oracle, self.folder = program, oracle, folder
        self.failed = []

    def run(self, *arguments, stdin=b""):
        return subprocess.run([self.program, *map(str, arguments)], input=stdin, capture_output=True, timeout=120)

    def check(self, what, holds, done=None):
        if not holds:
            shown = f"\n  exit {done.returncode}, {done.stdout[:300]!r}, {done.stderr[:600]!r}" if done else ""
            self.failed.append(what + shown)

    def ends(self, code, *arguments, mentions=(), stdin=b""):
        done = self.run(*arguments, stdin=stdin)
        text = done.stderr.decode("utf-8")
        self.check(f"{' '.join(map(str, arguments))} ends with {code}", done.returncode == code, done)
        for word in mentions:
            self.check(f"{' '.join(map(str, arguments))} mentions {word}", word in text, done)
        if code != 0:
            self.check(f"{' '.join(map(str, arguments))} prints no results", done.stdout == b"", done)
        return done

    def rows(self, *arguments, statements, stdin=b""):
        asked = [word for statement in statements for word in ("--sql", statement)]
        done = self.run(*arguments, "--format", "json", "--now", "0", *asked, stdin=stdin)
        self.check(f"{arguments} succeeds", done.returncode == 0, done)
        return answers_of(done.stdout)

    # What is checked ------------------------------------------------------------------------------------------------

    def help_and_version(self):
        for option in ("--help", "--version"):
            done = self.ends(0, option)
            self.check(f"{option} prints to standard output", done.stdout and not done.stderr, done)
        text = self.run("--help").stdout.decode("utf-8")
        for option in OPTIONS:
            self.check(f"--help knows {option}", option in text)

    def bad_usage(self):
        files = [word for stream in self.oracle.STREAMS for word in ("--input", f"{stream}=/dev/null")]
        self.ends(2, "--frobnicate", mentions=OPTIONS)
        self.ends(2, "stray")
        self.ends(2, "--input", "nosuch=/dev/null", mentions=tuple(self.oracle.STREAMS))
        self.ends(2, "--input", "/dev/null")
        self.ends(2, "--format", "xml", mentions=("table", "json", "csv"))
        for option in ("--generate", "--seed", "--workers", "--now"):
            for value in ("x", "", "1.5", "1e3", "99999999999999999999"):
                self.ends(2, option, value)
        self.ends(2, "--generate", "-1")
        self.ends(2, "--workers", "0")
        for place in ("-", "/dev/stdout"):  # is for results
            self.ends(2, "--generate", "1", "--dead-letters", place)
        for option in OPTIONS[:8]:  # those that need a value
            self.ends(2, option)
        if len(self.oracle.STREAMS) > 1:
            self.ends(2, *files[2:], mentions=(files[1].split("=")[0],))
            self.ends(2, *files[:2])

    def failures(self):
        unreadable = [word for stream in self.oracle.STREAMS for word in ("--input", f"{stream}={self.folder}/nothing")]
        self.ends(1, *unreadable, mentions=("nothing",))
        self.ends(1, "--generate", "10", "--sql", "SELECT 1 +", mentions=("1:",))
        table = next(iter(self.oracle.TABLES))
        self.ends(1, "--generate", "10", "--sql", f"SELECT no_such_column FROM {table}", mentions=("no_such_column",))
        self.ends(1, "--generate", "10", "--sql", "SELECT 1 FROM no_such_table", mentions=("no_such_table", "15"))
        self.ends(1, "--generate", "10", "--sql", f"SELECT COUNT(*) FROM {table}", "--sql", "nonsense")
        self.ends(1, "--generate", "10", "--dead-letters", self.folder / "no" / "such" / "folder")

    def generated(self):
        statements = [f"SELECT {', '.join(self.oracle.TABLES[name])} FROM {name} ORDER BY "
                      + ", ".join(str(i + 1) for i, column in enumerate(self.oracle.TABLES[name])
                                  if column != "coupon_codes.name" and not column.startswith("line_items."))
                      for name in self.oracle.TABLES]
        written = []
        for name, options in (("a", ["--seed", "7"]), ("b", ["--seed", "7", "--workers", "3"]), ("c", ["--seed", "8"])):
            folder = self.folder / name
            self.ends(0, "--generate", "3000", "--write-input", folder, *options)
            written.append({stream: (folder / f"{stream}.jsonl").read_bytes() for stream in self.oracle.STREAMS})
        self.check("the same seed gives the same bytes", written[0] == written[1])
        self.check("another seed gives other bytes", written[0] != written[2])
        files = [word for stream in self.oracle.STREAMS
                 for word in ("--input", f"{stream}={self.folder / 'a' / stream}.jsonl")]
        made_up = self.rows("--generate", "3000", "--seed", "7", statements=statements)
        for options in ([], ["--workers", "2"], ["--workers", "4"]):
            read_back = self.rows(*files, *options, statements=statements)
            self.check(f"made-up events read back give the same tables {options}", made_up == read_back)
        stream = next(iter(self.oracle.STREAMS))
        files[1] = f"{stream}=-"
        piped = self.rows(*files, statements=statements, stdin=written[0][stream])
        self.check("standard input is read like a file", made_up == piped)
        self.check("there is something to compare", any(made_up))

    def formats(self):
        table, columns = next(iter(self.oracle.TABLES.items()))
        statement = f"SELECT {', '.join(columns)} FROM {table} ORDER BY {columns[0]}, {columns[1]} LIMIT 20"
        counted = f"SELECT COUNT(*) AS n FROM {table}"
        arguments = ["--generate", "500", "--now", "0", "--sql", statement, "--sql", counted]
        blocks = {name: self.run(*arguments, "--format", name).stdout.decode("utf-8").split("\n\n")
                  for name in ("json", "csv", "table")}
        for name, found in blocks.items():
            self.check(f"two answers in {name} are separated by an empty line: {len(found)}", len(found) == 2)
        rows = [json.loads(line) for line in blocks["json"][0].split("\n") if line]
        self.check("json keys are in the order of SELECT", all(tuple(row) == columns for row in rows))
        lines = list(csv.reader(io.StringIO(blocks["csv"][0])))
        self.check("csv begins with the names of the columns", lines[0] == list(columns))
        self.check("csv has as many rows as json", len(lines) - 1 == len(rows) > 0)
        for line, row in zip(lines[1:], rows):
            for text, value in zip(line, row.values()):
                if isinstance(value, str):
                    self.check(f"csv says {value!r}: {text!r}", text == value)
                elif value is None:
                    self.check(f"csv leaves null empty: {text!r}", text == "")
        for row in rows:
            texts = [value for value in row.values() if isinstance(value, str)]
            self.check("table shows every text", all(text in blocks["table"][0] for text in texts))


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--program", required=True, type=pathlib.Path)
    program = arguments.parse_args().program
    with tempfile.TemporaryDirectory() as folder:
        checks = Checks(program, importlib.import_module(program.stem), pathlib.Path(folder))
        for part in (checks.help_and_version, checks.bad_usage, checks.failures, checks.generated, checks.formats):
            part()
    if checks.failed:
        sys.exit("\n".join(f"not so: {what}" for what in checks.failed))


if __name__ == "__main__":
    main()
