/* SPDX-License-Identifier: ISC
 *
 * The happy path: work_submit() queues a job and wakes a worker; the worker opens its handle when it has
 * none, runs the job, puts it among the finished ones and rings the loop; the loop's thread takes some of
 * them and calls each done(). Waiting or finished, they stand in lanes, one for each class.
 *
 * What can go wrong: the store cannot be opened (the job runs with NULL, the next one tries again); a job
 * says that its handle failed (it is closed after the job); the auth queue is full (work_submit() says so);
 * a job is interrupted when it has just ended (`current` is compared under the lock, so no other job is
 * hit); thousands finish together (the loop looks at its sockets between TURN of them); quick ones keep
 * coming (every OLDEST_EVERY-th is the longest waiting one); the pool is destroyed with jobs queued (their
 * owners are going as well). */
#include "work.h"

#include <stdlib.h>
#include <sys/resource.h>

#include "../../store/include/quarantine.h"
#include "../log.h"

enum { OLDEST_EVERY = 4, TURN = 8 };

struct queue {
	struct work *first, **last;
};

struct lanes {
	struct queue queues[WORK_CLASSES];
	unsigned length;
	uint64_t pushed, popped;
};

struct crew {
	struct work_pool *pool;
	struct lanes lanes;
	uv_cond_t arrived;
	unsigned limit; /* of the queue; 0: none */
	bool uses_store;
};

struct worker {
	struct crew *crew;
	uv_thread_t thread;
	struct work *current;
	struct quarantine *store;
	bool complained; /* that the store cannot be opened: once, not for each job */
};

struct work_pool {
	uv_mutex_t lock; /* for everything below but `ring` */
	uv_async_t ring;
	struct crew store, auth;
	struct lanes finished;
	struct worker *workers;
	unsigned started;
	bool stopping;
	const char *path;
	uint64_t min_free;
	void (*on_cold)(void *owner, struct work_pool *p);
	void *owner;
};

static void lanes_init(struct lanes *l)
{
	*l = (struct lanes){.length = 0};
	for (unsigned i = 0; i < WORK_CLASSES; i++)
		l->queues[i].last = &l->queues[i].first;
}

static void lanes_push(struct lanes *l, struct work *w)
{
	struct queue *q = &l->queues[w->class];

	w->next = NULL;
	w->ticket = l->pushed++;
	*q->last = w;
	q->last = &w->next;
	l->length++;
}

static struct queue *next_queue(struct lanes *l)
{
	bool oldest = l->popped % OLDEST_EVERY == OLDEST_EVERY - 1;
	struct queue *next = NULL;

	for (struct queue *q = l->queues; q < l->queues + WORK_CLASSES; q++) {
		if (q->first && (!next || (oldest && q->first->ticket < next->first->ticket)))
			next = q;
	}
	return next;
}

static struct work *lanes_pop(struct lanes *l)
{
	struct queue *q = next_queue(l);
	struct work *w;

	if (!q)
		return NULL;
	w = q->first;
	q->first = w->next;
	if (!q->first)
		q->last = &q->first;
	l->length--;
	l->popped++;
	return w;
}

static void open_store(struct worker *me)
{
	char why[256] = "";
	struct quarantine *store = NULL;
	int status = quarantine_open_why(me->crew->pool->path, QUARANTINE_WRITE, &store, why, sizeof(why));

	if (status != QUARANTINE_OK && !me->complained)
		log_event(LOG_LEVEL_ERROR, 0, "store-unavailable", "reason", quarantine_strerror(status),
			  "detail", why, NULL);
	else if (status == QUARANTINE_OK && me->complained)
		log_event(LOG_LEVEL_INFO, 0, "store-available", NULL);
	me->complained = status != QUARANTINE_OK;
	if (status != QUARANTINE_OK)
		return;
	quarantine_set_min_free(store, me->crew->pool->min_free);
	uv_mutex_lock(&me->crew->pool->lock);
	me->store = store;
	uv_mutex_unlock(&me->crew->pool->lock);
}

static void close_store(struct worker *me)
{
	struct quarantine *store = me->store;

	uv_mutex_lock(&me->crew->pool->lock);
	me->store = NULL;
	uv_mutex_unlock(&me->crew->pool->lock);
	quarantine_close(store);
}

/* What this thread had the system read from a disk so far. */
static uint64_t bytes_read(void)
{
	struct rusage usage = {0};

	getrusage(RUSAGE_THREAD, &usage);
	return (uint64_t)usage.ru_inblock * 512;
}

static void run_job(struct worker *me, struct work *w)
{
	uint64_t before = bytes_read();

	if (me->crew->uses_store && !me->store)
		open_store(me);
	w->reopen = false;
	w->run(w, me->store);
	w->cold = bytes_read() - before >= WORK_COLD;
	if (w->reopen)
		close_store(me);
}

