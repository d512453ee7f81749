# SPDX-License-Identifier: ISC
"""Runs the cases with one mail server inside a throw-away root. Called by tests/e2e/run: SERVER FOLDER."""
import importlib
import os
import subprocess
import sys
import traceback

import root
from common import ROOT

import harness  # pylint: disable=wrong-import-order  # common knows where it is

SKIPPED = 77
USER = "quarantine"


def prepare(server, base):
    """The machine of the test, up to the packages."""
    root.enter(base, ROOT, harness.BUILD)
    for path in ("/var/lib/quarantine", "/var/spool/quarantine", "/usr/lib/quarantine"):
        if os.path.exists(path):
            raise root.Unable(f"{path} is there already; the test wants a machine without a quarantine")
    root.install(*importlib.import_module(server).PACKAGES)
    if subprocess.run(["getent", "passwd", USER], check=False, stdout=subprocess.DEVNULL).returncode != 0:
        subprocess.run(["useradd", "--system", "--user-group", "--no-create-home", USER], check=True)


def main(server, base):
    try:
        prepare(server, base)
    except root.Unable as why:
        print(f"{server}: skipped: {why}")
        return SKIPPED
    cases = importlib.import_module("cases")
    return cases.run_all(importlib.import_module(server), USER)


if __name__ == "__main__":
    try:
        sys.exit(main(*sys.argv[1:]))
    except Exception:  # pylint: disable=broad-except  # a failure of the test's own
        traceback.print_exc()
        sys.exit(1)
