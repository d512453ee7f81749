/* SPDX-License-Identifier: ISC */
#include "extract.h"

#include "../../store/mime/charset.h"
#include "../../store/mime/transfer.h"

struct slice extract_after(struct slice text, const char *needle)
{
	struct slice want = slice_str(needle);
	for (; text.len >= want.len; text = slice_skip(text, 1))
		if ((text.data[0] | 0x20) == (needle[0] | 0x20) && slice_istarts(text, want))
			return slice_of(text.data + want.len, text.len - want.len);
	return slice_of(NULL, 0);
}

/* Up to the first of `ends`; all of it where there is none. */
static struct slice before(struct slice text, const char *ends)
{
	size_t len = 0;
	while (len < text.len && (text.data[len] == '\0' || !strchr(ends, text.data[len])))
		len++;
	return slice_of(text.data, len);
}

static bool has(struct slice text, char c)
{
	return text.len > 0 && memchr(text.data, c, text.len) != NULL;
}

void extract_all(struct slice text, struct buf *out)
{
	buf_add_slice(out, text);
}

/* What a line of the qmail family says after "invoked": "(qmail 24 invoked by uid 111); date". */
static struct slice invoked(struct slice received)
{
	if (received.len == 0 || received.data[0] != '(')
		return slice_of(NULL, 0);
	return extract_after(before(received, ")"), " invoked ");
}

bool extract_is_qmail(struct slice received)
{
	return invoked(received).len > 0;
}

bool extract_is_remote_hop(struct slice received)
{
	if (!slice_istarts(received, SLICE("from ")))
		return false;
	return !extract_after(received, "127.0.0.1").data && !extract_after(received, "[::1]").data &&
	       !slice_istarts(received, SLICE("from localhost "));
}

void extract_qmail_uid(struct slice text, struct buf *out)
{
	struct slice uid = extract_after(invoked(text), "by uid ");
	for (; uid.len > 0 && uid.data[0] >= '0' && uid.data[0] <= '9'; uid = slice_skip(uid, 1))
		buf_add_char(out, uid.data[0]);
}

void extract_invoked_for(struct slice text, struct buf *out)
{
	static const char *const ways[] = {"for ", "from ", "by "};
	struct slice how = invoked(text);
	if (slice_istarts(how, SLICE("by uid ")))
		return;
	for (size_t i = 0; i < ARRAY_SIZE(ways); i++)
		if (slice_istarts(how, slice_str(ways[i]))) {
			buf_add_slice(out, before(slice_skip(how, strlen(ways[i])), " [;"));
			return;
		}
}

void extract_smtp_auth(struct slice text, struct buf *out)
{
	buf_add_slice(out, before(extract_after(text, "smtp.auth="), " ;()"));
}

void extract_address_in_brackets(struct slice text, struct buf *out)
{
	buf_add_slice(out, text.len > 0 && text.data[0] == '[' ? before(slice_skip(text, 1), "]") : text);
}

void extract_client_address(struct slice text, struct buf *out)
{
	struct slice by = extract_after(text, " by ");
	if (!by.data || !slice_istarts(text, SLICE("from ")))
		return;
	struct slice from = slice_of(text.data, (size_t)(by.data - text.data));
	for (from = extract_after(from, "["); from.data; from = extract_after(from, "[")) {
		struct slice address = before(from, "]");
		if (slice_istarts(address, SLICE("IPv6:")))
			address = slice_skip(address, 5);
		size_t digits = 0;
		while (digits < address.len && strchr("0123456789abcdefABCDEF.:", address.data[digits]) &&
		       address.data[digits] != '\0')
			digits++;
		if (digits == address.len && digits >= 2) {
			buf_add_slice(out, address);
			return;
		}
	}
}

void extract_php_script(struct slice text, struct buf *out)
{
	struct slice second = extract_after(text, " X-PHP-Originating-Script:");
	if (!second.data) {
		buf_add_slice(out, text);
		return;
	}
	size_t first_len = (size_t)(second.data - text.data) - strlen(" X-PHP-Originating-Script:");
	buf_add_slice(out, slice_of(text.data, first_len));
	buf_add_str(out, "; ");
	buf_add_slice(out, slice_trim(second));
}

