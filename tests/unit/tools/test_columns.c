/* SPDX-License-Identifier: ISC
 *
 * Header block → cell, for each shape that was met in real mail. */
#include "../../../tools/retrieve/columns.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct row {
	const char *header;
	const char *cell;         /* NULL: whatever, but no crash */
	enum direction direction; /* where it matters */
};

/* In the order of the table. */
enum {
	COLUMN_FROM = COLUMNS_FROM,
	COLUMN_TO,
	COLUMN_REPLY_TO,
	COLUMN_QMAIL_UID,
	COLUMN_INVOKED_FOR,
	COLUMN_IP_USERNAME,
	COLUMN_EVIDENCE,
	COLUMN_PHP_SCRIPT,
	COLUMN_AUTH_SENDER,
	COLUMN_AUTH_USER,
	COLUMN_AUTH_EMAIL,
	COLUMN_IDENTITY,
	COLUMN_CLASS,
	COLUMN_SUBJECT,
	COLUMN_DOMAIN,
	COLUMN_COUNT,
};

/* Our table, with every column wanted. */
static struct columns *table(void)
{
	static struct columns *table;
	if (!table) {
		table = columns_create();
		assert_non_null(table);
		assert_int_equal(table->count, COLUMN_COUNT);
		for (size_t i = 0; i < table->count; i++)
			columns_want(table, i);
	}
	return table;
}

static void check_rows(size_t column, const struct row *rows, size_t count)
{
	struct buf cells[COLUMNS_MAX] = {0};
	for (size_t i = 0; i < count; i++) {
		/* A copy without room behind it: a read past the end is seen. */
		size_t len = strlen(rows[i].header);
		char *header = malloc(len ? len : 1);
		memcpy(header, rows[i].header, len);
		columns_extract(table(), slice_of(header, len), rows[i].direction, cells);
		if (rows[i].cell && !slice_eq(buf_slice(&cells[column]), slice_str(rows[i].cell)))
			fail_msg("row %zu: %s\nis  [%.*s]\nnot [%s]", i, rows[i].header,
				 (int)cells[column].len, cells[column].data ? cells[column].data : "",
				 rows[i].cell);
		free(header);
	}
	columns_finish(cells);
}

#define CHECK(column, rows) check_rows(column, rows, sizeof(rows) / sizeof((rows)[0]))

static const struct row FROM[] = {
	{"From: a@b.example\n", "a@b.example"},
	{"From: =?UTF-8?B?QmFuayBvZiBBbWVyaWNh?=\n <x@y.example>\n", "Bank of America <x@y.example>"},
	{"From: \"Name\" <a@b.example>\r\n", "\"Name\" <a@b.example>"},
	{"From: <a@b.example>\n", "<a@b.example>"},
	{"From: MAILER-DAEMON <>\n", "MAILER-DAEMON <>"},
	{"From: a@b.example (Name)\n", "a@b.example (Name)"},
	{"To: c@d.example\nFrom: a@b.example\n", "a@b.example"},
	{"FROM: a@b.example\n", "a@b.example"},
	{"From : a@b.example\n", "a@b.example"},
	{"From:\ta@b.example  \t\n", "a@b.example"},
	{"From:\n a@b.example\n", "a@b.example"},
	{"From: \r\n\ta@b.example\r\n", "a@b.example"},
	{"From: A\r\n\t\tB\r\n <a@b.example>\r\n", "A B <a@b.example>"},
	{"From: =?iso-8859-1?q?J=FCrgen?= <j@b.example>\n", "J\xc3\xbcrgen <j@b.example>"},
	{"From: =?us-ascii?Q?one?=  =?us-ascii?Q?_two?= <a@b.example>\n", "one two <a@b.example>"},
	{"From: =?us-ascii?Q?one?=\n =?us-ascii?Q?two?= <a@b.example>\n", "onetwo <a@b.example>"},
	{"From: =?utf-8?B?w?= <a@b.example>\n", NULL},
	{"From: first@b.example\nFrom: second@b.example\n", "first@b.example"},
	{"From:\nFrom: second@b.example\n", "second@b.example"},
	{"Subject: nothing\n", ""},
	{"", ""},
	{"\n", ""},
	{"\nFrom: body@b.example\n", ""},
	{"Subject: x\n\nFrom: body@b.example\n", ""},
	{"Subject: x\r\n\r\nFrom: body@b.example\r\n", ""},
	{"no colon here\nFrom: a@b.example\n", "a@b.example"},
	{" continuation first\nFrom: a@b.example\n", "a@b.example"},
	{"From: a@b.example", "a@b.example"},
	{"From: a@b.example=20\n", "a@b.example=20"},
	{"From: \"=?utf-8?Q?Caf=C3=A9?=\" <a@b.example>\n", NULL},
	{"X-From: a@b.example\nFromm: a@b.example\n", ""},
};

