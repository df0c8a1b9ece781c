/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/dark/part.c - the frames of one part on their way to the engine */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"
#include "dark/source.h"

void dark_part_rewind(struct dark_part *part)
{
	part->good = part->taken = 0;
	part->nextwanted = 0;
}

void dark_part_clear(struct dark_part *part)
{
	for (size_t i = 0; i < part->nblock; i++)
		calib_frame_release(&part->block[i].frame);
	part->nblock = 0;
	if (part->spool >= 0)
		close(part->spool);
	part->spool = -1;
	part->spooled = 0;
}

int dark_part_room(struct dark_part *part, size_t n, struct calib_err *err)
{
	void *block = part->block;
	int rc = calib_grow(&block, &part->room, n, sizeof *part->block, "frames", err);

	part->block = block;
	return rc;
}

void dark_part_keep(struct dark_part *part, const struct dark_frame *frame)
{
	part->block[part->nblock++] = *frame;
}

static int open_spool(struct dark_part *part, struct calib_err *err)
{
	FILE *file = tmpfile();

	part->spool = file ? dup(fileno(file)) : -1;
	if (part->spool < 0)
		calib_fail_sys(err, "cannot create a temporary file for unpacked arrays");
	if (file != NULL)
		fclose(file);
	return part->spool < 0 ? CALIB_ESYS : CALIB_OK;
}

static int append(struct dark_part *part, const uint8_t *bytes, size_t n, struct calib_err *err)
{
	for (size_t done = 0; done < n;) {
		ssize_t k = pwrite(part->spool, bytes + done, n - done,
		                   (off_t)(part->spooled + done));

		if (k < 0 && errno == EINTR)
			continue;
		if (k < 0)
			return calib_fail_sys(err, "cannot write a temporary file of unpacked "
			                      "arrays (TMPDIR says where)");
		done += (size_t)k;
	}
	return CALIB_OK;
}

int dark_part_spool(struct dark_part *part, struct dark_frame *frame, struct calib_err *err)
{
	struct calib_frame *f = &frame->frame;
	int rc = CALIB_OK;

	if (f->owned != NULL || f->slab != NULL) {
		rc = calib_frames_load(&f, 1, 1, err);
		if (rc >= 0 && part->spool < 0)
			rc = open_spool(part, err);
		if (rc >= 0)
			rc = append(part, f->place.mem, f->place.size, err);
		if (rc < 0) {
			calib_frame_release(f);
			return rc;
		}
		f->place = (struct calib_place){part->spool, part->spooled, f->place.size, NULL,
			f->place.file};
		part->spooled += f->place.size;
		free(f->owned);
		calib_slab_drop(f->slab);
		f->owned = NULL;
		f->slab = NULL;
	}
	dark_part_keep(part, frame);
	return rc;
}

static int read_pixels(void *ctx, size_t i, size_t first, size_t n, void *values,
                       struct calib_err *err)
{
	const struct dark_frame *f = &((const struct dark_part *)ctx)->block[i];

	return calib_layout_words(&f->layout)
		       ? calib_frame_read(&f->frame, &f->layout, first, n, values, err)
		       : calib_frame_reals(&f->frame, &f->layout, first, n, values, err);
}

static void mark(void *ctx, size_t i, struct calib_framemark *mark)
{
	*mark = ((const struct dark_part *)ctx)->block[i].mark;
}

int dark_part_block(struct dark_part *part, struct calib_dark_block *block,
                    struct calib_err *err)
{
	struct calib_frame **frames = calib_alloc(part->nblock, sizeof(struct calib_frame *),
						  "frames", err);
	int rc = frames ? CALIB_OK : CALIB_ENOMEM;

	*block = (struct calib_dark_block){part->nblock, read_pixels, part, mark};
	for (size_t i = 0; i < part->nblock && rc >= 0; i++)
		frames[i] = &part->block[i].frame;
	if (rc >= 0)
		rc = calib_frames_load(frames, part->nblock, part->params.threads, err);
	free(frames);
	return rc;
}
