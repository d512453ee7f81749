#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Checks who includes whom: only the edges below, no circle between modules, libraries where they belong."""
import os
import re
import sys

# A folder (or module) → what it may include, as path prefixes. The longest matching key decides.
ALLOWED = {
    "store/base/": ["store/base/"],
    "store/mime/": ["store/mime/", "store/base/"],
    "store/spool/": ["store/spool/", "store/base/", "store/include/"],
    "store/handover/": ["store/handover/", "store/base/", "store/include/", "store/spool/spool_header.h"],
    "store/": ["store/"],
    "auth/": ["auth/"],
    "imapd/proto/": ["imapd/proto/", "store/base/", "store/mime/", "store/include/"],
    "imapd/net/": ["imapd/net/", "imapd/log", "store/base/", "store/include/"],
    "imapd/net/desk": ["imapd/net/desk", "imapd/log", "store/base/", "store/handover/"],
    "imapd/box/": ["imapd/box/", "imapd/proto/parse.h", "imapd/proto/mailbox_filter.h", "imapd/response.h", "store/base/", "store/mime/", "store/include/"],
    "imapd/cmd/": ["imapd/cmd/", "imapd/command.h", "imapd/object_id", "imapd/pace", "imapd/fetch/", "imapd/search/", "imapd/literal8", "imapd/metadata", "imapd/spill", "imapd/state", "imapd/sync", "imapd/notify", "imapd/view",
                   "imapd/feed", "imapd/uidmap", "imapd/response", "imapd/log", "imapd/box/", "imapd/proto/",
                   "store/base/", "store/mime/", "store/include/", "auth/"],
    "imapd/commands": ["imapd/commands", "imapd/command.h", "imapd/cmd/cmd.h", "store/base/"],
    "imapd/command.h": ["store/base/"],
    "imapd/literal8": ["imapd/literal8", "imapd/spill", "store/base/", "store/mime/"],
    "imapd/metadata": ["imapd/metadata", "imapd/notify", "imapd/state", "imapd/response", "imapd/box/", "imapd/proto/", "store/base/", "store/include/"],
    "imapd/spill": ["imapd/spill", "store/base/"],
    "imapd/log": ["imapd/log", "store/base/"],
    "imapd/response": ["imapd/response", "imapd/proto/", "store/base/", "store/mime/", "store/include/"],
    "imapd/object_id": ["imapd/object_id", "store/base/", "store/include/"],
    "imapd/uidmap": ["imapd/uidmap", "store/base/", "store/include/"],
    "imapd/feed": ["imapd/feed", "imapd/uidmap", "store/base/", "store/include/"],
    "imapd/sync": ["imapd/sync", "imapd/pace", "imapd/view", "imapd/feed", "imapd/uidmap", "imapd/response", "imapd/proto/",
                   "imapd/arrivals", "imapd/metadata", "imapd/notify", "imapd/search/search_context", "imapd/state", "store/base/", "store/include/"],
    "imapd/arrivals": ["imapd/arrivals", "imapd/fetch/", "imapd/pace", "imapd/search/search_context", "imapd/view", "imapd/uidmap", "imapd/proto/",
                       "store/base/", "store/include/"],
    "imapd/notify": ["imapd/notify", "imapd/box/", "imapd/response", "imapd/view", "imapd/proto/", "store/base/", "store/include/"],
    "imapd/audit": ["imapd/audit", "imapd/log", "store/include/"],
    "imapd/view": ["imapd/view", "imapd/audit", "imapd/feed", "imapd/uidmap", "imapd/response", "imapd/proto/", "store/base/",
                   "store/include/"],
    "imapd/state": ["imapd/state", "auth/auth.h", "imapd/command.h", "imapd/view", "imapd/search/search_context", "imapd/arrivals", "imapd/notify", "imapd/response", "store/base/", "store/include/"],
    "imapd/pace": ["store/base/"],
    "imapd/body": ["imapd/body", "imapd/proto/", "store/base/", "store/mime/", "store/include/"],
    "imapd/fetch/": ["imapd/fetch/", "imapd/body", "imapd/object_id", "imapd/pace", "imapd/view", "imapd/uidmap", "imapd/response", "imapd/proto/", "store/base/",
                    "store/mime/", "store/include/"],
    "imapd/search/column": ["imapd/search/column", "store/base/"],
    "imapd/search/": ["imapd/search/", "imapd/body", "imapd/object_id", "imapd/pace", "imapd/view", "imapd/uidmap", "imapd/response", "imapd/proto/", "store/base/",
                     "store/mime/", "store/include/"],
    "imapd/exchange": ["imapd/exchange", "imapd/proto/", "imapd/command.h", "imapd/commands", "imapd/state", "imapd/sync", "imapd/notify", "imapd/view",
                       "imapd/response", "imapd/log", "store/base/", "store/include/"],
    "imapd/session": ["imapd/session", "imapd/metrics", "imapd/exchange", "imapd/net/", "imapd/proto/", "imapd/command.h", "imapd/commands",
                      "imapd/state", "imapd/notify", "imapd/version", "imapd/view", "imapd/feed", "imapd/response", "imapd/log", "imapd/config",
                      "store/base/", "store/include/", "auth/"],
    "imapd/intake": ["imapd/intake", "imapd/config", "imapd/metrics", "imapd/net/", "imapd/log", "store/base/", "store/include/"],
    "imapd/news": ["imapd/news", "imapd/feed", "imapd/version", "imapd/session", "imapd/config", "imapd/log", "store/include/"],
    "imapd/seats": ["imapd/seats", "imapd/session", "imapd/config"],
    "imapd/systemd": ["imapd/systemd"],
    "imapd/sandbox": ["imapd/sandbox", "imapd/config", "imapd/log", "store/base/"],
    "imapd/metrics": ["imapd/metrics", "imapd/pace", "imapd/state", "store/base/", "store/include/"],
    "imapd/scrape": ["imapd/scrape", "imapd/metrics", "imapd/net/", "imapd/seats", "imapd/session", "store/base/", "store/include/"],
    "imapd/expiry": ["imapd/expiry", "imapd/config", "store/include/"],
    "imapd/ahead": ["imapd/ahead", "imapd/net/work.h", "imapd/log", "store/include/"],
    "imapd/upkeep": ["imapd/upkeep", "imapd/metrics", "imapd/expiry", "imapd/net/work.h", "imapd/config", "imapd/log", "store/base/", "store/include/",
                     "store/spool/"],
    "imapd/version": ["imapd/version", "imapd/feed", "imapd/net/work.h", "store/include/"],
    "imapd/server": ["imapd/server", "imapd/ahead", "imapd/version", "imapd/scrape", "imapd/news", "imapd/seats", "imapd/systemd", "imapd/upkeep", "imapd/net/", "imapd/session", "imapd/config", "imapd/state", "imapd/feed",
                     "imapd/search/column", "imapd/log", "store/base/", "store/include/", "store/spool/", "auth/"],
    "imapd/config": ["imapd/config", "store/base/", "store/include/"],
    "imapd/main": ["imapd/config", "imapd/intake", "imapd/sandbox", "imapd/server", "imapd/systemd", "imapd/log", "store/base/"],
    "tools/": ["tools/", "store/handover/form.h", "store/base/", "store/mime/", "store/include/", "store/spool/", "auth/"],
}
# A library's header → where it may stand.
LIBRARIES = {
    r"uv\.h": r"imapd/(net/|session|server|news|ahead|intake|scrape|upkeep|main)",
    r"sqlite3\.h": r"store/[a-z_]*\.[ch]$|auth/accounts",
    r"sodium\.h": r"auth/|store/[a-z_]*\.[ch]$",
    r"openssl/.*": r"imapd/net/|tools/retrieve/|tools/quarantine/batch|auth/",
    r"libetpan/.*": r"tools/retrieve/",
    r"zlib\.h": r"imapd/net/",
    r"seccomp\.h|linux/(landlock|capability)\.h": r"imapd/sandbox",
    r"zstd\.h": r"store/[a-z_]*\.[ch]$",
    r"lz4(hc)?\.h": r"store/near\.c$",
    r"xxhash\.h": r"store/near\.c$|imapd/search/search_memo\.c$",
    r"confuse\.h": r"imapd/config",
    r"utf8proc\.h": r"store/mime/",
}

