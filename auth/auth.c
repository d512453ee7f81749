/* SPDX-License-Identifier: ISC */
#include "auth.h"

#include <errno.h>
#include <pthread.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "accounts.h"
#include "cache.h"
#include "credentials.h"
#include "scram.h"

struct auth {
	char *file;
	unsigned flags;
	struct cache *cache;
	_Atomic uint64_t work;
	pthread_mutex_t lock; /* guards what follows */
	struct stat seen;     /* the file when `offered` was found */
	bool offered;         /* SCRAM */
	char why[sizeof(((struct accounts *)NULL)->why)];
};

/* Verified for unknown names: made with the parameters of crypto_pwhash_str() at INTERACTIVE limits, which
 * every account has. What it says does not count. */
static const char STAND_IN[] =
	"$argon2id$v=19$m=65536,t=2,p=1$c3RhbmQtaW4gYWNjb3VudA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

static int fail(struct auth *a, int status, const char *why)
{
	pthread_mutex_lock(&a->lock);
	snprintf(a->why, sizeof(a->why), "%s", why);
	pthread_mutex_unlock(&a->lock);
	return status;
}

void auth_errmsg(struct auth *a, char *text, size_t size)
{
	pthread_mutex_lock(&a->lock);
	snprintf(text, size, "%s", a->why);
	pthread_mutex_unlock(&a->lock);
}

const char *auth_strerror(int status)
{
	switch (status) {
	case AUTH_OK:
		return "no error";
	case AUTH_DENIED:
		return "name or password is wrong";
	case AUTH_UNAVAILABLE:
		return "the accounts cannot be read just now; the log says why";
	case AUTH_NOT_FOUND:
		return "no such account; 'quarantine account list' shows those that exist";
	case AUTH_INVALID:
		return "this name or password is not acceptable";
	default:
		return "unknown error";
	}
}

/* Every hash is looked at when a server starts, so that a bad one is found by the one who put it there. */
static int check_hashes(struct accounts *accounts)
{
	struct auth_account *list = NULL;
	size_t count = 0;
	int status = accounts_list(accounts, &list, &count);
	for (size_t i = 0; status == AUTH_OK && i < count; i++) {
		char hash[ACCOUNTS_HASH_MAX];
		status = accounts_find(accounts, list[i].name, hash);
		if (status == AUTH_OK && !credentials_hash_ok(hash)) {
			snprintf(accounts->why, sizeof(accounts->why),
				 "account '%s': the stored hash is no argon2id hash of bounded cost; "
				 "set the password again",
				 list[i].name);
			status = AUTH_UNAVAILABLE;
		}
	}
	free(list);
	return status;
}

/* What can be wrong with the file is said when it is opened. */
static int check_accounts(const char *file, unsigned flags, char *why, size_t why_size)
{
	struct accounts accounts;
	int status = accounts_open(&accounts, file, flags);
	if (status == AUTH_OK && flags == AUTH_READ)
		status = check_hashes(&accounts);
	if (status == AUTH_NOT_FOUND)
		status = flags == AUTH_READ ? AUTH_OK : AUTH_UNAVAILABLE;
	if (status != AUTH_OK && why)
		snprintf(why, why_size, "%s", accounts.why);
	accounts_close(&accounts);
	return status;
}

int auth_open(const char *file, unsigned flags, struct auth **out, char *why, size_t why_size)
{
	if (why && why_size > 0)
		why[0] = '\0';
	if (sodium_init() < 0)
		return AUTH_UNAVAILABLE;
	int status = check_accounts(file, flags, why, why_size);
	if (status != AUTH_OK)
		return status;
	struct auth *a = calloc(1, sizeof(*a));
	if (!a)
		return AUTH_UNAVAILABLE;
	pthread_mutex_init(&a->lock, NULL);
	a->flags = flags;
	a->file = strdup(file);
	a->cache = cache_create();
	if (!a->file || !a->cache) {
		auth_close(a);
		return AUTH_UNAVAILABLE;
	}
	*out = a;
	return AUTH_OK;
}

void auth_close(struct auth *a)
{
	if (!a)
		return;
	cache_destroy(a->cache);
	pthread_mutex_destroy(&a->lock);
	free(a->file);
	free(a);
}

uint64_t auth_work(const struct auth *a)
{
	return a->work;
}

static int64_t seconds(clockid_t clock)
{
	struct timespec now = {0};
	clock_gettime(clock, &now);
	return now.tv_sec;
}

