# SPDX-License-Identifier: ISC
"""imapflow: imapflow/client.js, with the library from npm as the lock file has it."""
import os
import shutil

from place import HERE, MAILBOX, PASSWORD, USER, files


def command(place, what):
    folder = place.path("imapflow")
    if not os.path.exists(folder):
        shutil.copytree(os.path.join(HERE, "imapflow"), folder)
        place.run("npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", folder)
    return ["node", os.path.join(folder, "client.js"), what, place.host, str(place.port), place.cert if place.secure else "", USER,
            PASSWORD, MAILBOX, place.folder]


def read(place):
    os.mkdir(place.path("mail"))
    place.run(*command(place, "read"))
    return files(place.path("mail"))


def mark(place):
    place.run(*command(place, "mark"))


def wait(place):
    process = place.start(*command(place, "wait"))
    try:
        place.until(lambda: os.path.exists(place.path("ready")), "imapflow to be there")
        place.deliver()
        assert process.wait(60) == 0
    finally:
        process.kill()
        process.wait()


def move(place):
    place.run(*command(place, "move"))


def remove(place):
    place.run(*command(place, "remove"))