static void from(void **state)
{
	(void)state;
	CHECK(COLUMN_FROM, FROM);
}

static void to(void **state)
{
	(void)state;
	static const struct row rows[] = {
		{"To: undisclosed-recipients:;\n", "undisclosed-recipients:;"},
		{"To: Undisclosed recipients: ;\n", "Undisclosed recipients: ;"},
		{"To: \"x\" <a@b.example>\n", "\"x\" <a@b.example>"},
		{"To: a@b.example,\n\tc@d.example,\n e@f.example\n", "a@b.example, c@d.example, e@f.example"},
		{"From: a@b.example\nX-Envelope-To: r@d.example\n", "r@d.example"},
		{"To:\nEnvelope-To: r@d.example\n", "r@d.example"},
		{"Delivered-To: r@d.example\n", "r@d.example"},
		{"To: header@b.example\nDelivered-To: r@d.example\n", "header@b.example"},
	};
	CHECK(COLUMN_TO, rows);
}

static void reply_to(void **state)
{
	(void)state;
	static const struct row rows[] = {
		{"Reply-To: Reply To <a@b.example>\n", "Reply To <a@b.example>"},
		{"Reply-to: \"N N\" <a@b.example>\n", "\"N N\" <a@b.example>"},
		{"REPLY-TO: a@b.example\n", "a@b.example"},
		{"In-Reply-To: <1@b.example>\n", ""},
	};
	CHECK(COLUMN_REPLY_TO, rows);
}

#define HOP_REMOTE \
	"Received: from mx.other.example (HELO x) (192.0.2.9)\n  by host.example with SMTP; 24 Feb 2008\n"
#define HOP_LOCAL \
	"Received: from unknown (HELO localhost) (127.0.0.1)\n  by host.example with SMTP; 24 Feb 2008\n"

static void qmail_uid(void **state)
{
	(void)state;
	static const struct row rows[] = {
		{"Received: (qmail 2412 invoked by uid 111); 24 Feb 2008 22:17:39 -0000\n", "111"},
		{"Received: (qmail 35308011 invoked by uid 184184); 24 Feb 2008 22:17:39 -0000\n", "184184"},
		{"Received: (nullmailer pid 3239358 invoked by uid 1000);\n\tWed, 01 Dec 2021 10:00:00 "
		 "-0000\n",
		 "1000"},
		{"Received: (qmail 9 invoked by uid 5[mail]); 24 Feb 2008\n", "5"},
		{"Received: (qmail 24962 invoked from network); 19 Jan 2016 20:32:36 +0100\n", ""},
		{"Received: (qmail 1 invoked by alias); 19 Jan 2016\n", ""},
		{"Received: from a by 0 (qmail 1.03 + ejcp v14) with SMTP\n", ""},
		{"X-Received: (qmail 1 invoked by uid 33); x\n", ""},
		{"Received: text (qmail 1 invoked by uid 33); x\n", ""},
		{"Received: (qmail 1 invoked by uid ); x\n", ""},
		{"Received: (qmail 1 invoked by uid 77", "77"},
		/* The lowest line of the host counts, up to the hop from another one. */
		{"Received: (qmail 2 invoked from network); x\nReceived: (qmail 1 invoked by uid 33); x\n",
		 "33"},
		{"Received: (qmail 3 invoked from network); x\n" HOP_LOCAL
		 "Received: (qmail 1 invoked by uid 33); x\n",
		 "33"},
		{"Received: (qmail 3 invoked by uid 48); x\n" HOP_REMOTE
		 "Received: (qmail 1 invoked by uid 33); x\n",
		 "48"},
		{HOP_REMOTE "Received: (qmail 1 invoked by uid 33); x\n", "33"},
	};
	CHECK(COLUMN_QMAIL_UID, rows);
}

