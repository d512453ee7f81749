# SPDX-License-Identifier: ISC
"""What must hold with every mail server. Each case gets a Bench: the mail server, the store, the IMAP
server, and what passed between them."""
import os
import shutil
import smtplib
import subprocess
import time
import traceback

import clients
from common import wait_until
from handover import Handover

import harness

STORE, SPOOL = "/var/lib/quarantine", "/var/spool/quarantine"  # as in the manual
SENDER, RECIPIENT = "shop@customer.example", "victim@example.net"


def message(bench, *headers, body=b"Buy now.", sender=SENDER):
    """A message with the line that the filter takes for spam."""
    return b"\r\n".join([
        f"From: The Shop <{sender}>".encode(), b"To: victim@example.net", b"Subject: =?utf-8?q?Sch=C3=B6ne_Preise?=",
        b"Date: Mon, 05 Jan 2026 10:00:00 +0000", b"Message-ID: <1@customer.example>", *headers, b"", body,
        bench.mail.gtube, b"", b"-- ", b"the shop", b""])


def same(client, got, expected):
    """Byte for byte."""
    assert got == expected, f"{client} has other bytes:\n{got!r}\n{expected!r}"


class Bench:
    """One machine with everything on it."""

    def __init__(self, module, user):
        self.box = harness.Sandbox()
        self.user = user
        os.chmod(self.box.path, 0o755)
        shutil.chown(self.box.path, user, user)
        self.box.store = STORE
        self.box.init()
        self._make_spool()
        self.server = harness.Server(self.box, "--spool", SPOOL, user=user)
        self.handover = Handover(harness.program("quarantine-deliver"), user)
        self.mail = module.MailServer()
        self.seen = 0  # messages in Outgoing

    def _make_spool(self):
        """The folder of the manual, which filters can write and not read."""
        subprocess.run(["groupadd", "--system", "--force", "quarantine-deliver"], check=True)
        subprocess.run(["usermod", "--append", "--groups", "quarantine-deliver", self.user], check=True)
        subprocess.run(["install", "-d", "-o", self.user, "-g", "quarantine-deliver", "-m", "3730", SPOOL], check=True)

    def submit(self, data, sender=SENDER, recipients=(RECIPIENT,), user=None):
        """Sends a message as the authenticated customer. The mail server's last answer."""
        with smtplib.SMTP("127.0.0.1", self.mail.port, "client.customer.example") as smtp:
            smtp.login(user or self.mail.user, self.mail.password)
            try:
                smtp.sendmail(sender, recipients, data)
            except smtplib.SMTPDataError as refused:
                return str(refused.smtp_code)
        return "250"

    def delivered(self):
        """Waits for a delivery that succeeds, and checks that IMAP gives its very bytes."""
        delivery = self.handover.next()
        assert delivery.status == 0, f"quarantine-deliver ended with {delivery.status}: {delivery.error}"
        self.seen += 1
        uid, data = clients.newest(self.server, "Outgoing")
        assert uid == self.seen, f"UID {uid} after {self.seen} deliveries"
        same("imaplib", data, delivery.message())
        return delivery

    def facts(self):
        """What the store holds of the newest message, as lists of values by name."""
        program = os.path.join(harness.BUILD, "tests", "e2e", "print_facts")
        facts = {}
        for line in harness.run(program, STORE, str(self.seen)).stdout.decode().splitlines():
            name, _, value = line.partition(" ")
            facts.setdefault(name, []).append(value)
        return facts

    def close(self):
        self.server.stop()
        shutil.rmtree(self.box.path)


def case_main_job(bench):
    """A customer sends spam; the administrator sees it at once; the abuse desk gets its line."""
    path = os.path.join(bench.box.path, "message")
    with open(path, "wb") as file:
        file.write(message(bench))
    with clients.Idle(bench.server, "Outgoing") as idle:
        swaks = subprocess.run(
            ["swaks", "--server", "127.0.0.1", "--port", str(bench.mail.port), "--helo", "client.customer.example",
             "--auth", "PLAIN", "--auth-user", bench.mail.user, "--auth-password", bench.mail.password,
             "--from", SENDER, "--to", RECIPIENT, "--data", "@" + path],
            capture_output=True, text=True, check=False)
        assert f" {bench.mail.answers_spam_with} " in swaks.stdout, swaks.stdout + swaks.stderr
        delivery = bench.delivered()
        idle.expect(b"* 1 EXISTS")
    expected = delivery.message()
    same("curl", clients.by_curl(bench.server, "Outgoing", 1), expected)
    same("mbsync", b"".join(clients.by_mbsync(bench.server, "Outgoing")), expected.replace(b"\r\n", b"\n"))
    check_facts(bench)
    check_line(bench)


def check_facts(bench):
    facts = bench.facts()
    wanted = {"direction": "outgoing", "class": "spam", "sender": SENDER, "recipient": RECIPIENT,
              "auth_user": bench.mail.auth_user, "client_address": "127.0.0.1", "helo": "client.customer.example"}
    for name, value in wanted.items():
        assert facts.get(name) == [value], f"{name}: {facts.get(name)}, not {value}"
    assert facts.get("queue_id"), "no queue id"
    assert abs(int(facts["received"][0]) - time.time()) < 300


def check_line(bench):
    rows = clients.csv_rows(bench.server)
    assert len(rows) == 1, rows
    row = rows[0]
    assert row["#"] == "1" and "Shop" in row["From"] and SENDER in row["From"], row
    assert row[bench.mail.auth_column] == bench.mail.auth_user, row
    assert not bench.mail.evidence or bench.mail.evidence in row["Evidence"], row


