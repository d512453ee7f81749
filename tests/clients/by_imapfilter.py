# SPDX-License-Identifier: ISC
"""imapfilter: a script in Lua."""
import os

from place import MAILBOX, PASSWORD, USER, files

ACCOUNT = """
options.timeout = 60
options.certificates = false
account = IMAP {{ server = '{host}', port = {port}, username = '{user}', password = '{password}'{ssl} }}
mailbox = account['{mailbox}']
"""
READ = """
local mailboxes = account:list_all()
local found = false
for _, name in ipairs(mailboxes) do found = found or name == '{mailbox}' end
assert(found)
for _, message in ipairs(mailbox:select_all()) do
    local file = io.open('mail/' .. message[2], 'wb')
    file:write(mailbox[message[2]]:fetch_message())
    file:close()
end
"""
ONE = """
local one = Set {{}}
for _, message in ipairs(mailbox:select_all()) do
    if message[2] == {uid} then table.insert(one, message) end
end
assert(#one == 1)
"""
WAIT = """
local before = mailbox:check_status()
io.open('ready', 'w'):close()
assert(mailbox:enter_idle())
local after = mailbox:check_status()
assert(after == before + 1)
io.open('seen', 'w'):close()
"""


def script(place, text):
    values = {"host": place.host, "port": place.port, "user": USER, "password": PASSWORD, "mailbox": MAILBOX,
              "ssl": ", ssl = 'tls1.2'" if place.secure else ""}
    return ["imapfilter", "-c", place.write("config.lua", ACCOUNT.format(**values) + text.replace("{mailbox}", MAILBOX)),
            "-t", place.cert, "-l", place.path("log")]


def read(place):
    os.mkdir(place.path("mail"))
    place.run(*script(place, READ))
    return files(place.path("mail"))


def mark(place):
    place.run(*script(place, ONE.format(uid=1) + "one:mark_flagged()"))


def wait(place):
    process = place.start(*script(place, WAIT))
    try:
        place.until(lambda: os.path.exists(place.path("ready")), "imapfilter to be there")
        place.deliver()
        place.until(lambda: os.path.exists(place.path("seen")), "imapfilter to see the new message")
    finally:
        process.terminate()
        process.wait()


def move(place):
    place.run(*script(place, ONE.format(uid=3) + "one:move_messages(account['Trash'])"))


def remove(place):
    place.run(*script(place, ONE.format(uid=2) + "one:delete_messages()"))