static void invoked_for(void **state)
{
	(void)state;
	static const struct row rows[] = {
		{"Received: (qmail 2412 invoked for bounce); 24 Feb 2008 22:17:39 -0000\n", "bounce"},
		{"Received: (Haraka {pid} invoked for bounce); 24 Feb 2008 22:17:39 -0000\n", "bounce"},
		{"Received: (qmail host invoked for bounce); 24 Feb 2008\n", "bounce"},
		{"Received: (qmail 24962 invoked from network); 19 Jan 2016 20:32:36 +0100\n", "network"},
		{"Received: (qmail-queue invoked by alias); 19 Jan 2016\n", "alias"},
		{"Received: (qmail 2412 invoked by uid 111); 24 Feb 2008\n", ""},
		{"Received: (qmail 2 invoked by uid 107); x\nReceived: (qmail 1 invoked from network); "
		 "x\n" HOP_REMOTE,
		 "network"},
		{"Received: from a (b [192.0.2.1]) by c with SMTP; x\n", ""},
	};
	CHECK(COLUMN_INVOKED_FOR, rows);
}

#define BRAND "X-SpamExperts-Outgoing-Class: spam\n"

static void ip_username(void **state)
{
	(void)state;
	static const struct row rows[] = {
		{"X-SpamExperts-Username: 172.96.186.142\n" BRAND, "172.96.186.142"},
		{"X-SpamExperts-Username: fdf1:cb9d:f59e:19b0:0:0:0:122\n" BRAND,
		 "fdf1:cb9d:f59e:19b0:0:0:0:122"},
		{"X-SpamExperts-Username: out-03\n" BRAND, "out-03"},
		{"X-Spampanel-Username: relay\nX-Spampanel-Domain: d.example\n", "relay"},
		{"x-mailassure-username: binky\nX-MailAssure-Class: spam\n", "binky"},
		{"X-Private-Label-Username: u1\nX-Private-Label-Outgoing-Evidence: Combined (0.83)\n", "u1"},
		/* Empty means login by domain: what authenticated is said elsewhere. */
		{"X-SpamExperts-Username: \n" BRAND
		 "Authentication-Results: c.example; auth=pass smtp.auth=@d.example\n",
		 "@d.example"},
		{"Authentication-Results: c.example; auth=pass smtp.auth=user@d.example\n", "user@d.example"},
		{"Authentication-Results: c.example; auth=pass (login) smtp.auth=user@d.example\n",
		 "user@d.example"},
		{"Authentication-Results: c.example;\n\tauth=pass smtp.auth=user@d.example\n",
		 "user@d.example"},
		{"Authentication-Results: c.example; auth=pass\n smtp.auth=user@d.example\n",
		 "user@d.example"},
		{"Authentication-Results: c.example; auth=pass (plain) smtp.auth=u@x@d.example; spf=pass\n",
		 "u@x@d.example"},
		/* What the filter appends stands lowest; above it may be forged. */
		{"X-SpamExperts-Username: forged\nX-SpamExperts-Username: real\n" BRAND, "real"},
		{"Authentication-Results: c; auth=pass smtp.auth=forged@d.example\n"
		 "Authentication-Results: c; auth=pass smtp.auth=real@d.example\n",
		 "real@d.example"},
		{"X-Originating-IP: 192.0.2.7\n", "192.0.2.7"},
		{"X-Originating-IP: [88.120.44.86]\n", "88.120.44.86"},
		{"Received: from h.example ([192.0.2.4] helo=x) by mx.example with esmtpsa\n", "192.0.2.4"},
		{"Received: from x (h.example [192.0.2.4])\n\tby mx.example (Postfix) with ESMTPA\n",
		 "192.0.2.4"},
		{"Received: from x (unknown [IPv6:2001:db8::4])\n\tby mx.example (Postfix)\n", "2001:db8::4"},
		{"Received: from [x y] (h [192.0.2.4]) by mx.example\n", "192.0.2.4"},
		{"Received: (qmail 1 invoked by uid 33); x\nReceived: from x ([192.0.2.4]) by mx\n", ""},
		/* Look-alikes. */
		{"X-Authed-Username: cG9zdA==\n", ""},
		{"X-Original-Authentication-Results: c; auth=pass smtp.auth=u@d.example\n", ""},
		{"X-Username: u\nX-SpamExperts-Usernames: v\n" BRAND, ""},
		{"X-Other-Username: u\n" BRAND, ""},
	};
	CHECK(COLUMN_IP_USERNAME, rows);
}

