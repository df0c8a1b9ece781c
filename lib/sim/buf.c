/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/sim/buf.c - bytes that grow, and the Xtc header around them */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "sim/priv.h"

uint8_t *sim_buf_room(struct sim_buf *buf, size_t n)
{
	void *at = buf->at;
	uint8_t *p;

	if (!buf->failed && n <= CALIB_MEM_LIMIT && buf->len + n > buf->room)
		buf->failed = calib_grow(&at, &buf->room, buf->len + n, 1, "datagram", NULL) < 0;
	if (buf->failed || n > CALIB_MEM_LIMIT) {
		buf->failed = true;
		return NULL;
	}
	buf->at = at;
	p = buf->at + buf->len;
	memset(p, 0, n);
	buf->len += n;
	return p;
}

void sim_buf_u32(struct sim_buf *buf, uint32_t v)
{
	uint8_t *p = sim_buf_room(buf, 4);

	if (p != NULL)
		calib_put_le32(p, v);
}

void sim_buf_text(struct sim_buf *buf, const char *text, size_t n)
{
	uint8_t *p = sim_buf_room(buf, n);
	size_t len = strlen(text);

	/* the last byte stays 0: names in the format end with one */
	if (p != NULL)
		memcpy(p, text, len < n ? len : n - 1);
}

int sim_buf_check(const struct sim_buf *buf, struct calib_err *err)
{
	if (buf->failed)
		return calib_fail(err, CALIB_ENOMEM, "out of memory for a datagram of %zu bytes",
				  buf->len);
	return CALIB_OK;
}

void sim_buf_release(struct sim_buf *buf)
{
	free(buf->at);
	*buf = (struct sim_buf){0};
}

size_t sim_xtc_open(struct sim_buf *buf, const struct sim_xtc *head)
{
	size_t at = buf->len;

	sim_buf_u32(buf, head->damage);
	sim_buf_u32(buf, head->src.log);
	sim_buf_u32(buf, head->src.phy);
	sim_buf_u32(buf, head->type);
	sim_buf_u32(buf, 0);
	return at;
}

void sim_xtc_close(struct sim_buf *buf, size_t head)
{
	if (!buf->failed)
		calib_put_le32(buf->at + head + 16, (uint32_t)(buf->len - head));
}