static void worker_main(void *argument)
{
	struct worker *me = argument;
	struct crew *crew = me->crew;
	struct work_pool *p = crew->pool;

	uv_mutex_lock(&p->lock);
	while (!p->stopping) {
		struct work *w = lanes_pop(&crew->lanes);

		if (!w) {
			uv_cond_wait(&crew->arrived, &p->lock);
			continue;
		}
		me->current = w;
		uv_mutex_unlock(&p->lock);
		run_job(me, w);
		uv_mutex_lock(&p->lock);
		me->current = NULL;
		lanes_push(&p->finished, w);
		uv_async_send(&p->ring);
	}
	uv_mutex_unlock(&p->lock);
	close_store(me);
}

static void on_ring(uv_async_t *ring)
{
	struct work_pool *p = ring->data;
	struct work *turn[TURN];
	unsigned count = 0;

	uv_mutex_lock(&p->lock);
	while (count < TURN && p->finished.length > 0)
		turn[count++] = lanes_pop(&p->finished);
	if (p->finished.length > 0)
		uv_async_send(ring);
	uv_mutex_unlock(&p->lock);
	for (unsigned i = 0; i < count; i++) {
		if (turn[i]->cold && p->on_cold)
			p->on_cold(p->owner, p);
		turn[i]->done(turn[i]); /* may submit it again, or destroy the pool */
	}
}

static int start_workers(struct work_pool *p, const struct work_settings *settings)
{
	unsigned total = settings->store_workers + settings->auth_workers;

	p->workers = calloc(total, sizeof(*p->workers));
	if (!p->workers)
		return UV_ENOMEM;
	for (unsigned i = 0; i < total; i++) {
		struct worker *w = &p->workers[i];
		int status;

		w->crew = i < settings->store_workers ? &p->store : &p->auth;
		status = uv_thread_create(&w->thread, worker_main, w);
		if (status < 0)
			return status;
		p->started++;
	}
	return 0;
}

static void crew_init(struct crew *crew, struct work_pool *p)
{
	crew->pool = p;
	lanes_init(&crew->lanes);
	uv_cond_init(&crew->arrived);
}

int work_pool_create(uv_loop_t *loop, const struct work_settings *settings, struct work_pool **out)
{
	struct work_pool *p = calloc(1, sizeof(*p));
	int status;

	if (!p)
		return UV_ENOMEM;
	p->path = settings->store;
	p->min_free = settings->min_free;
	p->on_cold = settings->on_cold;
	p->owner = settings->owner;
	status = uv_async_init(loop, &p->ring, on_ring);
	if (status < 0) {
		free(p);
		return status;
	}
	p->ring.data = p;
	uv_mutex_init(&p->lock);
	lanes_init(&p->finished);
	crew_init(&p->store, p);
	crew_init(&p->auth, p);
	p->store.uses_store = true;
	p->auth.limit = settings->auth_queue;
	status = start_workers(p, settings);
	if (status < 0)
		work_pool_destroy(p);
	else
		*out = p;
	return status;
}

static struct crew *crew_of(struct work_pool *p, enum work_class class)
{
	return class == WORK_AUTH ? &p->auth : &p->store;
}

bool work_submit(struct work_pool *p, struct work *w, enum work_class class)
{
	struct crew *crew = crew_of(p, class);
	bool room;

	uv_mutex_lock(&p->lock);
	room = crew->limit == 0 || crew->lanes.length < crew->limit;
	if (room) {
		w->class = class;
		lanes_push(&crew->lanes, w);
		uv_cond_signal(&crew->arrived);
	}
	uv_mutex_unlock(&p->lock);
	return room;
}

unsigned work_waiting(struct work_pool *p, enum work_class class)
{
	unsigned length;

	uv_mutex_lock(&p->lock);
	length = crew_of(p, class)->lanes.length;
	uv_mutex_unlock(&p->lock);
	return length;
}

void work_interrupt(struct work_pool *p, struct work *w)
{
	uv_mutex_lock(&p->lock);
	for (unsigned i = 0; i < p->started; i++) {
		if (p->workers[i].current == w && p->workers[i].store)
			quarantine_interrupt(p->workers[i].store);
	}
	uv_mutex_unlock(&p->lock);
}

static void on_ring_closed(uv_handle_t *handle)
{
	free(handle->data);
}

void work_pool_destroy(struct work_pool *p)
{
	if (!p)
		return;
	uv_mutex_lock(&p->lock);
	p->stopping = true;
	uv_cond_broadcast(&p->store.arrived);
	uv_cond_broadcast(&p->auth.arrived);
	uv_mutex_unlock(&p->lock);
	for (unsigned i = 0; i < p->started; i++)
		uv_thread_join(&p->workers[i].thread);
	uv_cond_destroy(&p->store.arrived);
	uv_cond_destroy(&p->auth.arrived);
	uv_mutex_destroy(&p->lock);
	free(p->workers);
	uv_close((uv_handle_t *)&p->ring, on_ring_closed);
}