static void evidence(void **state)
{
	(void)state;
	static const struct row rows[] = {
		{"X-SpamExperts-Outgoing-Evidence: Combined (0.02)\n", "Combined (0.02)", DIRECTION_OUTGOING},
		{"X-SpamExperts-Outgoing-Evidence: SB/global_tokens (0.000585059256087)\n",
		 "SB/global_tokens (0.000585059256087)", DIRECTION_OUTGOING},
		{"X-Afrihost-Outgoing-Evidence: SB/host-h_net (0.0144032450129)\n",
		 "SB/host-h_net (0.0144032450129)", DIRECTION_OUTGOING},
		{"X-yulPa-Outgoing-Evidence: GTUBE - see\r\n http://spamassassin.apache.org/gtube/\r\n",
		 "GTUBE - see http://spamassassin.apache.org/gtube/", DIRECTION_OUTGOING},
		{"X-SPAMPANEL-OUTGOING-EVIDENCE: rule/header\n", "rule/header", DIRECTION_OUTGOING},
		{"X-A-Outgoing-Evidence: forged\nX-A-Outgoing-Evidence: Combined (0.83)\n", "Combined (0.83)",
		 DIRECTION_OUTGOING},
		{"X-A-Outgoing-Evidence: Combined (0.83)\nX-A-Outgoing-Evidence:\n", "Combined (0.83)",
		 DIRECTION_OUTGOING},
		/* The two sets of a message that passed both filters. */
		{"X-A-Evidence: recipient\nX-A-Outgoing-Evidence: Combined (0.83)\n", "Combined (0.83)",
		 DIRECTION_OUTGOING},
		{"X-A-Evidence: recipient\nX-A-Outgoing-Evidence: Combined (0.83)\n", "recipient",
		 DIRECTION_INCOMING},
		{"X-A-Outgoing-Evidence: Combined (0.83)\nX-A-Evidence: internal\n", "internal",
		 DIRECTION_INCOMING},
		{"X-A-Evidence: Badly formed Subject header\n", "Badly formed Subject header",
		 DIRECTION_INCOMING},
		{"X-A-Evidence: recipient\n", "", DIRECTION_OUTGOING},
		{"X-A-Outgoing-Evidence: Combined (0.83)\n", "", DIRECTION_INCOMING},
		{"X-Outgoing-Evidence: no brand\n", "", DIRECTION_OUTGOING},
		{"X--Outgoing-Evidence: no brand\n", "", DIRECTION_OUTGOING},
		{"A-Outgoing-Evidence: no X\n", "", DIRECTION_OUTGOING},
		{"X-Spam-Status: Yes, score=1000 required=5.0\n\ttests=GTUBE\n",
		 "Yes, score=1000 required=5.0 tests=GTUBE", DIRECTION_OUTGOING},
		{"X-Spamd-Result: default: False [15.00 / 15.00]\n", "default: False [15.00 / 15.00]",
		 DIRECTION_INCOMING},
		{"X-Spam-Status: Yes\nX-A-Outgoing-Evidence: GTUBE\n", "GTUBE", DIRECTION_OUTGOING},
	};
	CHECK(COLUMN_EVIDENCE, rows);
}

