#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Holds the code to its figures (CONTRIBUTING.md): lengths of functions, files and headers."""
import glob
import os
import subprocess
import sys

FUNCTION_MAX, FUNCTION_GOOD, FILE_MAX, HEADER_MAX = 80, 60, 400, 200
LONG_HEADERS = {"store/include/quarantine.h"}

root = os.path.abspath(sys.argv[1])
os.chdir(root)
files = sorted(p for d in ("store", "auth", "imapd", "tools") for p in glob.glob(f"{d}/**/*.[ch]", recursive=True))
problems = []
for path in files:
    lines = sum(1 for _ in open(path, encoding="utf-8"))
    limit = FILE_MAX if path.endswith(".c") or path in LONG_HEADERS else HEADER_MAX
    if path not in LONG_HEADERS and lines > limit:
        problems.append(f"{path}: {lines} lines, at most {limit}")

tags = subprocess.run(["ctags", "--languages=C", "--kinds-C=f", "--fields=+ne", "-f", "-", *[p for p in files if p.endswith(".c")]],
                      check=True, capture_output=True, text=True).stdout
lengths = []
for line in tags.splitlines():
    if line.startswith("!"):
        continue
    fields = dict(f.split(":", 1) for f in line.split("\t") if ":" in f and f.split(":", 1)[0] in ("line", "end"))
    length = int(fields["end"]) - int(fields["line"]) + 1
    lengths.append(length)
    if length > FUNCTION_MAX:
        name, path = line.split("\t")[:2]
        problems.append(f"{path}: {name} has {length} lines, at most {FUNCTION_MAX}")
lengths.sort()
good = sum(length <= FUNCTION_GOOD for length in lengths) / max(1, len(lengths))
if good < 0.99:
    problems.append(f"only {good:.1%} of functions have at most {FUNCTION_GOOD} lines; 99 % should")
for problem in problems:
    print(problem)
print(f"{len(files)} files; {len(lengths)} functions, median {lengths[len(lengths) // 2]}, "
      f"90 % up to {lengths[len(lengths) * 9 // 10]}, longest {lengths[-1]} lines")
sys.exit(bool(problems))