/* The stored hash, or the stand-in and AUTH_NOT_FOUND. */
static int stored_hash(struct auth *a, const char *name, char hash[ACCOUNTS_HASH_MAX])
{
	struct accounts accounts;
	int status = accounts_open(&accounts, a->file, AUTH_READ);
	if (status == AUTH_NOT_FOUND)
		status = AUTH_UNAVAILABLE;
	else if (status == AUTH_OK)
		status = accounts_find(&accounts, name, hash);
	accounts_close(&accounts);
	if (status == AUTH_UNAVAILABLE)
		return fail(a, status, accounts.why);
	if (status == AUTH_NOT_FOUND)
		memcpy(hash, STAND_IN, sizeof(STAND_IN));
	else if (!credentials_hash_ok(hash))
		return fail(a, AUTH_UNAVAILABLE, "the stored hash is no argon2id hash of bounded cost");
	return status;
}

static int compare(struct auth *a, const char *hash, const char *password, size_t len)
{
	a->work++;
	errno = 0;
	if (crypto_pwhash_str_verify(hash, password, len) == 0)
		return AUTH_OK;
	/* EINVAL is a mismatch; anything else could not be computed, for want of memory. */
	return errno == EINVAL ? AUTH_DENIED : fail(a, AUTH_UNAVAILABLE, "no memory for hashing a password");
}

static int verify(struct auth *a, const char *name, const char *password, size_t len)
{
	char hash[ACCOUNTS_HASH_MAX];
	unsigned char digest[CACHE_DIGEST];
	int found = stored_hash(a, name, hash);
	if (found == AUTH_UNAVAILABLE)
		return found;
	cache_digest(a->cache, name, hash, password, len, digest);
	int64_t now = seconds(CLOCK_MONOTONIC);
	if (found == AUTH_OK && cache_has(a->cache, digest, now))
		return AUTH_OK;
	int status = compare(a, hash, password, len);
	if (found != AUTH_OK && status == AUTH_OK)
		status = AUTH_DENIED;
	if (status == AUTH_OK)
		cache_add(a->cache, digest, now);
	sodium_memzero(hash, sizeof(hash));
	return status;
}

int auth_verify(struct auth *a, const char *name, char *password, size_t len)
{
	int status = AUTH_DENIED;
	if (credentials_name_why(name) == NULL && len > 0 && len <= AUTH_PASSWORD_MAX &&
	    !memchr(password, '\0', len))
		status = verify(a, name, password, len);
	sodium_memzero(password, len);
	return status;
}

/* Reads the accounts: `read` is given them. */
static int with_accounts(struct auth *a, int (*read)(struct accounts *accounts, void *context), void *context)
{
	struct accounts accounts;
	int status = accounts_open(&accounts, a->file, AUTH_READ);
	if (status == AUTH_OK)
		status = read(&accounts, context);
	accounts_close(&accounts);
	return status == AUTH_OK ? AUTH_OK : fail(a, AUTH_UNAVAILABLE, accounts.why);
}

static int read_offered(struct accounts *accounts, void *all)
{
	return accounts_all_have_keys(accounts, all);
}

static bool same_file(const struct stat *one, const struct stat *other)
{
	return one->st_ino == other->st_ino && one->st_dev == other->st_dev &&
	       one->st_size == other->st_size && one->st_mtim.tv_sec == other->st_mtim.tv_sec &&
	       one->st_mtim.tv_nsec == other->st_mtim.tv_nsec;
}

bool auth_scram_offered(struct auth *a)
{
	struct stat now;
	bool known, offered = false;
	if (stat(a->file, &now) != 0)
		return false;
	pthread_mutex_lock(&a->lock);
	known = same_file(&now, &a->seen);
	offered = a->offered;
	pthread_mutex_unlock(&a->lock);
	if (known)
		return offered;
	if (with_accounts(a, read_offered, &offered) != AUTH_OK)
		return false;
	pthread_mutex_lock(&a->lock);
	a->seen = now;
	a->offered = offered;
	pthread_mutex_unlock(&a->lock);
	return offered;
}