def case_innocent(bench):
    """What is not spam goes its way."""
    data = message(bench).replace(bench.mail.gtube, b"Nothing wrong.")
    assert bench.submit(data) == "250"
    bench.mail.run_queue()
    wait_until(lambda: bench.mail.queued() == 0, "an empty queue")
    bench.handover.expect_none()


def case_null_sender(bench):
    """A bounce has an empty sender, which is known to be empty."""
    bench.submit(message(bench, sender="MAILER-DAEMON@customer.example"), sender="")
    bench.delivered()
    assert bench.facts()["sender"] == [""]


def case_recipients(bench):
    """Many recipients are one message."""
    recipients = [f"victim{i}@example{i % 7}.net" for i in range(120)]
    bench.submit(message(bench), recipients=recipients)
    bench.delivered()
    assert sorted(bench.facts()["recipient"]) == sorted(recipients)


def case_forged(bench):
    """A client's own X-AuthUser header is not believed, nor what it hides in a user name."""
    bench.submit(message(bench, b"X-AuthUser: boss", b"X-Auth-User: boss", b"X-Spam: no",
                         b"Received: from x (Authenticated sender: boss) by y; Mon, 05 Jan 2026 10:00:00 +0000"))
    bench.delivered()
    assert bench.facts()["auth_user"] == [bench.mail.auth_user]
    row = clients.csv_rows(bench.server)[-1]
    assert row[bench.mail.auth_column] == bench.mail.auth_user, row
    if bench.mail.odd_user:
        bench.submit(message(bench), user=bench.mail.odd_user)
        bench.delivered()
        facts = bench.facts()
        assert (facts["auth_user"], facts["client_address"]) == ([bench.mail.odd_user], ["127.0.0.1"]), facts


def case_bytes(bench):
    """Dots, 8-bit, NUL, controls, long lines and trailing blanks come back as the mail server gave them."""
    body = b"\r\n".join([b".", b"..", b".leading", b"8-bit \xe4\xf6\xfc \xff\xfe", b"NUL [\0]", b"tab\t \x01\x1b[31m",
                         b"blanks   ", b"x" * 900, b"", b".", b"From here"])
    bench.submit(message(bench, b"X-Raw: \xc3\xa4\xff", body=body))
    delivery = bench.delivered()
    for part in (b"\r\n.\r\n..\r\n.leading\r\n", b"8-bit \xe4\xf6\xfc \xff\xfe", b"blanks   \r\n", b"NUL [", b"\r\nFrom here\r\n"):
        assert part in delivery.message(), part


def outage(bench, begin, end, status):
    """While the store cannot be had, mail waits; afterwards it is delivered, once."""
    waiting = bench.mail.queued()
    begin()
    try:
        bench.submit(message(bench))
        delivery = bench.handover.next()
        assert delivery.status == status, (delivery.status, delivery.error)
        assert delivery.error.startswith("4."), delivery.error
        bench.mail.run_queue()
        assert bench.handover.next().status == status
        # one on its way between two queues is in neither
        wait_until(lambda: bench.mail.queued() == waiting + 1, "the message back in the queue")
    finally:
        end()
    bench.mail.run_queue()
    bench.delivered()
    wait_until(lambda: bench.mail.queued() == waiting, "an empty queue")
    bench.mail.run_queue()
    bench.handover.expect_none()


def case_store_missing(bench):
    """No store: exit status 75."""
    outage(bench, lambda: os.rename(STORE, STORE + ".away"), lambda: os.rename(STORE + ".away", STORE), 75)


def case_store_denied(bench):
    """A store that may not be opened: exit status 77."""
    mode = os.stat(STORE).st_mode
    outage(bench, lambda: os.chmod(STORE, 0), lambda: os.chmod(STORE, mode), 77)


def case_spool(bench):
    """A filter that may not open the store leaves its message in the spool, and the server takes it in."""
    data = message(bench).replace(b"\r\n", b"\n")
    with clients.Idle(bench.server, "Outgoing") as idle:
        done = harness.run(harness.program("quarantine-deliver"), "--store", STORE, "--direction", "outgoing",
                           "--spool", SPOOL, "-f", SENDER, "--", RECIPIENT, stdin=data,
                           user="nobody", group="nogroup", extra_groups=["quarantine-deliver"])
        assert done.stdout.startswith(b"spooled "), done
        bench.seen += 1
        idle.expect(b"* %d EXISTS" % bench.seen)
    _, got = clients.newest(bench.server, "Outgoing")
    same("imaplib", got, data.replace(b"\n", b"\r\n"))
    assert bench.facts()["sender"] == [SENDER]
    assert os.listdir(SPOOL) == []


CASES = [case_main_job, case_innocent, case_null_sender, case_recipients, case_forged, case_bytes,
         case_store_missing, case_store_denied, case_spool]


def run_all(module, user):
    """Runs every case, in order, on one bench. The exit status."""
    bench = Bench(module, user)
    try:
        for case in CASES:
            case(bench)
            print(f"  ok {case.__name__[5:]}: {case.__doc__.splitlines()[0]}", flush=True)
    except Exception:  # pylint: disable=broad-except
        print(f"  FAILED {case.__name__[5:]}: {case.__doc__.splitlines()[0]}")
        traceback.print_exc()
        print("---- the mail server's log\n" + bench.mail.log()[-12000:] + "\n---- the IMAP server's log\n" +
              bench.server.log()[-3000:])
        return 1
    finally:
        bench.close()
    return 0
