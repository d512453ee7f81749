/* SPDX-License-Identifier: ISC
 *
 * timing [SAMPLES]: whether the time of a refused login tells which names exist. Names that exist and names
 * that do not are tried in random order; Welch's t of the two samples of processor time stays below 4.5, the
 * bar of "dude, is my code constant time?" (Reparaz, Balasch, Verbauwhede 2017), or passes it no more than
 * once in three tries: a busy machine has its own moods. A control that must be told apart shows that the
 * sample could. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <sodium.h>

#include "../../auth/auth.h"
#include "../../auth/scram.h"

enum { SAMPLES = 40, CHEAP = 50 /* as many more of what takes microseconds */, TRIES = 3 };

static const double BAR = 4.5;

struct sample {
	double count, mean, squares;
};

static struct auth *server;

static void must(bool holds, const char *what)
{
	if (!holds) {
		fprintf(stderr, "timing: %s\n", what);
		exit(1);
	}
}

/* Welford's way: mean and sum of squared distances from it. */
static void add(struct sample *s, double value)
{
	double distance = value - s->mean;

	s->count++;
	s->mean += distance / s->count;
	s->squares += distance * (value - s->mean);
}

static double welch(const struct sample *a, const struct sample *b)
{
	double error = sqrt(a->squares / (a->count - 1) / a->count + b->squares / (b->count - 1) / b->count);

	return fabs(a->mean - b->mean) / error;
}

static void refuse(const char *name)
{
	char password[] = "not the password";

	must(auth_verify(server, name, password, strlen(password)) == AUTH_DENIED,
	     "a wrong password is refused");
}

static void begin_scram(const char *name)
{
	struct scram s = {0};
	char message[100], out[SCRAM_MESSAGE_MAX];
	int len = snprintf(message, sizeof(message), "n,,n=%s,r=fyko+d2lbbFgONRv9qkxdawL", name);

	must(auth_scram_first(server, &s, message, (size_t)len, out) == AUTH_OK,
	     "a first message is answered");
}

/* A good login that is remembered costs no hash, an unknown name does. */
static void accept_or_refuse(const char *name)
{
	char password[] = "the password";
	int wanted = strcmp(name, "global") == 0 ? AUTH_OK : AUTH_DENIED;

	must(auth_verify(server, name, password, strlen(password)) == wanted, "the control is answered");
}

static double microseconds(void (*attempt)(const char *), const char *name)
{
	struct timespec begin, end;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &begin);
	attempt(name);
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &end);
	return (double)(end.tv_sec - begin.tv_sec) * 1e6 + (double)(end.tv_nsec - begin.tv_nsec) / 1e3;
}

static double compare(const char *what, void (*attempt)(const char *), int samples)
{
	struct sample known = {0}, unknown = {0};
	double t;

	attempt("global"), attempt("nobody");
	while (known.count < samples || unknown.count < samples) {
		if (randombytes_uniform(2))
			add(&known, microseconds(attempt, "global"));
		else
			add(&unknown, microseconds(attempt, "nobody"));
	}
	t = welch(&known, &unknown);
	printf("%s: %.1f us for a name that exists, %.1f us for one that does not, t = %.2f\n", what,
	       known.mean, unknown.mean, t);
	return t;
}

static void alike(const char *what, void (*attempt)(const char *), int samples)
{
	int told_apart = 0;

	for (int i = 0; i < TRIES; i++)
		told_apart += compare(what, attempt, samples) > BAR;
	must(told_apart <= 1, "the time tells which names exist");
}

int main(int argc, char **argv)
{
	const char *tmp = getenv("TMPDIR");
	char folder[200], file[220], why[512], password[] = "the password";
	int samples = argc > 1 ? atoi(argv[1]) : SAMPLES;
	struct auth *admin;

	must(samples > 1 && sodium_init() >= 0, "usage: timing [SAMPLES]");
	snprintf(folder, sizeof(folder), "%.150s/timing-XXXXXX", tmp ? tmp : "/tmp");
	must(mkdtemp(folder) != NULL, "no temporary folder");
	snprintf(file, sizeof(file), "%s/accounts.db", folder);
	must(auth_open(file, AUTH_WRITE | AUTH_CREATE, &admin, why, sizeof(why)) == AUTH_OK &&
		     auth_account_set(admin, "global", password, strlen(password), true) == AUTH_OK &&
		     auth_open(file, AUTH_READ, &server, why, sizeof(why)) == AUTH_OK,
	     "no accounts");
	must(compare("control", accept_or_refuse, samples) > BAR, "the control is not told apart");
	alike("wrong password", refuse, samples);
	alike("SCRAM, first message", begin_scram, samples * CHEAP);
	auth_close(server);
	auth_close(admin);
	unlink(file);
	return rmdir(folder);
}
