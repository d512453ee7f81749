#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""The manual's table of extensions and what the server advertises are the same."""
import os
import re
import sys

os.chdir(sys.argv[1])
with open("imapd/state.c", encoding="utf-8") as source:
    advertised = {name.partition("=6")[0] for name in re.findall(r'^\t\{"([^"]+)", WHEN_', source.read(), re.M)} - {"IMAP4rev1"}
with open("imapd/quarantine-imapd.8.scd", encoding="utf-8") as manual:
    table = manual.read().split("# EXTENSIONS", 1)[1].split("\n# ", 1)[0]
documented = {name for row in re.findall(r"^\|  (.+)$", table, re.M) for name in row.split(", ")}
for name in sorted(advertised ^ documented):
    print(f"{name}: " + ("not in the manual's table" if name in advertised else "in the manual, but not advertised"))
sys.exit(advertised != documented)