root = os.path.abspath(sys.argv[1])
problems = []
graph = {}


def module(path):
    return os.path.splitext(path)[0]


for folder in ("store", "auth", "imapd", "tools"):
    for directory, _, names in os.walk(os.path.join(root, folder)):
        for name in sorted(n for n in names if n.endswith((".c", ".h"))):
            path = os.path.relpath(os.path.join(directory, name), root)
            key = max((k for k in ALLOWED if path.startswith(k)), key=len, default=None)
            if key is None:
                problems.append(f"{path}: tests/style/layers.py has no rule for it")
                continue
            for kind, target in re.findall(r'^\s*#\s*include\s+([<"])([^>"]+)', open(os.path.join(root, path)).read(), re.M):
                for library, where in LIBRARIES.items():
                    if re.fullmatch(library, target) and not re.match(where, path):
                        problems.append(f"{path}: {target} does not belong here")
                here = os.path.normpath(os.path.join(os.path.dirname(path), target))
                if target == "quarantine.h":
                    here = "store/include/quarantine.h"
                if not os.path.exists(os.path.join(root, here)):
                    continue  # a system header or a generated file
                if not any(here.startswith(allowed) for allowed in ALLOWED[key]):
                    problems.append(f"{path}: may not include {here}")
                if module(here) != module(path):
                    graph.setdefault(module(path), set()).add(module(here))

state = {}


def visit(node, trail):
    state[node] = "open"
    for target in sorted(graph.get(node, ())):
        if state.get(target) == "open":
            problems.append("circle: " + " → ".join(trail[trail.index(target):] + [target] if target in trail else [node, target]))
        elif target not in state:
            visit(target, trail + [target])
    state[node] = "done"


for node in sorted(graph):
    if node not in state:
        visit(node, [node])

for problem in problems:
    print(problem)
print(f"{len(graph)} modules, {len(problems)} problems")
sys.exit(bool(problems))
