/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tests/fuzz/fuzz_xtc.c - bytes as the XTC file of a run: events, layouts, frames, event codes,
 * compressed payloads; then as three streams, of which two end early, for the merge */
#include "fuzz.h"

#include <sys/stat.h>

#include "base/bytes.h"
#include "det/det.h"
#include "src/src.h"

enum { MAX_EVENTS = 500, MAX_FRAMES = 40, PART = 2048, MAX_PACKED = 4 << 20, NSTREAMS = 3 };

/* One pass over a run; the second must find the same. */
struct pass { uint64_t events, problems, hash; int frames; };

static void mix(struct pass *pass, uint64_t value)
{
	pass->hash = (pass->hash ^ value) * 0x9e3779b97f4a7c15u;
	pass->hash ^= pass->hash >> 29;
}

/* An object lies in its file, behind the headers of its datagram, and has a name. */
static void check_object(const struct calib_src *src, const struct calib_object *o)
{
	const char *alias = calib_src_alias(src, o->src);
	struct calib_address address;
	struct calib_srcid id;
	char name[96], type[16];
	struct stat st;

	CHECK(fstat(o->place.fd, &st) == 0 && o->place.mem == NULL && o->slab == NULL);
	CHECK(o->place.offset >= 60 && o->place.offset <= (uint64_t)st.st_size);
	CHECK(o->place.size <= (uint64_t)st.st_size - o->place.offset);
	CHECK(*calib_type_name(o->type, type) != '\0' && o->type != 1);
	calib_source_name(o->src, name, sizeof name);
	CHECK(strlen(name) > 0 && strlen(name) < sizeof name - 1);
	calib_source_text(o->src, name, sizeof name);
	if (calib_address_parse(&address, name, NULL) >= 0)
		CHECK(calib_address_match(&address, o->src));
	CHECK(alias == NULL || (calib_src_by_alias(src, alias, &id)
	                        && calib_srcid_equal(id, o->src)));
}

static void check_layout(const struct calib_layout *l)
{
	size_t size = 1;

	CHECK(l->ndim >= 1 && l->ndim <= CALIB_NDA_MAXDIM && calib_layout_words(l));
	for (int i = 0; i < l->ndim; i++) {
		CHECK(l->dim[i] > 0 && l->asic[i] > 0 && l->dim[i] % l->asic[i] == 0);
		size *= l->dim[i];
	}
	CHECK(size == l->size && l->nsegments * l->segment == size);
	CHECK(l->bits >= 1 && l->bits <= 16);
	CHECK(calib_layout_equal(l, l));
}

/* Every pixel is counted once, in a range that the detector has. */
static void check_gain(const struct calib_layout *l)
{
	struct calib_err err = CALIB_ERR_INIT;
	struct calib_gain gain;
	size_t sum = 0;
	int rc = calib_det_gain(&gain, l, &err);

	fuzz_check_err(rc, &err);
	if (rc <= 0)
		return;
	for (int i = 0; i < 7; i++)
		sum += gain.pixels[i];
	CHECK(sum + gain.none == gain.total && gain.total > 0);
	CHECK(gain.range >= -1 && gain.range < l->det->gains);
	CHECK(gain.range < 0 || 2 * gain.pixels[gain.range] > gain.total);
	CHECK((gain.bits & ~gain.mask) == 0);
}

/* A part of a frame, as words and as reals, which mean the same. */
static void read_part(const struct calib_frame *f, const struct calib_layout *l, size_t first)
{
	size_t n = l->size - first < PART ? l->size - first : PART;
	struct calib_err err = CALIB_ERR_INIT;
	uint16_t *words = malloc(n * sizeof *words);	/* exactly: one pixel too many is noticed */
	double *reals = malloc(n * sizeof *reals);

	CHECK(words != NULL && reals != NULL);
	fuzz_check_err(calib_frame_read(f, l, first, n, words, &err), &err);
	fuzz_check_err(calib_frame_reals(f, l, first, n, reals, &err), &err);
	CHECK(err.code == CALIB_OK);		/* calib_frame_open() has looked at the sizes */
	for (size_t i = 0; i < n; i++)
		CHECK(reals[i] == (l->dtype == CALIB_I16 ? (int16_t)words[i] : words[i]));
	free(reals);
	free(words);
}

