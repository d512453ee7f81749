# SPDX-License-Identifier: ISC
"""Debian's Postfix with rspamd: a milter marks, milter_header_checks sends what is marked to pipe(8)."""
import json
import os
import shutil
import subprocess

from common import EXAMPLES, daemon, free_port, wait_for_port, wait_until

PACKAGES = ("postfix", "rspamd", "sasl2-bin", "libsasl2-modules", "libsasl2-modules-db")

MAIN = """
compatibility_level = 3.6
myhostname = mx.provider.example
mydestination =
inet_interfaces = loopback-only
inet_protocols = ipv4
maillog_file = /var/log/postfix.log
alias_maps =
local_recipient_maps =
default_transport = discard:
relay_transport = discard:
smtpd_relay_restrictions = permit_sasl_authenticated, reject
smtpd_peername_lookup = no
smtpd_sasl_auth_enable = yes
smtpd_sasl_local_domain = provider.example
smtpd_milters = inet:127.0.0.1:{rspamd}
milter_default_action = tempfail
"""

MASTER = """
127.0.0.1:{smtp} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
"""

# rspamd alone: no network, no Redis, one worker that is the milter.
RSPAMD = {
    "worker-proxy.inc": 'bind_socket = "127.0.0.1:{rspamd}"; milter = yes; count = 1;\n'
                        'upstream "local" {{ default = yes; self_scan = yes; }}\n',
    "worker-normal.inc": "enabled = false;\n",
    "worker-controller.inc": "enabled = false;\n",
    "options.inc": 'enable_test_patterns = true; disable_hyperscan = true; dns {{ nameserver = ["127.0.0.1"]; timeout = 0.1s; retransmits = 1; }}\n',
    **{f"{module}.conf": "enabled = false;\n" for module in ("rbl", "surbl", "phishing", "asn", "dmarc", "spf", "dkim")},
}


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="ascii") as file:
        file.write(text)


def example(name):
    with open(os.path.join(EXAMPLES, name), encoding="ascii") as file:
        return file.read()


class MailServer:
    user = "shop@provider.example"
    password = "secret"
    odd_user = None  # Cyrus SASL knows none
    auth_user = "shop@provider.example"
    auth_column = "Auth.sender"
    evidence = None
    answers_spam_with = "250"
    gtube = b"YJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X"  # rspamd: add a header

    def __init__(self):
        self.port, rspamd = free_port(), free_port()
        for name, text in RSPAMD.items():
            write("/etc/rspamd/local.d/" + name, text.format(rspamd=rspamd))
        daemon("rspamd", "-f", "-u", "_rspamd", "-g", "_rspamd")
        self._write_postfix(rspamd)
        wait_for_port(rspamd)
        subprocess.run(["postfix", "start"], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for_port(self.port)

    def _write_postfix(self, rspamd):
        write("/etc/postfix/main.cf", MAIN.format(rspamd=rspamd) + example("postfix-main.cf"))
        write("/etc/postfix/master.cf", MASTER.format(smtp=self.port) + example("postfix-master.cf"))
        write("/etc/postfix/quarantine_checks", example("postfix-quarantine_checks"))
        write("/etc/postfix/sasl/smtpd.conf", "pwcheck_method: auxprop\nauxprop_plugin: sasldb\nmech_list: PLAIN\n")
        subprocess.run(["saslpasswd2", "-p", "-c", "-u", "provider.example", "shop"], check=True,
                       input=self.password, text=True)
        shutil.chown("/etc/sasldb2", "postfix", "postfix")

    @staticmethod
    def _queue():
        done = subprocess.run(["postqueue", "-j"], check=True, capture_output=True, text=True)
        return [json.loads(line)["queue_name"] for line in done.stdout.splitlines()]

    def queued(self):
        """Messages in the queue."""
        return len(self._queue())

    def run_queue(self):
        """Tries all of them soon. What is being delivered is waited for: it would not be tried again."""
        wait_until(lambda: set(self._queue()) <= {"deferred"}, "the end of deliveries")
        subprocess.run(["postqueue", "-f"], check=True)

    def log(self):
        text = ""
        for path in ("/var/log/rspamd/rspamd.log", "/var/log/postfix.log"):
            with open(path, encoding="utf-8", errors="replace") as log:
                text += "".join(line for line in log if "re_cache" not in line and "map" not in line)[-6000:]
        return text
