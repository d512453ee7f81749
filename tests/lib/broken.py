# SPDX-License-Identifier: ISC
"""Broken messages: a generator for each kind of breakage. The same count gives the same messages.

    for kind, message in broken.corpus(3000): …

Each generator takes a random.Random and returns the bytes of one message."""
import base64
import random

CRLF = b"\r\n"
BYTES = bytes(range(256))
FIELDS = [b"From", b"To", b"Cc", b"Bcc", b"Sender", b"Reply-To", b"Subject", b"Date", b"Message-ID", b"In-Reply-To", b"References",
          b"Content-Type", b"Content-Disposition", b"Content-ID", b"Content-Description", b"Content-Transfer-Encoding",
          b"Content-Language", b"Content-Location", b"Content-MD5", b"MIME-Version", b"Received", b"X-Spam"]
ADDRESSES = [b"a@b.example", b"<a@b.example>", b'"x" <a@b.example>', b"a@[192.0.2.1]", b'"a b"@c', b"<@r1,@r2:a@b>", b"undisclosed-recipients:;",
             b"team: a@b, c@d;", b"a", b"@", b"<>", b"<<a@b>>", b"a@b@c", b'"unclosed <a@b>', b"(unclosed", b"(a (nested) comment) x@y",
             b"team: a@b", b"x:y:z@w;;", b";", b",,,", b"a@b c@d", b"=?utf-8?q?=22?= <a@b>", b"\xff\xfe@\x80", b'"\\', b"a\\@b", b"<a@b",
             b"a@b>", b"<a b@c d>", b"a.@b.", b".", b"[a]@b", b'""@b', b"NIL", b'"NIL" <NIL@NIL>', b"a@" + b"x" * 300, b"{3}", b"*", b"%"]
TYPES = [b"text/plain", b"text", b"/", b"text/", b"/plain", b"text/html; charset", b"text/plain; charset=", b'text/plain; charset="unclosed',
         b"text/plain; =x", b"text/plain;;;;", b"text plain", b"multipart/mixed", b"multipart/mixed; boundary=", b'multipart/mixed; boundary=""',
         b"multipart/mixed; boundary=" + b"b" * 300, b"message/rfc822", b"message/partial; id=x; number=1", b"message/external-body",
         b"message/global", b"message/delivery-status", b"MULTIPART/DIGEST; BOUNDARY=x", b'"text"/"plain"', b"te\xffxt/pl\x80ain",
         b"text/plain; name*=utf-8''%ff%00%22", b"text/plain; name*0=a; name*1=b; name*9=c", b"text/plain; a=b; a=c; A=d",
         b"text/plain (comment) ; charset (x) = y", b"te\"xt/pla\\in", b"text/plain; name=\"a\\\"b\\\\c\"", b"NIL/NIL", b"text/{5}", b"text/plain; x=\"a\r\n\tb\""]
ENCODINGS = [b"7bit", b"8bit", b"base64", b"quoted-printable", b"x-uuencode", b"", b"base64 base64", b'"base64"', b"\xff", b"nil", b"(c) 7bit",
             b"b\"ase\\64", b"a" * 500]


def junk(rng, most=200):
    return rng.randbytes(rng.randint(0, most))


def word(rng, most=20):
    return bytes(rng.choices(b"abcdefghijklmnopqrstuvwxyz0123456789-_.", k=rng.randint(1, most)))


def fields(rng, count=6):
    return b"".join(rng.choice(FIELDS) + b": " + word(rng) + CRLF for _ in range(rng.randint(0, count)))


def simple(rng, extra=b"", body=b"body\r\n"):
    return b"From: <a@b.example>\r\nSubject: " + word(rng) + CRLF + extra + CRLF + body


def nothing(_rng):
    return b""


def noise(rng):
    return junk(rng, 3000)


def mostly_text(rng):
    return bytes(rng.choices(b"abc: ;=\"\\()<>@,\r\n\t\x00\xe4{}*%[]-", k=rng.randint(1, 2000)))


def no_header(rng):
    return CRLF * rng.randint(1, 3) + word(rng) + CRLF


def no_body(rng):
    return fields(rng) + rng.choice([b"", b"Subject: x", b"Subject: x\r\n", b"Subject: x\r", b"Subject: x\r\n\r", b"Subject: x\r\n\r\n"])


def bad_fields(rng):
    lines = [b": empty name", b"no colon", b" leading space", b"Sub ject: x", b"Subject : x", b"\x00: x", b"X\xff: y", b"\tX: y", b":", b"::",
             b"From x@y Thu Jan  1 00:00:00 1970", b">From x", b"Subject:", b"Subject:\r\n ", b"Subject: a\r\n\r\n b", b"X" * 1000 + b": long name"]
    return b"".join(rng.choice(lines) + CRLF for _ in range(rng.randint(1, 8))) + fields(rng) + CRLF + b"x\r\n"


def many_fields(rng):
    return b"".join(b"X-%d: %s\r\n" % (i, word(rng)) for i in range(rng.randint(300, 1200))) + CRLF