static void php_script(void **state)
{
	(void)state;
	static const struct row rows[] = {
		{"X-PHP-Script: www.d.example/x.php for 212.102.35.132\n",
		 "www.d.example/x.php for 212.102.35.132"},
		{"X-PHP-Script: d.example/x.php for 45.157.112.226, 208.109.0.7\n",
		 "d.example/x.php for 45.157.112.226, 208.109.0.7"},
		{"X-PHP-Script: d.example/~user/x.php for\n 162.246.58.229\n",
		 "d.example/~user/x.php for 162.246.58.229"},
		{"x-php-script: d.example/x.php for 192.0.2.1\n", "d.example/x.php for 192.0.2.1"},
		{"X-PHP-Originating-Script: 1004:class.phpmailer.php\n", "1004:class.phpmailer.php"},
		{"X-Php-Originating-Script: 0:rcube.php\n", "0:rcube.php"},
		{"X-PHP-Originating-Script: 33:post.php(12) : eval()'d code\n",
		 "33:post.php(12) : eval()'d code"},
		/* A file name alone says little: both together. */
		{"X-PHP-Originating-Script: 1004:PHPMailer.php\nX-PHP-Script: d.example/x.php for "
		 "192.0.2.1\n",
		 "d.example/x.php for 192.0.2.1; 1004:PHPMailer.php"},
		/* The next field became part of this one by a broken fold. */
		{"X-PHP-Script: d.example/x.php for 82.36.87.154\n X-PHP-Originating-Script: 1595:x.php\n",
		 "d.example/x.php for 82.36.87.154; 1595:x.php"},
		{"X-PHP-Filename: /home/u/public_html/index.php\n REMOTE_ADDR: 165.231.182.48\n",
		 "/home/u/public_html/index.php REMOTE_ADDR: 165.231.182.48"},
		{"X-PHP-Script: d.example/x.php for 192.0.2.1\nX-PHP-Filename: /home/u/y.php\n",
		 "d.example/x.php for 192.0.2.1"},
		{"X-Source:\nX-Source-Args:\nX-Source-Dir:\n", ""},
		{"X-Source: /usr/bin/php\nX-Source-Args: /usr/bin/php\n /home/u/public_html/x.php "
		 "\nX-Source-Dir:\n",
		 "/usr/bin/php /home/u/public_html/x.php"},
		{"X-Source-Args: php-fpm: pool example_in                       \nX-Source-Dir: "
		 "example.in:/public_html\n",
		 "php-fpm: pool example_in; example.in:/public_html"},
		{"X-Source-Args: \nX-Source-Dir: /etc/csf\n", "/etc/csf"},
		{"X-PHP-Originating-Script: 1:a.php\nX-Source-Dir: d.example:/public_html\n", "1:a.php"},
	};
	CHECK(COLUMN_PHP_SCRIPT, rows);
}

static void auth_sender(void **state)
{
	(void)state;
	static const struct row rows[] = {
		{"Received: from pc (h [192.0.2.1])\n\t(Authenticated sender: rnayak)\n\tby mx.example "
		 "(Postfix)\n",
		 "rnayak"},
		{"Received: from pc (h [192.0.2.1]) (Authenticated sender: user@example.org) by mx "
		 "(Postfix)\n",
		 "user@example.org"},
		{"Received: from pc (Authenticated sender:93342@d.example) by mx\n", "93342@d.example"},
		{"Received: from pc\n\t(authenticated sender:\n\tuser@d.example) by mx\n", "user@d.example"},
		{"Received: from a by b\nReceived: from pc (Authenticated sender: low) by mx\n", "low"},
		{"Received: from a (Authenticated sender: top) by b\nReceived: from pc (Authenticated "
		 "sender: low) by mx\n",
		 "top"},
		{"Received: from pc (HELO pc) (smtp-auth username bob, mechanism cram-md5)\n by mx "
		 "(qpsmtpd/0.84)\n",
		 "bob"},
		{"X-Authenticated-Sender: host.example: user@d.example\n", "user@d.example"},
		{"X-Authenticated-Sender: host.example:\n user@d.example\n", "user@d.example"},
		{"X-Authenticated-Sender: host.example: acct\n", "acct"},
		{"X-Authenticated-Sender: host.example:\n", ""},
		{"X-Authenticated-Sender: user@d.example\n", "user@d.example"},
		{"X-Authenticated-Sender:\n", ""},
		{"X-Authenticated-Sender: h: forged@d.example\nX-Authenticated-Sender: h: real@d.example\n",
		 "real@d.example"},
		{"X-Authentication-Warning: h: (Authenticated sender: x)\n", ""},
		{"Received: from pc (Authenticated sender: ) by mx\nX-Authenticated-Sender: h: a\n", "a"},
		{"Received: from pc (Authenticated sender: cut\n", "cut"},
	};
	CHECK(COLUMN_AUTH_SENDER, rows);
}

