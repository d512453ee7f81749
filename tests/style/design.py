#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Each source file has its line in the DESIGN.md of its folder or of one above; files of cmd/ name themselves."""
import glob
import os
import sys

os.chdir(sys.argv[1])
missing = []
for path in sorted(p for d in ("store", "imapd", "auth", "tools") for p in glob.glob(f"{d}/**/*.c", recursive=True)):
    folder, named = os.path.dirname(path), path.startswith("imapd/cmd/")
    while not named:
        design = os.path.join(folder, "DESIGN.md")
        if os.path.exists(design):
            named = os.path.relpath(path, folder or ".") in open(design, encoding="utf-8").read()
        if not folder:
            break
        folder = os.path.dirname(folder)
    if not named:
        missing.append(path)
for path in missing:
    print(f"{path}: no DESIGN.md says what it is")
sys.exit(bool(missing))
