/* SPDX-License-Identifier: ISC
 *
 * Threads that do what may block. Store workers each have a handle of the store of their own; auth workers
 * check passwords, which is slow on purpose, so that this can never hold up the others. What is quick goes
 * before what is long; within a class, first come, first served: with one job a session at a time, that is a
 * fair share for each. Every fourth job is the one that has waited longest, so none waits for ever. */
#ifndef IMAPD_NET_WORK_H
#define IMAPD_NET_WORK_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

struct quarantine;
struct work_pool;

/* In the order in which they are served, and told of when they are done. */
enum work_class {
	WORK_QUICK, /* needs the store for moments only, and a client waits */
	WORK_FIRST, /* the first step of what may be long */
	WORK_AUTH,  /* a password: for the auth workers; all others are for the store workers */
	WORK_LATER, /* further steps, and what no client asked for */
	WORK_CLASSES,
};

/* A job, embedded in its owner, who leaves it alone between work_submit() and done(). */
struct work {
	/* On a worker thread. `store` is the worker's handle; NULL on auth workers, and when the store
	 * cannot be opened just now (the pool has logged why). */
	void (*run)(struct work *w, struct quarantine *store);
	void (*done)(struct work *w); /* on the loop's thread, once */
	bool reopen;                  /* set by run(): the handle failed, open another for the next job */
	/* the pool's */
	bool cold; /* run() waited for the disk */
	enum work_class class;
	uint64_t ticket;
	struct work *next;
};

struct work_settings {
	uint64_t min_free; /* quarantine_set_min_free() */
	const char *store; /* borrowed */
	unsigned store_workers;
	unsigned auth_workers;
	unsigned auth_queue; /* jobs that may wait for the auth workers */
	/* Called when a job had to take much from the disk, WORK_COLD bytes or more. Loop thread. NULL:
	 * nobody wants to know. */
	void (*on_cold)(void *owner, struct work_pool *p);
	void *owner;
};

enum { WORK_COLD = 128 * 1024 };

/* A libuv error. */
int work_pool_create(uv_loop_t *loop, const struct work_settings *settings, struct work_pool **out);

/* False: the queue of that class is full (only WORK_AUTH's ever is). Loop thread. */
bool work_submit(struct work_pool *p, struct work *w, enum work_class class);

/* How many jobs wait for the threads that serve this class. Loop thread. */
unsigned work_waiting(struct work_pool *p, enum work_class class);

/* Ends the reading of the store that this job does just now, if it does. Loop thread. */
void work_interrupt(struct work_pool *p, struct work *w);

/* Waits for running jobs, then frees; done() of jobs that are still queued is never called. Loop thread,
 * while the loop still runs: a handle closes. NULL is fine. */
void work_pool_destroy(struct work_pool *p);

#endif
