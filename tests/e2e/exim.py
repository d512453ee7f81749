# SPDX-License-Identifier: ISC
"""Debian's Exim with SpamAssassin: the DATA ACL scans, the transport hands over batch SMTP."""
import os
import subprocess

from common import EXAMPLES, daemon, free_port, wait_for_port

PACKAGES = ("exim4-daemon-heavy", "spamd", "spamassassin")

CONFIGURATION = """
primary_hostname = mx.provider.example
daemon_smtp_ports = {smtp}
local_interfaces = 127.0.0.1
spamd_address = 127.0.0.1 {spamd}
acl_smtp_rcpt = check_rcpt
acl_smtp_data = check_data
host_lookup =
rfc1413_query_timeout = 0s
message_size_limit = 50M
tls_advertise_hosts =
keep_environment =
log_selector = +all_parents

begin acl
check_rcpt:
  accept authenticated = *
  deny message = authenticate first
check_data:
.include {examples}/exim-acl.conf
  accept

begin routers
.include {examples}/exim-router.conf
elsewhere:
  driver = redirect
  data = :blackhole:

begin transports
.include {examples}/exim-transport.conf

begin retry
.include {examples}/exim-retry.conf

begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = ${{if and {{{{match{{$auth2}}{{^shop}}}}{{eq{{$auth3}}{{secret}}}}}}}}
  server_set_id = $auth2
  server_advertise_condition = *
"""


class MailServer:
    user = "shop"
    password = "secret"
    odd_user = "shop;CLIENT_IP=192.0.2.66"
    auth_user = "shop"          # as the store is to name it
    auth_column = "Auth-User"   # of the tool's line
    evidence = "GTUBE"
    answers_spam_with = "550"   # refused, and kept
    gtube = b"XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X"

    def __init__(self):
        self.port = free_port()
        spamd = free_port()
        with open("/etc/exim4/exim4.conf", "w", encoding="ascii") as file:
            file.write(CONFIGURATION.format(smtp=self.port, spamd=spamd, examples=EXAMPLES))
        os.chmod("/etc/exim4/exim4.conf", 0o644)
        subprocess.run(["exim4", "-bV"], check=True, stdout=subprocess.DEVNULL)
        daemon("spamd", "--local", "--max-children=1", "--listen=127.0.0.1", f"--port={spamd}", "--username=nobody")
        daemon("exim4", "-bdf", "-q1h")
        wait_for_port(spamd)
        wait_for_port(self.port)

    def queued(self):
        """Messages in the queue."""
        return int(subprocess.run(["exim4", "-bpc"], check=True, capture_output=True).stdout)

    def run_queue(self):
        """Tries all of them now; returns when that is done."""
        subprocess.run(["exim4", "-qff"], check=True)

    def log(self):
        with open("/var/log/exim4/mainlog", encoding="utf-8", errors="replace") as log:
            return log.read()