/* Keys that no password has, always the same for a name. */
static void make_up(struct scram *s, const unsigned char secret[ACCOUNTS_SECRET])
{
	unsigned char bytes[crypto_auth_hmacsha512_BYTES];
	crypto_auth_hmacsha512(bytes, (const unsigned char *)s->name, strlen(s->name), secret);
	s->keys.iterations = SCRAM_ITERATIONS;
	memcpy(s->keys.salt, bytes, sizeof(s->keys.salt));
	memcpy(s->keys.stored_key, bytes + sizeof(s->keys.salt), sizeof(s->keys.stored_key));
	sodium_memzero(bytes, sizeof(bytes));
}

/* The same work whether the name has keys or not. */
static int read_keys(struct accounts *accounts, void *context)
{
	struct scram *s = context;
	unsigned char secret[ACCOUNTS_SECRET];
	struct scram_keys keys;
	int status = accounts_secret(accounts, secret);
	if (status != AUTH_OK)
		return status;
	make_up(s, secret);
	sodium_memzero(secret, sizeof(secret));
	status = accounts_find_keys(accounts, s->name, &keys);
	if (status == AUTH_OK)
		s->keys = keys;
	sodium_memzero(&keys, sizeof(keys));
	return status == AUTH_NOT_FOUND ? AUTH_OK : status;
}

int auth_scram_first(struct auth *a, struct scram *s, const char *message, size_t len, char *out)
{
	unsigned char random[SCRAM_NONCE / 4 * 3];
	char nonce[SCRAM_NONCE + 1];
	int status;
	if (!scram_client_first(s, message, len) || credentials_name_why(s->name) != NULL)
		return AUTH_DENIED;
	status = with_accounts(a, read_keys, s);
	if (status != AUTH_OK)
		return status;
	randombytes_buf(random, sizeof(random));
	sodium_bin2base64(nonce, sizeof(nonce), random, sizeof(random), sodium_base64_VARIANT_ORIGINAL);
	scram_server_first(s, nonce, out);
	return AUTH_OK;
}

int auth_scram_final(struct scram *s, const char *message, size_t len, char *out)
{
	int status = scram_client_final(s, message, len, out) ? AUTH_OK : AUTH_DENIED;
	sodium_memzero(&s->keys, sizeof(s->keys));
	return status;
}

static int set(struct auth *a, const char *name, const char *password, size_t len, bool scram)
{
	char hash[crypto_pwhash_STRBYTES];
	struct scram_keys keys = {.iterations = SCRAM_ITERATIONS};
	scram = scram && scram_password_ok(password, len);
	randombytes_buf(keys.salt, sizeof(keys.salt));
	if (scram && !scram_keys_make(password, len, &keys))
		return fail(a, AUTH_UNAVAILABLE, "no memory for hashing a password");
	if (crypto_pwhash_str(hash, password, len, crypto_pwhash_OPSLIMIT_INTERACTIVE,
			      crypto_pwhash_MEMLIMIT_INTERACTIVE) != 0)
		return fail(a, AUTH_UNAVAILABLE, "no memory for hashing a password");
	struct accounts accounts;
	int status = accounts_open(&accounts, a->file, a->flags);
	if (status == AUTH_OK)
		status = accounts_put(&accounts, name, hash, scram ? &keys : NULL, seconds(CLOCK_REALTIME));
	accounts_close(&accounts);
	sodium_memzero(&keys, sizeof(keys));
	sodium_memzero(hash, sizeof(hash));
	return status == AUTH_OK ? AUTH_OK : fail(a, AUTH_UNAVAILABLE, accounts.why);
}

int auth_account_set(struct auth *a, const char *name, char *password, size_t len, bool scram)
{
	const char *why = credentials_name_why(name);
	if (!why)
		why = credentials_password_why(password, len);
	int status = why ? fail(a, AUTH_INVALID, why) : set(a, name, password, len, scram);
	sodium_memzero(password, len);
	return status;
}

int auth_account_remove(struct auth *a, const char *name)
{
	struct accounts accounts;
	int status = accounts_open(&accounts, a->file, a->flags);
	if (status == AUTH_OK)
		status = accounts_remove(&accounts, name);
	accounts_close(&accounts);
	return status == AUTH_OK ? AUTH_OK : fail(a, status, accounts.why);
}

int auth_account_list(struct auth *a, struct auth_account **list, size_t *count)
{
	struct accounts accounts;
	int status = accounts_open(&accounts, a->file, a->flags);
	if (status == AUTH_OK)
		status = accounts_list(&accounts, list, count);
	accounts_close(&accounts);
	return status == AUTH_OK ? AUTH_OK : fail(a, AUTH_UNAVAILABLE, accounts.why);
}