static void read_frame(const struct calib_frame *f, const struct calib_layout *l)
{
	size_t width = calib_dtype_size(l->dtype), pixels = 0;

	CHECK(f->npieces >= 0 && f->npieces <= CALIB_FRAME_PIECES);
	for (int i = 0; i < f->npieces; i++) {
		size_t first = f->piece[i].first, n = f->piece[i].n;

		CHECK(first < l->size && n > 0 && n <= l->size - first);
		CHECK(f->piece[i].at <= f->place.size);
		CHECK(n <= (f->place.size - f->piece[i].at) / width);
		for (int k = 0; k < i; k++)
			CHECK(f->piece[k].first >= first + n
			      || first >= f->piece[k].first + f->piece[k].n);
		pixels += n;
		read_part(f, l, first > 8 ? first - 8 : 0);
	}
	CHECK(pixels <= l->size);
	read_part(f, l, 0);
	read_part(f, l, l->size - 1);
}

/* Decompression may legally ask for 256 MiB, which would be all that is tested then. */
static bool too_large(const struct calib_object *o)
{
	uint8_t word[4];

	if (calib_place_read(&o->place, 0, word, 4, NULL) < 0
	    || calib_place_read(&o->place, 12 + (uint64_t)calib_le32(word), word, 4, NULL) < 0)
		return false;
	return calib_le32(word) > MAX_PACKED;
}

static void unpack(const struct calib_object *o)
{
	struct calib_err err = CALIB_ERR_INIT;
	uint8_t *bytes = NULL;
	size_t n = 0;
	int rc = calib_unpack(o, &bytes, &n, &err);

	fuzz_check_err(rc, &err);
	if (rc >= 0) {
		CHECK(bytes != NULL && n <= 1 << 28);
		free(fuzz_copy(bytes, n));
		free(bytes);
	}
}

static void try_frame(const struct calib_object *o, const struct calib_cfgset *cfg)
{
	struct calib_err err = CALIB_ERR_INIT;
	struct calib_layout l;
	struct calib_frame f;
	int rc = calib_det_layout(&l, o, cfg, &err);

	fuzz_check_err(rc, &err);
	CHECK(rc <= 1);
	if (o->compressed && too_large(o))
		return;
	if (o->compressed)
		unpack(o);
	if (rc != 1)
		return;
	check_layout(&l);
	check_gain(&l);
	rc = calib_frame_open(&f, &l, o, &err);
	fuzz_check_err(rc, &err);
	if (rc < 0)
		return;
	read_frame(&f, &l);
	calib_frame_release(&f);
	calib_frame_release(&f);	/* twice is harmless */
}

static void check_configs(const struct calib_src *src, const struct calib_cfgset *cfg)
{
	const struct calib_object *o;

	for (size_t i = 0; (o = calib_cfgset_at(cfg, i)) != NULL; i++) {
		check_object(src, o);
		CHECK(calib_cfgset_find(cfg, o->src, o->type, o->version) == o);
	}
}

/* The names and texts of a scan record end within their room. */
static void check_control(const struct calib_cfgset *cfg)
{
	struct calib_err err = CALIB_ERR_INIT;
	struct calib_control *rows = NULL;
	size_t n = 0;
	int rc = calib_control_read(&rows, &n, cfg, &err);

	fuzz_check_err(rc, &err);
	CHECK(rc >= 0 || (n == 0 && rows == NULL));
	for (size_t i = 0; i < n; i++) {
		CHECK(memchr(rows[i].name, '\0', sizeof rows[i].name) != NULL);
		CHECK(memchr(rows[i].text, '\0', sizeof rows[i].text) != NULL);
	}
	free(rows);
}

static void check_event(const struct calib_src *src, const struct calib_evt *evt,
                        struct pass *pass)
{
	struct calib_err err = CALIB_ERR_INIT;
	uint8_t codes[256];
	bool has_evr;
	long n = calib_evr_codes(evt, codes, sizeof codes, &has_evr, &err);