void extract_authenticated_sender(struct slice text, struct buf *out)
{
	struct slice sender = extract_after(text, "(Authenticated sender:");
	if (sender.data)
		buf_add_slice(out, slice_trim(before(sender, ")")));
	else /* qpsmtpd */
		buf_add_slice(out, before(extract_after(text, "(smtp-auth username "), ",)"));
}

void extract_after_host(struct slice text, struct buf *out)
{
	struct slice host = before(text, " :");
	struct slice rest = slice_skip(text, host.len);
	bool prefixed = slice_starts(rest, SLICE(": ")) || slice_eq(rest, SLICE(":"));
	buf_add_slice(out, prefixed ? slice_trim(slice_skip(rest, 1)) : text);
}

void extract_before_comma(struct slice text, struct buf *out)
{
	buf_add_slice(out, slice_trim(before(text, ",")));
}

void extract_authinfo(struct slice text, struct buf *out)
{
	buf_add_slice(out, before(extract_after(text, "<"), "|>"));
}

void extract_base64(struct slice text, struct buf *out)
{
	struct mime_decoder decoder = {.encoding = MIME_BASE64};
	struct buf bytes = {0};
	mime_decode(&decoder, text, true, &bytes);
	mime_clean_utf8(slice_trim(buf_slice(&bytes)), out);
	buf_finish(&bytes);
}

void extract_email(struct slice text, struct buf *out)
{
	struct slice angle = extract_after(text, "<");
	struct slice address = angle.data ? slice_trim(before(angle, ">")) : text;
	if (has(address, '@') && !has(address, ' '))
		buf_add_slice(out, address);
}

void extract_authenticated_id(struct slice text, struct buf *out)
{
	struct slice id = slice_trim(extract_after(text, "authenticated_id:"));
	extract_email(before(id, "/ "), out);
}

void extract_email_behind_bars(struct slice text, struct buf *out)
{
	struct slice rest = text;
	for (; rest.data; rest = extract_after(rest, "|"))
		text = rest;
	extract_email(text, out);
}

void extract_script(struct slice text, struct buf *out)
{
	static const char *const ends[] = {" for ", " REMOTE_ADDR:", "; ", "("};
	for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
		struct slice rest = extract_after(text, ends[i]);
		if (rest.data)
			text.len = (size_t)(rest.data - text.data) - strlen(ends[i]);
	}
	buf_add_slice(out, slice_trim(text));
}

void extract_domain(struct slice text, struct buf *out)
{
	struct buf address = {0};
	extract_email(text, &address);
	struct slice rest = buf_slice(&address), domain = slice_of(NULL, 0);
	while ((rest = extract_after(rest, "@")).data)
		domain = rest;
	domain = before(domain, " ;,)>");
	for (size_t i = 0; i < domain.len; i++) {
		char c = domain.data[i];
		buf_add_char(out, c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c);
	}
	buf_finish(&address);
}

extract_fn *extract_find(struct slice name)
{
	static const struct {
		const char *name;
		extract_fn *extract;
	} all[] = {
		{"all", extract_all},
		{"after-host", extract_after_host},
		{"authenticated-id", extract_authenticated_id},
		{"authenticated-sender", extract_authenticated_sender},
		{"authinfo", extract_authinfo},
		{"base64", extract_base64},
		{"before-comma", extract_before_comma},
		{"client-address", extract_client_address},
		{"domain", extract_domain},
		{"email", extract_email},
		{"email-behind-bars", extract_email_behind_bars},
		{"in-brackets", extract_address_in_brackets},
		{"invoked-for", extract_invoked_for},
		{"php-script", extract_php_script},
		{"qmail-uid", extract_qmail_uid},
		{"script", extract_script},
		{"smtp-auth", extract_smtp_auth},
	};
	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		if (slice_ieq(name, slice_str(all[i].name)))
			return all[i].extract;
	return NULL;
}
