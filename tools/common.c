/* SPDX-License-Identifier: ISC */
#include "common.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

enum { KEY_CANCEL = 3, KEY_END = 4, KEY_BACKSPACE = 8, KEY_KILL_LINE = 21, KEY_DELETE = 127 };

void wipe(void *memory, size_t len)
{
	explicit_bzero(memory, len);
}

/* The length without the last character, which in UTF-8 may be several bytes. */
static size_t drop_character(const char *text, size_t len)
{
	while (len > 0 && (text[len - 1] & 0xc0) == 0x80)
		len--;
	return len > 0 ? len - 1 : 0;
}

/* Reads keys until the line ends. The terminal is in raw mode, so that Ctrl-C comes as a key and the
 * echo is back before anybody acts on it. */
static int read_keys(int tty, char *into, size_t size, size_t *len)
{
	size_t n = 0;
	char c;

	for (;;) {
		ssize_t got = read(tty, &c, 1);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return PASSWORD_IO;
		if (got == 0 || c == KEY_CANCEL || (c == KEY_END && n == 0))
			return PASSWORD_CANCELLED;
		if (c == '\n' || c == '\r' || c == KEY_END)
			break;
		if (c == KEY_KILL_LINE)
			n = 0;
		else if (c == KEY_BACKSPACE || c == KEY_DELETE)
			n = drop_character(into, n);
		else
			into[n++] = c;
		if (n == size)
			return PASSWORD_TOO_LONG;
	}
	into[n] = '\0';
	*len = n;
	return PASSWORD_OK;
}

int password_ask(const char *prompt, char *into, size_t size, size_t *len)
{
	struct termios before, raw;
	int tty = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
	int status = PASSWORD_NO_TERMINAL;

	if (tty < 0)
		return status;
	if (tcgetattr(tty, &before) != 0)
		goto out;
	raw = before;
	raw.c_lflag &= ~(tcflag_t)(ECHO | ECHONL | ICANON | ISIG);
	raw.c_cc[VMIN] = 1;
	raw.c_cc[VTIME] = 0;
	if (tcsetattr(tty, TCSAFLUSH, &raw) != 0)
		goto out;
	dprintf(tty, "%s", prompt);
	status = read_keys(tty, into, size, len);
	tcsetattr(tty, TCSAFLUSH, &before);
	dprintf(tty, "\n");
out:
	if (status != PASSWORD_OK)
		wipe(into, size);
	close(tty);
	return status;
}

int password_ask_twice(const char *prompt, const char *again, char *into, size_t size, size_t *len)
{
	char second[PASSWORD_SIZE];
	size_t first_len, second_len;
	int status = password_ask(prompt, into, size, &first_len);

	if (status != PASSWORD_OK)
		return status;
	status = password_ask(again, second, sizeof(second), &second_len);
	if (status == PASSWORD_OK && !slice_eq(slice_of(into, first_len), slice_of(second, second_len)))
		status = PASSWORD_DIFFER;
	wipe(second, sizeof(second));
	if (status == PASSWORD_OK)
		*len = first_len;
	else
		wipe(into, size);
	return status;
}

/* Reads up to the first line end, byte by byte where it must (what follows in a pipe is not ours). */
static int read_line(int fd, char *into, size_t size, size_t *len)
{
	size_t n = 0;

	for (;;) {
		ssize_t got = read(fd, into + n, 1);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return PASSWORD_IO;
		if (got == 0 || into[n] == '\n')
			break;
		if (++n == size)
			return PASSWORD_TOO_LONG;
	}
	if (n > 0 && into[n - 1] == '\r')
		n--;
	into[n] = '\0';
	*len = n;
	return PASSWORD_OK;
}

int password_read(const char *file, char *into, size_t size, size_t *len)
{
	bool standard = strcmp(file, "-") == 0;
	int fd = standard ? STDIN_FILENO : open(file, O_RDONLY | O_NOCTTY | O_CLOEXEC);
	int status;

	if (fd < 0)
		return PASSWORD_IO;
	status = read_line(fd, into, size, len);
	if (status != PASSWORD_OK)
		wipe(into, size);
	if (!standard)
		close(fd);
	return status;
}

const char *password_strerror(int status)
{
	switch (status) {
	case PASSWORD_OK:
		return "no error";
	case PASSWORD_CANCELLED:
		return "cancelled";
	case PASSWORD_NO_TERMINAL:
		return "there is no terminal to ask for the password";
	case PASSWORD_DIFFER:
		return "the two passwords differ";
	case PASSWORD_TOO_LONG:
		return "the password is too long";
	default:
		return strerror(errno);
	}
}

const char *size_text(uint64_t bytes, char *into)
{
	static const char *const unit[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
	double n = (double)bytes;
	size_t i = 0;

	for (; n >= 1023.95 && i + 1 < ARRAY_SIZE(unit); i++)
		n /= 1024;
	snprintf(into, SIZE_TEXT, i == 0 ? "%.0f %s" : "%.1f %s", n, unit[i]);
	return into;
}

/* The length of the UTF-8 sequence that `s` begins with, and its character; 0 when it is none. */
static size_t utf8_first(struct slice s, uint32_t *out)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	unsigned char c = (unsigned char)s.data[0];
	size_t len = c < 0x80 ? 1 : c < 0xc2 ? 0 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : c < 0xf5 ? 4 : 0;
	uint32_t value = len < 2 ? c : c & (0x7fu >> len);

	if (len == 0 || len > s.len)
		return 0;
	for (size_t i = 1; i < len; i++) {
		if ((s.data[i] & 0xc0) != 0x80)
			return 0;
		value = value << 6 | (s.data[i] & 0x3f);
	}
	if (value < least[len] || (value >= 0xd800 && value <= 0xdfff) || value > 0x10ffff)
		return 0;
	*out = value;
	return len;
}

/* Characters that make a terminal act, or its text read otherwise than it stands. */
static bool is_harmful(uint32_t c)
{
	static const struct {
		uint32_t first, last;
	} range[] = {
		{0x00, 0x1f},     {0x7f, 0x9f},     {0xad, 0xad},     {0x61c, 0x61c},   {0x200b, 0x200f},
		{0x2028, 0x202e}, {0x2060, 0x206f}, {0xfeff, 0xfeff}, {0xfff9, 0xfffb}, {0xe0000, 0xe007f},
	};

	for (size_t i = 0; i < ARRAY_SIZE(range); i++) {
		if (c >= range[i].first && c <= range[i].last)
			return true;
	}
	return false;
}

void add_safe(struct buf *out, struct slice text)
{
	while (text.len > 0) {
		uint32_t c = 0;
		size_t len = utf8_first(text, &c);
		bool fine = len > 0 && !is_harmful(c);

		if (len == 0)
			len = 1;
		if (fine)
			buf_add(out, text.data, len);
		for (size_t i = 0; !fine && i < len; i++)
			buf_addf(out, "\\x%02X", (unsigned)(unsigned char)text.data[i]);
		text = slice_skip(text, len);
	}
}