def repeated_fields(rng):
    return b"".join(rng.choice(FIELDS[:12]) + b": " + rng.choice(ADDRESSES + TYPES) + CRLF for _ in range(40)) + CRLF + b"x"


def long_field(rng):
    return rng.choice(FIELDS) + b": " + word(rng) * rng.randint(100, 4000) + CRLF + fields(rng) + CRLF


def folded_field(rng):
    fold = rng.choice([b"\r\n ", b"\r\n\t", b"\r\n \r\n ", b"\n ", b"\r ", b"\r\n\x0b"])
    return rng.choice(FIELDS) + b":" + fold.join(word(rng) for _ in range(rng.randint(2, 300))) + CRLF + CRLF + b"x"


def eight_bit_fields(rng):
    return b"".join(name + b": " + junk(rng, 60).replace(b"\n", b"") + CRLF for name in FIELDS) + CRLF + junk(rng)


def nul_fields(rng):
    return b"".join(name + b": a\0b" + word(rng) + b"\0" + CRLF for name in rng.sample(FIELDS, 8)) + CRLF + b"a\0b"


def bare_line_ends(rng):
    return b"".join(p + rng.choice([b"\r", b"\n", b"\r\n", b"\r\r\n", b"\n\r"]) for p in (fields(rng) + CRLF + word(rng)).split(CRLF))


def only_line_feeds(rng):
    return multipart(rng).replace(CRLF, b"\n")


def quotes_and_slashes(rng):
    return b"".join(name + b": " + bytes(rng.choices(b'"\\ax', k=rng.randint(0, 30))) + CRLF for name in FIELDS) + CRLF + b"x"


def addresses(rng):
    some = lambda: rng.choice([b", ", b",", b" ", b";", b",\r\n "]).join(rng.choices(ADDRESSES, k=rng.randint(1, 6)))
    return b"".join(name + b": " + some() + CRLF for name in FIELDS[:6]) + CRLF + b"x\r\n"


def many_addresses(rng):
    return b"To: " + b",\r\n ".join(b"u%d@example.net" % i for i in range(rng.randint(100, 600))) + CRLF + CRLF + b"x"


def deep_comments(rng):
    depth = rng.randint(10, 5000)
    return b"From: " + b"(" * depth + b"x" + b")" * rng.choice([depth, 0, depth - 1]) + b" a@b\r\nDate: " + b"(" * depth + CRLF + CRLF


def groups(rng):
    pieces = [b"g:", b"a@b", b",", b";", b"h: ", b'"', b"<c@d>", b"(", b")"]
    return b"To: " + b" ".join(rng.choices(pieces, k=rng.randint(1, 30))) + CRLF + CRLF + b"x"


def encoded_words(rng):
    words = [b"=?utf-8?b?" + base64.b64encode(junk(rng, 30)) + b"?=", b"=?utf-8?q?=00=0d=0a=22?=", b"=?x?b??=", b"=?utf-8?b?=?=", b"=?utf-8?q?",
             b"=??q?x?=", b"=?utf-8?z?x?=", b"=?utf-8*en?q?x?=", b"=?" + b"x" * 500 + b"?q?y?=", b"=?utf-8?b?" + b"A" * 5000 + b"?="]
    return b"".join(name + b": " + b" ".join(rng.choices(words, k=4)) + CRLF for name in FIELDS[:11]) + CRLF + b"x"


def dates(rng):
    values = [b"", b"x", b"32 Foo 99999 99:99:99 +9999", b"Thu, 1 Jan 1970 00:00:00 +0000", b"1 Jan 70 0:0", b"0" * 300, b"Thu", b"\xff", b"1/2/3",
              b"Mon, 31 Feb 2022 25:61:61 EST", b"-1 Jan -1 -1:-1:-1 -1"]
    return b"Date: " + rng.choice(values) + CRLF + b"Date: " + rng.choice(values) + CRLF + CRLF + b"x"


def message_ids(rng):
    values = [b"", b"<>", b"<<>>", b'<"a"@b>', b"no brackets", b"<a@b", b"a@b>", b"<" + b"x" * 3000 + b">", b"<\xff>", b'<a"b\\c@d>', b"<a\r\n b@c>"]
    return b"".join(name + b": " + b" ".join(rng.choices(values, k=3)) + CRLF for name in FIELDS[8:11]) + CRLF + b"x"


def content_types(rng):
    return simple(rng, b"Content-Type: " + rng.choice(TYPES) + CRLF + b"Content-Transfer-Encoding: " + rng.choice(ENCODINGS) + CRLF, junk(rng))


def content_fields(rng):
    values = TYPES + ENCODINGS + [b"inline; filename=", b'attachment; filename="a\\"b', b"; x=y", b"en,, de", b"en (x), \xff", b"<a b c>"]
    return simple(rng, b"".join(name + b": " + rng.choice(values) + CRLF for name in FIELDS[11:19]), junk(rng))


def many_parameters(rng):
    values = b"".join(b"; p%d=%s" % (i, word(rng)) for i in range(rng.randint(50, 500)))
    return simple(rng, b"Content-Type: text/plain" + values + CRLF + b"Content-Disposition: attachment" + values + CRLF)