static void auth_user(void **state)
{
	(void)state;
	static const struct row rows[] = {
		{"X-AuthUser: a@b.example\n", "a@b.example"},
		{"X-AuthUser: hop1@b.example\nX-AuthUser: hop2@b.example\n", "hop2@b.example"},
		{"X-Auth-User: name, whoson: (null)\n", "name"},
		{"x-auth-user: a@b.example\n", "a@b.example"},
		{"X-Authenticated-User: a@b.example\n", "a@b.example"},
		{"X-SmarterMail-Authenticated-As: a@b.example\n", "a@b.example"},
		{"X-Authenticated-Id: root\n", "root"},
		{"X-Authenticated-ID: a@b.example\n", "a@b.example"},
		{"X-Auth: a@b.example\n", "a@b.example"},
		{"X-Auth-ID: a@b.example\n", "a@b.example"},
		{"X-Authinfo: HIWORKS SMTP authenticated <a@b.example|192.0.2.1|a@b.example|7>\n",
		 "a@b.example"},
		{"X-Authed-Username: cG9zdEBiLmV4YW1wbGU=\n", "post@b.example"},
		{"X-Authed-Username: QA==\n", "@"},
		{"X-ME-Auth: cG9zdA==\n", "post"},
		{"X-Auth: low in the table\nX-AuthUser: high in the table\n", "high in the table"},
		{"X-Authority-Analysis: v=2.4 cv=x\n", ""},
		{"X-Authentication-Warning: h: u set sender to x using -f\n", ""},
		{"X-MS-Exchange-CrossTenant-AuthAs: Internal\nX-MS-Exchange-CrossTenant-AuthSource: h\n", ""},
		{"X-AUTH-Result: PASS\n", ""},
		{"X-AuthUser:\nX-Auth-User: b\n", "b"},
	};
	CHECK(COLUMN_AUTH_USER, rows);
}

static void auth_email(void **state)
{
	(void)state;
	static const struct row rows[] = {
		{"X-Auth-Email: a@b.example\n", "a@b.example"},
		{"X-Get-Message-Sender-Via: h.example: authenticated_id: user@d.example\n", "user@d.example"},
		{"X-Get-Message-Sender-Via: h.example: authenticated_id:\n user@d.example\n",
		 "user@d.example"},
		{"X-Get-Message-Sender-Via: h: authenticated_id: a@b.example/only user confirmed/virtual "
		 "account not "
		 "confirmed\n",
		 "a@b.example"},
		{"X-Get-Message-Sender-Via: h: authenticated_id: acct/from_h\n", ""},
		{"X-Get-Message-Sender-Via: h: acl_c_authenticated_local_user: mailman/mailman\n", ""},
		{"X-Get-Message-Sender-Via: h: redirect/forwarder owner a@b.example -> c@d.example\n", ""},
		{"X-Get-Message-Sender-Via: h: sender_ident via received_protocol == local: root/primary\n",
		 ""},
		{"X-Get-Message-Sender-Via: h: none\n", ""},
		{"X-Source-Auth: a@b.example\n", "a@b.example"},
		{"X-AuthUser: a@b.example\n", "a@b.example"},
		{"X-AuthUser: justaname\n", ""},
		{"X-AuthUser: justaname\nX-Sender: Name <a@b.example>\n", "a@b.example"},
		{"X-Sender: a@b.example\n", "a@b.example"},
		{"X-Sender-Id: dreamhost|x-authsender|a@b.example\n", "a@b.example"},
		{"X-Sender-Id: dreamhost\n", ""},
		{"X-Sender: not an @ address\n", ""},
		{"X-Source-Auth: a@b.example\nX-Auth-Email: first@b.example\n", "first@b.example"},
	};
	CHECK(COLUMN_AUTH_EMAIL, rows);
}

