#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""The configuration lines that the manual shows are those that the tests use."""
import glob
import os
import re
import sys

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tools", "deliver")

with open(os.path.join(FOLDER, "quarantine-deliver.1.scd"), encoding="utf-8") as manual:
    # scdoc takes a backslash for an escape in literal text too.
    shown = [re.sub(r"\\(.)", r"\1", block) for block in re.findall(r"^```\n(.*?)^```$", manual.read(), re.M | re.S)]
examples = sorted(glob.glob(os.path.join(FOLDER, "examples", "*")))
missing = []
for path in examples:
    with open(path, encoding="utf-8") as example:
        if example.read() not in shown:
            missing.append(os.path.basename(path))
for name in missing:
    print(f"quarantine-deliver.1.scd does not show examples/{name} as it is")
print(f"{len(examples)} examples, {len(missing)} problems")
sys.exit(bool(missing) or not examples)
