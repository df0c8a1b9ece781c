/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/src/slab.c - bytes that are made when they are needed, several slabs at once */
#include "src/slab.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/mem.h"

enum { MAX_THREADS = 64 };

struct calib_slab *calib_slab_hold(struct calib_slab *slab)
{
	if (slab != NULL)
		slab->holders++;
	return slab;
}

void calib_slab_drop(struct calib_slab *slab)
{
	if (slab != NULL && --slab->holders == 0)
		slab->gone(slab);
}

const uint8_t *calib_slab_bytes(const struct calib_slab *slab)
{
	return slab->bytes;
}

/* What the threads share: the slabs to be made, each once. */
struct crew {
	struct calib_slab **list;
	size_t n, next;			/* next: taken atomically */
	pthread_mutex_t lock;		/* of rc and err */
	int rc;
	struct calib_err *err;
};

static void *work(void *arg)
{
	struct crew *c = arg;
	size_t i;

	while ((i = __atomic_fetch_add(&c->next, 1, __ATOMIC_RELAXED)) < c->n) {
		struct calib_err why = CALIB_ERR_INIT;
		int rc = c->list[i]->make(c->list[i], &why);

		if (rc >= 0)
			continue;
		pthread_mutex_lock(&c->lock);
		if (c->rc >= 0 && c->err != NULL)
			*c->err = why;
		c->rc = c->rc >= 0 ? rc : c->rc;
		pthread_mutex_unlock(&c->lock);
	}
	return NULL;
}

static int make_all(struct calib_slab **list, size_t n, int threads, struct calib_err *err)
{
	struct crew crew = {list, n, 0, PTHREAD_MUTEX_INITIALIZER, CALIB_OK, err};
	pthread_t id[MAX_THREADS];
	int want = threads < MAX_THREADS ? threads : MAX_THREADS, started = 0;

	want = (size_t)want < n ? want : (int)n;
	while (started < want - 1 && pthread_create(&id[started], NULL, work, &crew) == 0)
		started++;
	work(&crew);	/* this thread works, too; it alone suffices */
	while (started > 0)
		pthread_join(id[--started], NULL);
	return crew.rc;
}

int calib_slabs_load(struct calib_slab *const *slab, size_t n, int threads, struct calib_err *err)
{
	struct calib_slab **missing = calib_alloc(n, sizeof(struct calib_slab *), "slabs", err);
	size_t parallel = 0;
	int rc = missing ? CALIB_OK : CALIB_ENOMEM;

	for (size_t i = 0; i < n && rc >= 0; i++) {
		size_t k = 0;

		if (slab[i] == NULL || slab[i]->bytes != NULL)
			continue;
		while (k < parallel && missing[k] != slab[i])
			k++;
		if (k < parallel)
			continue;
		rc = slab[i]->prepare(slab[i], err);
		if (rc >= 0 && slab[i]->bytes == NULL)
			missing[parallel++] = slab[i];
	}
	if (rc >= 0 && parallel > 0)
		rc = make_all(missing, parallel, threads, err);
	free(missing);
	return rc;
}
