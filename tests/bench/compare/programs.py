# SPDX-License-Identifier: ISC
"""The C programs: bench_client asks, bench_deliver loads."""
import os
import statistics
import subprocess
from dataclasses import dataclass

import harness

PATIENCE = 1800  # seconds that one program may take


@dataclass(frozen=True)
class Answer:
    """What a measured command took and, when a digest was asked for, said."""
    seconds: float
    size: int
    digest: tuple = ()  # count, numbers, order, literals


def path(name):
    return os.path.join(harness.BUILD, "tests", "bench", name)


def run(*command, **options):
    """The output of a program; its own words when it fails."""
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=PATIENCE,
                          check=False, **options)
    if done.returncode != 0:
        raise RuntimeError(done.stderr.strip()[-300:] or f"{command[0]} ended with {done.returncode}")
    return done.stdout


def ask(peer, *commands, times=1, digest=False):
    """The answers to the measured commands (those with "=") in a connection of its own."""
    options = ["-n", times] + (["-d"] if digest else [])
    answers = []
    for line in run(path("bench_client"), *options, peer.port, peer.user, peer.password, *commands).splitlines():
        seconds, size, *rest = line.split()
        answers.append(Answer(float(seconds), int(size), tuple(rest)))
    return answers


def median_seconds(answers):
    return statistics.median(answer.seconds for answer in answers)


def deliver(count, *how, processes=1, group=1, first=0):
    """Hands messages over; how many a second."""
    return float(run(path("bench_deliver"), "-p", processes, "-g", group, "-f", first, count, *how))
