#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Turns queries.sql into an enum and an array of texts, and schema/*.sql into an array of migrations.

usage: sql2c.py queries.sql OUT.c OUT.h MIGRATION.sql..."""
import re
import sys


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def statements(text):
    """Yields (name, sql) for every '-- NAME' line and what follows it."""
    name, lines = None, []
    for line in text.splitlines():
        heading = re.fullmatch(r"-- ([A-Z][A-Z0-9_]*)(:.*)?", line)
        if heading:
            if name:
                yield name, squeeze(lines)
            name, lines = heading[1], []
        elif name:
            lines.append(line)
    if name:
        yield name, squeeze(lines)


def squeeze(lines):
    without_comments = (re.sub(r"--.*", "", line) for line in lines)
    return " ".join(" ".join(without_comments).split()).rstrip(";")


def literal(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", '\\n"\n\t"') + '"'


def main():
    queries, source, header, *migrations = sys.argv[1:]
    found = list(statements(read(queries)))
    names = [name for name, _ in found]
    assert len(names) == len(set(names)), "a name stands twice in " + queries
    with open(header, "w", encoding="utf-8") as out:
        out.write("/* Made by sql2c.py; do not edit. */\n#ifndef QUERIES_H\n#define QUERIES_H\n\n")
        out.write("enum query {\n" + "".join(f"\tQUERY_{name},\n" for name in names) + "\tQUERY_COUNT\n};\n\n")
        out.write("extern const char *const query_text[QUERY_COUNT];\n\n")
        out.write("enum { SCHEMA_COUNT = %d };\n" % len(migrations))
        out.write("extern const char *const schema_text[SCHEMA_COUNT];\n\n#endif\n")
    with open(source, "w", encoding="utf-8") as out:
        out.write('/* Made by sql2c.py; do not edit. */\n#include "queries.h"\n\n')
        out.write("const char *const query_text[QUERY_COUNT] = {\n")
        out.write("".join(f"\t[QUERY_{name}] = {literal(sql)},\n" for name, sql in found) + "};\n\n")
        out.write("const char *const schema_text[SCHEMA_COUNT] = {\n")
        out.write("".join(f"\t{literal(read(path))},\n" for path in migrations) + "};\n")


if __name__ == "__main__":
    main()
