#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""The same report as one would write it with imaplib, email and csv: one line for each message of a period.

straightforward.py HOST PORT PASSWORD SINCE OUTPUT MAILBOX   (SINCE: 01-Jan-2026)

The yardstick of tests/bench/retrieve: the same server, the same fields, the same columns in simple form; headers are
fetched in batches, because nobody would wait for the other way."""
import csv
import email
import email.errors
import email.header
import imaplib
import re
import sys

BATCH = 500
COLUMNS = {
    "From": ["From"],
    "To": ["To", "X-Envelope-To", "Envelope-To", "X-Original-To", "Delivered-To"],
    "Reply-To": ["Reply-To"],
    "PHP script": ["X-PHP-Script", "X-PHP-Originating-Script", "X-PHP-Filename", "X-Source-Args", "X-Source-Dir"],
    "Auth-User": ["X-AuthUser", "X-Auth-User", "X-Authenticated-User", "X-SmarterMail-Authenticated-As", "X-Authenticated-Id",
                  "X-Auth", "X-Auth-ID"],
    "Auth-Email": ["X-Auth-Email", "X-Get-Message-Sender-Via", "X-Source-Auth", "X-Sender", "X-Sender-Id"],
}
TITLES = ["#", "From", "To", "Reply-To", "Qmail UID", "Invoked for", "IP/Username", "Evidence", "PHP script", "Auth.sender",
          "Auth-User", "Auth-Email"]


def text(value):
    """A header as people read it."""
    try:
        return " ".join(str(email.header.make_header(email.header.decode_header(value))).split())
    except (LookupError, UnicodeError, email.errors.HeaderParseError):
        return " ".join(str(value).split())


def first(message, names):
    return next((text(message[name]) for name in names if message[name]), "")


def by_suffix(message, suffix):
    return next((text(value) for name, value in message.items() if name.lower().endswith(suffix)), "")


def found(pattern, texts):
    return next((match[1] for text in texts if (match := re.search(pattern, text))), "")


def row(number, message):
    received = [text(value) for value in message.get_all("Received", [])]
    cells = {title: first(message, names) for title, names in COLUMNS.items()}
    cells["#"] = number
    cells["Qmail UID"] = found(r"invoked by uid (\d+)", received)
    cells["Invoked for"] = found(r"invoked for (\w+)", received)
    cells["IP/Username"] = by_suffix(message, "-username") or first(message, ["X-Originating-IP"])
    cells["Evidence"] = by_suffix(message, "-outgoing-evidence")
    cells["Auth.sender"] = found(r"\(Authenticated sender: ([^)]*)\)", received) or first(message, ["X-Authenticated-Sender"])
    return [cells[title] for title in TITLES]


def main():
    host, port, password, since, output, mailbox = sys.argv[1:]
    imap = imaplib.IMAP4(host, int(port))
    imap.login("global", password)
    imap.select(mailbox, readonly=True)
    uids = imap.uid("SEARCH", "SINCE", since)[1][0].split()
    number = 0
    with open(output, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(TITLES)
        for at in range(0, len(uids), BATCH):
            answers = imap.uid("FETCH", b",".join(uids[at:at + BATCH]).decode(), "(BODY.PEEK[HEADER])")[1]
            for answer in answers:
                if isinstance(answer, tuple):
                    number += 1
                    writer.writerow(row(number, email.message_from_bytes(answer[1])))
    imap.logout()
    print(number)


main()