static void identity(void **state)
{
	(void)state;
	static const struct row rows[] = {
		{"X-AuthUser: u\nX-Auth-Email: e@b.example\n", "u"},
		{"X-Auth-Email: e@b.example\nX-Authenticated-Sender: h: s\n", "e@b.example"},
		{"X-Authenticated-Sender: h: s\nX-PHP-Script: d.example/x.php for 192.0.2.1\n", "s"},
		/* The script is one whoever calls it. */
		{"X-PHP-Script: d.example/x.php for 192.0.2.1\nX-Originating-IP: 192.0.2.7\n",
		 "d.example/x.php"},
		{"X-PHP-Script: d.example/x.php for 192.0.2.1\nX-PHP-Originating-Script: 1:x.php\n",
		 "d.example/x.php"},
		{"X-PHP-Originating-Script: 33:post.php(12) : eval()'d code\n", "33:post.php"},
		{"X-PHP-Filename: /home/u/index.php REMOTE_ADDR: 165.231.182.48\n", "/home/u/index.php"},
		{"X-Originating-IP: 192.0.2.7\nFrom: a@b.example\n", "192.0.2.7"},
		{"From: Name <a@b.example>\n", "a@b.example"},
		{"From: MAILER-DAEMON\n", "MAILER-DAEMON"},
		{"To: a@b.example\n", ""},
	};
	CHECK(COLUMN_IDENTITY, rows);
}

static void class_subject_domain(void **state)
{
	(void)state;
	static const struct row classes[] = {
		{"X-A-Outgoing-Class: spam\nX-A-Class: ham\n", "spam", DIRECTION_OUTGOING},
		{"X-A-Outgoing-Class: spam\nX-A-Class: ham\n", "ham", DIRECTION_INCOMING},
		{"X-A-Outgoing-Class: ham\nX-A-Outgoing-Class: phish\n", "phish", DIRECTION_OUTGOING},
		{"Class: spam\n", "", DIRECTION_OUTGOING},
	};
	static const struct row subjects[] = {
		{"Subject: =?utf-8?q?Caf=C3=A9?=\n =?utf-8?q?_au_lait?=\n", "Caf\xc3\xa9 au lait"},
		{"subject: two\n lines\nSubject: second\n", "two lines"},
		{"X-Subject: x\n", ""},
	};
	static const struct row domains[] = {
		{"X-A-Domain: d.example\nFrom: a@b.example\n", "d.example"},
		{"Authentication-Results: c; auth=pass smtp.auth=u@d.example\n", "d.example"},
		{"Authentication-Results: c; auth=pass smtp.auth=@d.example; spf=pass\n", "d.example"},
		{"X-AuthUser: u@D.Example\nFrom: a@b.example\n", "d.example"},
		{"X-AuthUser: u\nX-Auth-Email: a@e.example\n", "e.example"},
		{"From: \"x@y\" <a@b.example>\n", "b.example"},
		{"From: nobody\n", ""},
	};
	CHECK(COLUMN_CLASS, classes);
	CHECK(COLUMN_SUBJECT, subjects);
	CHECK(COLUMN_DOMAIN, domains);
}

static void bounces(void **state)
{
	(void)state;
	static const struct {
		const char *from;
		bool bounce;
	} rows[] = {
		{"MAILER-DAEMON@host.example (Mail Delivery System)", true},
		{"Mail Delivery System <MAILER-DAEMON@host.example>", true},
		{"Mail Delivery System <Mailer-Daemon@host.example>", true},
		{"MAILER-DAEMON@host.example", true},
		{"Mailer Daemon <MAILER-DAEMON@host.example>", true},
		{"Mail Delivery Subsystem <MAILER-DAEMON>", true},
		{"mailer-daemon", true},
		{"MAILER-DAEMON <>", true},
		{"\"MAILER-DAEMON\" <postmaster@host.example>", true},
		{"=?us-ascii?Q?MAILER-DAEMON?= <x@host.example>", true},
		{"postmaster@host.example", false},
		{"Mailer Daemon <x@host.example>", false},
		{"a@b.example", false},
		{"", false},
	};
	struct buf cells[COLUMNS_MAX] = {0};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char header[200];
		snprintf(header, sizeof(header), "Subject: mailer-daemon\nFrom: %s\n", rows[i].from);
		columns_extract(table(), slice_str(header), DIRECTION_OUTGOING, cells);
		if (columns_is_bounce(cells) != rows[i].bounce)
			fail_msg("From: %s", rows[i].from);
	}
	columns_finish(cells);
}