def part(rng, depth):
    if depth > 0 and rng.random() < 0.4:
        return multipart(rng, depth - 1)
    kind = rng.choice(TYPES)
    body = multipart(rng, depth - 1) if b"message" in kind and depth > 0 else junk(rng, 60)
    return rng.choice([b"", b"Content-Type: " + kind + CRLF, b"Content-Type: " + kind + CRLF + b"Content-Transfer-Encoding: " + rng.choice(ENCODINGS)
                       + CRLF, fields(rng, 3)]) + rng.choice([CRLF, CRLF, CRLF, b""]) + body


def multipart(rng, depth=3):
    boundary = rng.choice([b"b", b"b b", b"--", b"", b"=_" + word(rng), b"b" * 70, b"b" * 200, b"\xff", b"a\"b", b"x "])
    inside = rng.choice([boundary, boundary, boundary, b"b", b"other"])
    delimiter = lambda: CRLF + b"--" + inside + rng.choice([b"", b"", b"", b" ", b"\t ", b"x", b"-", b"--"]) + rng.choice([CRLF, CRLF, b"\n", b"\r"])
    quote = rng.choice([b'"%s"', b"%s", b'"%s', b'"%s" ; x=y', b"'%s'"])
    return (simple(rng, b"Content-Type: multipart/" + rng.choice([b"mixed", b"digest", b"alternative", b"", b"x y", b"related"]) + b"; boundary="
                   + quote % boundary + CRLF, rng.choice([b"", b"preamble"]))
            + b"".join(delimiter() + part(rng, depth) for _ in range(rng.randint(0, 4))) + rng.choice([b"", CRLF + b"--" + inside + b"--", b"--"])
            + rng.choice([b"", CRLF, b"\r\nepilogue"]))


def empty_parts(rng):
    lines = [b"--b", b"--b--", b"--b ", b"", b"--b\t--", b"--", b"Content-Type: multipart/mixed; boundary=b"]
    return b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + CRLF.join(rng.choices(lines, k=rng.randint(0, 20)))


def many_parts(rng):
    return b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\nx\r\n" * rng.randint(100, 600) + rng.choice([b"--b--", b""])


def deep_multipart(rng):
    return b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (i, i) for i in range(rng.randint(20, 500))) + b"\r\nx"


def same_boundary(rng):
    return b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n" * rng.randint(2, 300) + b"\r\nx\r\n" + b"--b--\r\n" * rng.randint(0, 300)


def deep_messages(rng):
    return b"Subject: m\r\nContent-Type: message/rfc822\r\n\r\n" * rng.randint(2, 500) + b"From: a@b\r\n\r\nx"


def encoded_messages(rng):
    inner = base64.encodebytes(multipart(rng)).replace(b"\n", CRLF)
    return simple(rng, b"Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n", inner)


def cut_off(rng):
    whole = multipart(rng)
    return whole[:rng.randint(0, len(whole))]


def flipped(rng):
    whole = bytearray(multipart(rng))
    for _ in range(rng.randint(1, 20)):
        whole[rng.randrange(len(whole))] = rng.randrange(256)
    return bytes(whole)


def spliced(rng):
    one, two = multipart(rng), content_fields(rng)
    return one[:rng.randrange(len(one))] + two[rng.randrange(len(two)):]


def bodies(rng):
    encoding = rng.choice(ENCODINGS[:5])
    body = rng.choice([b"=" * 500, b"=\r\n" * 100, b"=zz=0", b"A" * 77 + b"=" * 9, b"\0" * 100, b"\r" * 100, b"\n" * 100, b".\r\n..\r\n", BYTES, b")\r\n* BYE x\r\n"])
    return simple(rng, b"Content-Transfer-Encoding: " + encoding + CRLF, body)


def long_lines(rng):
    return simple(rng, body=b"x" * rng.randint(1000, 70000))


def protocol_text(rng):
    """Text that a careless server would let into the conversation."""
    texts = [b'") NIL NIL)', b"{5}", b"~{3+}", b"\r\n* 1 EXPUNGE", b")\r\nt OK done", b"NIL", b"* BYE", b'\\"', b'"' * 9, b"(" * 50, b"\\Seen", b"[ALERT]"]
    return b"".join(name + b": " + rng.choice(texts) + CRLF for name in FIELDS[:19]) + CRLF + b"".join(rng.choices(texts, k=9))


KINDS = [nothing, noise, mostly_text, no_header, no_body, bad_fields, many_fields, repeated_fields, long_field, folded_field, eight_bit_fields,
         nul_fields, bare_line_ends, only_line_feeds, quotes_and_slashes, addresses, many_addresses, deep_comments, groups, encoded_words, dates,
         message_ids, content_types, content_fields, many_parameters, multipart, empty_parts, many_parts, deep_multipart, same_boundary, deep_messages,
         encoded_messages, cut_off, flipped, spliced, bodies, long_lines, protocol_text]


def corpus(count, seed=1):
    """count messages, (name of the kind, bytes), the kinds in turn."""
    for i in range(count):
        kind = KINDS[i % len(KINDS)]
        yield kind.__name__, kind(random.Random(f"{seed} {i}"))
