/* SPDX-License-Identifier: ISC
 *
 * The happy path: work_submit() queues a job and wakes a worker; the worker opens its handle when it has
 * none, runs the job, puts it on the list of finished ones and rings the loop; the loop's thread takes the
 * whole list and calls each done().
 *
 * What can go wrong: the store cannot be opened (the job runs with NULL, the next one tries again); a job
 * says that its handle failed (it is closed after the job); the auth queue is full (work_submit() says so);
 * a job is interrupted when it has just ended (`current` is compared under the lock, so no other job is
 * hit); the pool is destroyed with jobs queued (their owners are going as well). */
#include "work.h"

#include <stdlib.h>

#include "../../store/include/quarantine.h"
#include "../log.h"

struct queue {
	struct work *first, **last;
	unsigned length;
};

struct crew {
	struct work_pool *pool;
	struct queue queue;
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
	struct crew crews[2]; /* by enum work_class */
	struct queue finished;
	struct worker *workers;
	unsigned started;
	bool stopping;
	const char *path;
	uint64_t min_free;
};

static void queue_init(struct queue *q)
{
	*q = (struct queue){.last = &q->first};
}

static void queue_push(struct queue *q, struct work *w)
{
	w->next = NULL;
	*q->last = w;
	q->last = &w->next;
	q->length++;
}

static struct work *queue_pop(struct queue *q)
{
	struct work *w = q->first;

	if (!w)
		return NULL;
	q->first = w->next;
	if (!q->first)
		q->last = &q->first;
	q->length--;
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

static void run_job(struct worker *me, struct work *w)
{
	if (me->crew->uses_store && !me->store)
		open_store(me);
	w->reopen = false;
	w->run(w, me->store);
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
		struct work *w = queue_pop(&crew->queue);

		if (!w) {
			uv_cond_wait(&crew->arrived, &p->lock);
			continue;
		}
		me->current = w;
		uv_mutex_unlock(&p->lock);
		run_job(me, w);
		uv_mutex_lock(&p->lock);
		me->current = NULL;
		queue_push(&p->finished, w);
		uv_async_send(&p->ring);
	}
	uv_mutex_unlock(&p->lock);
	close_store(me);
}

static void on_ring(uv_async_t *ring)
{
	struct work_pool *p = ring->data;
	struct work *w;

	uv_mutex_lock(&p->lock);
	w = p->finished.first;
	queue_init(&p->finished);
	uv_mutex_unlock(&p->lock);
	while (w) {
		struct work *next = w->next; /* done() may submit it again */

		w->done(w);
		w = next;
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

		w->crew = &p->crews[i < settings->store_workers ? WORK_STORE : WORK_AUTH];
		status = uv_thread_create(&w->thread, worker_main, w);
		if (status < 0)
			return status;
		p->started++;
	}
	return 0;
}

int work_pool_create(uv_loop_t *loop, const struct work_settings *settings, struct work_pool **out)
{
	struct work_pool *p = calloc(1, sizeof(*p));
	int status;

	if (!p)
		return UV_ENOMEM;
	p->path = settings->store;
	p->min_free = settings->min_free;
	status = uv_async_init(loop, &p->ring, on_ring);
	if (status < 0) {
		free(p);
		return status;
	}
	p->ring.data = p;
	uv_mutex_init(&p->lock);
	queue_init(&p->finished);
	for (unsigned i = 0; i < 2; i++) {
		p->crews[i].pool = p;
		queue_init(&p->crews[i].queue);
		uv_cond_init(&p->crews[i].arrived);
	}
	p->crews[WORK_STORE].uses_store = true;
	p->crews[WORK_AUTH].limit = settings->auth_queue;
	status = start_workers(p, settings);
	if (status < 0)
		work_pool_destroy(p);
	else
		*out = p;
	return status;
}

bool work_submit(struct work_pool *p, struct work *w, enum work_class class)
{
	struct crew *crew = &p->crews[class];
	bool room;

	uv_mutex_lock(&p->lock);
	room = crew->limit == 0 || crew->queue.length < crew->limit;
	if (room) {
		queue_push(&crew->queue, w);
		uv_cond_signal(&crew->arrived);
	}
	uv_mutex_unlock(&p->lock);
	return room;
}

unsigned work_waiting(struct work_pool *p, enum work_class class)
{
	unsigned length;

	uv_mutex_lock(&p->lock);
	length = p->crews[class].queue.length;
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
	for (unsigned i = 0; i < 2; i++)
		uv_cond_broadcast(&p->crews[i].arrived);
	uv_mutex_unlock(&p->lock);
	for (unsigned i = 0; i < p->started; i++)
		uv_thread_join(&p->workers[i].thread);
	for (unsigned i = 0; i < 2; i++)
		uv_cond_destroy(&p->crews[i].arrived);
	uv_mutex_destroy(&p->lock);
	free(p->workers);
	uv_close((uv_handle_t *)&p->ring, on_ring_closed);
}