/* A message of many columns at once, then each of its beginnings. */
static void any_cut_is_survived(void **state)
{
	(void)state;
	static const char whole[] =
		"Received: from x (h [192.0.2.4])\r\n\t(Authenticated sender: u@d.example)\r\n\tby mx\r\n"
		"Received: (qmail 3 invoked by uid 48); x\r\n"
		"From: =?UTF-8?B?QmFuayBvZiBBbWVyaWNh?=\r\n <x@y.example>\r\nTo: a@b.example\r\n"
		"X-PHP-Script: d.example/x.php for 82.36.87.154\r\n X-PHP-Originating-Script: 1:x.php\r\n"
		"X-Get-Message-Sender-Via: h: authenticated_id: a@b.example/from_h\r\n"
		"X-A-Username: u\r\nX-A-Outgoing-Evidence: GTUBE\r\n"
		"X-Authinfo: x <a@b.example|1>\r\nX-Sender-Id: a|b|c@d.example\r\n\r\nbody";
	struct buf cells[COLUMNS_MAX] = {0};
	for (size_t len = 0; len < sizeof(whole); len++) {
		char *cut = malloc(len ? len : 1);
		memcpy(cut, whole, len);
		columns_extract(table(), slice_of(cut, len), DIRECTION_OUTGOING, cells);
		free(cut);
	}
	assert_true(slice_eq(buf_slice(&cells[COLUMN_IP_USERNAME]), SLICE("u")));
	columns_finish(cells);
}

static void bytes_of_any_kind_are_survived(void **state)
{
	(void)state;
	static const char header[] =
		"From: a\0b\xff\xfe <x@y.example>\r\nTo: \x1b]0;x\x07\r\nReply-To: \xc3\r\n";
	struct buf cells[COLUMNS_MAX] = {0};
	columns_extract(table(), slice_of(header, sizeof(header) - 1), DIRECTION_OUTGOING, cells);
	assert_true(cells[COLUMN_FROM].len > 0);
	assert_null(memchr(cells[COLUMN_FROM].data, '\0', cells[COLUMN_FROM].len));
	columns_finish(cells);
}

/* Many fields of one name, long fields, many brands: time and memory stay bounded. */
static void crowds_are_bounded(void **state)
{
	(void)state;
	struct buf header = {0}, cells[COLUMNS_MAX] = {0};
	for (int i = 0; i < 20000; i++)
		buf_addf(&header, "X-B%d-Username: u\r\nReceived: (qmail 1 invoked from network)\r\n", i);
	buf_add_str(&header, "To: ");
	for (int i = 0; i < 20000; i++)
		buf_addf(&header, "user%d@d.example,\r\n ", i);
	buf_add_str(&header, "\r\n");
	columns_extract(table(), buf_slice(&header), DIRECTION_OUTGOING, cells);
	for (size_t i = 0; i < COLUMNS_MAX; i++)
		assert_true(cells[i].len <= 2 * COLUMNS_CELL_MAX + 2);
	buf_finish(&header);
	columns_finish(cells);
}

static void titles_are_exact(void **state)
{
	(void)state;
	struct columns *columns = columns_create();
	struct buf line = {0};
	for (size_t i = 0; i < columns->count; i++)
		if (!columns->list[i].hidden)
			buf_addf(&line, ",%s", columns->list[i].name);
	assert_true(slice_eq(buf_slice(&line),
			     SLICE(",From,To,Reply-To,Qmail UID,Invoked for,IP/Username,Evidence,PHP script,"
				   "Auth.sender,Auth-User,Auth-Email")));
	buf_finish(&line);
	columns_destroy(columns);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(from),
		cmocka_unit_test(to),
		cmocka_unit_test(reply_to),
		cmocka_unit_test(qmail_uid),
		cmocka_unit_test(invoked_for),
		cmocka_unit_test(ip_username),
		cmocka_unit_test(evidence),
		cmocka_unit_test(php_script),
		cmocka_unit_test(auth_sender),
		cmocka_unit_test(auth_user),
		cmocka_unit_test(auth_email),
		cmocka_unit_test(identity),
		cmocka_unit_test(class_subject_domain),
		cmocka_unit_test(bounces),
		cmocka_unit_test(any_cut_is_survived),
		cmocka_unit_test(bytes_of_any_kind_are_survived),
		cmocka_unit_test(crowds_are_bounded),
		cmocka_unit_test(titles_are_exact),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	columns_destroy(table());
	return failed;
}