	fuzz_check_err(n, &err);
	CHECK(n <= 256 && (n <= 0 || has_evr));
	for (long i = 1; i < n; i++)
		CHECK(codes[i] > codes[i - 1]);
	CHECK(evt->index == pass->events && evt->step >= -1 && evt->fiducial <= 0x1ffff);
	check_configs(src, evt->cfg);
	for (size_t i = 0; i < evt->nobjects; i++) {
		check_object(src, &evt->objects[i]);
		if (pass->frames++ < MAX_FRAMES)
			try_frame(&evt->objects[i], evt->cfg);
	}
	if (pass->frames <= MAX_FRAMES)
		check_control(evt->cfg);
}

/* frames: count from here; MAX_FRAMES = look at none */
static struct pass run_pass(struct calib_src *src, int frames)
{
	struct pass pass = {0, 0, 0, frames};
	struct calib_err err = CALIB_ERR_INIT;
	struct calib_src_stats stats;
	const struct calib_evt *evt;
	const char *problem;
	int rc = 1;

	while (pass.events < MAX_EVENTS && (rc = calib_src_next(src, &evt, &err)) == 1) {
		check_event(src, evt, &pass);
		mix(&pass, (uint64_t)evt->sec << 32 | evt->nsec);
		mix(&pass, (uint64_t)evt->fiducial << 32 | evt->run);
		mix(&pass, evt->offset << 16 | evt->stream << 8 | evt->chunk);
		mix(&pass, (uint64_t)evt->nobjects << 32 | (uint32_t)evt->step);
		pass.events++;
	}
	fuzz_check_err(rc, &err);
	CHECK(rc >= 0);		/* a damaged file is a problem, not an error */
	calib_src_stats(src, &stats);
	CHECK(stats.events == pass.events && stats.events <= stats.datagrams);
	for (; (problem = calib_src_problem(src, pass.problems)) != NULL; pass.problems++)
		fuzz_check_text(problem, "");
	return pass;
}

static void read_run(const char *const *files, size_t nfiles)
{
	const struct calib_src_opts opts = {.files = files, .nfiles = nfiles};
	struct calib_err err = CALIB_ERR_INIT;
	struct calib_src *src = NULL;
	int rc = calib_src_open(&src, &opts, &err);
	struct pass first, second;

	fuzz_check_err(rc, &err);
	if (rc < 0)
		return;
	check_configs(src, calib_src_configs(src));
	first = run_pass(src, 0);
	rc = calib_src_rewind(src, &err);
	fuzz_check_err(rc, &err);
	second = run_pass(src, MAX_FRAMES);
	CHECK(second.events == first.events && second.problems == first.problems);
	CHECK(second.hash == first.hash);
	calib_src_close(src);
}

/* Names that say which stream a file is, as links to the files in memory. */
static char dir[200], name[NSTREAMS][256];

static void remove_names(void)
{
	for (int i = 0; i < NSTREAMS; i++)
		unlink(name[i]);
	rmdir(dir);
}

static void make_names(const struct fuzz_file *file)
{
	static const int stream[NSTREAMS] = {0, 1, 80};
	const char *tmp = getenv("TMPDIR");

	snprintf(dir, sizeof dir, "%.150s/calib-fuzz-XXXXXX", tmp ? tmp : "/tmp");
	CHECK(mkdtemp(dir) != NULL);
	for (int i = 0; i < NSTREAMS; i++) {
		snprintf(name[i], sizeof name[i], "%s/e1-r0001-s%02d-c00.xtc", dir, stream[i]);
		CHECK(symlink(file[i].path, name[i]) == 0);
	}
	atexit(remove_names);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct fuzz_file file[NSTREAMS] = {{-1, ""}, {-1, ""}, {-1, ""}};
	const char *files[NSTREAMS];

	fuzz_begin();
	fuzz_file_set(&file[0], data, size);
	fuzz_file_set(&file[1], data, size - size / 3);
	fuzz_file_set(&file[2], data, size / 2);
	if (name[0][0] == '\0')
		make_names(file);
	files[0] = file[0].path;
	read_run(files, 1);
	for (int i = 0; i < NSTREAMS; i++)
		files[i] = name[i];
	read_run(files, NSTREAMS);
	return 0;
}
