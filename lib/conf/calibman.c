/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/conf/calibman.c - the configuration file of calibman, confpars-calibman.txt */
#include "conf/calibman.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/in.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/out.h"
#include "base/parse.h"
#include "base/path.h"
#include "base/str.h"

/* Every parameter of either generation. */
static const struct { const char *name; enum calib_par_kind kind; } parameters[] = {
	{"BATCH_DARK_END", CALIB_PAR_INT}, {"BATCH_DARK_SCAN", CALIB_PAR_INT},
	{"BATCH_DARK_SELECTOR", CALIB_PAR_INT}, {"BATCH_DARK_START", CALIB_PAR_INT},
	{"BATCH_SUBMIT_INTERVAL_SEC", CALIB_PAR_INT}, {"DARK_LIST_RUN_MAX", CALIB_PAR_INT},
	{"DARK_LIST_RUN_MIN", CALIB_PAR_INT}, {"JOB_TIMEOUT_SEC", CALIB_PAR_INT},
	{"MAIN_WIN_HEIGHT", CALIB_PAR_INT}, {"MAIN_WIN_POS_X", CALIB_PAR_INT},
	{"MAIN_WIN_POS_Y", CALIB_PAR_INT}, {"MAIN_WIN_WIDTH", CALIB_PAR_INT},
	{"MED_LINE_WIDTH", CALIB_PAR_INT}, {"MED_PICKER", CALIB_PAR_INT},
	{"SENSOR_MASK_CONTROL_BITS", CALIB_PAR_INT},
	{"MASK_HOT_PIX_ADU_THR_MAX", CALIB_PAR_REAL},
	{"MASK_HOT_PIX_ADU_THR_MIN", CALIB_PAR_REAL},
	{"MASK_HOT_PIX_ADU_THR_RMS", CALIB_PAR_REAL},
	{"MASK_HOT_PIX_MIN_THR_RMS", CALIB_PAR_REAL}, {"MASK_PIX_ADU_THR_MAX", CALIB_PAR_REAL},
	{"MASK_PIX_ADU_THR_MIN", CALIB_PAR_REAL}, {"MASK_PIX_INTNHI", CALIB_PAR_REAL},
	{"MASK_PIX_INTNLO", CALIB_PAR_REAL}, {"MASK_PIX_MAX_THR_RMS", CALIB_PAR_REAL},
	{"MASK_PIX_MIN_THR_RMS", CALIB_PAR_REAL}, {"MASK_PIX_RMSNHI", CALIB_PAR_REAL},
	{"MASK_PIX_RMSNLO", CALIB_PAR_REAL},
	{"DARK_DEPLOY_CMODE", CALIB_PAR_BOOL}, {"DARK_DEPLOY_HOTPIX", CALIB_PAR_BOOL},
	{"DARK_MORE_OPTIONS", CALIB_PAR_BOOL}, {"MASK_HOT_PIX_IS_USED", CALIB_PAR_BOOL},
	{"MASK_PIX_IS_USED", CALIB_PAR_BOOL}, {"SAVE_CONFIG_AT_EXIT", CALIB_PAR_BOOL},
	{"SAVE_LOG_AT_EXIT", CALIB_PAR_BOOL}, {"SMD_IS_ON", CALIB_PAR_BOOL},
	{"BATCH_DARK_EVCODES", CALIB_PAR_TEXT}, {"BATCH_DET_INFO", CALIB_PAR_TEXT},
	{"BATCH_IMG_REC_MODULE", CALIB_PAR_TEXT}, {"BATCH_QUEUE", CALIB_PAR_TEXT},
	{"CALIB_DIRECTORY", CALIB_PAR_TEXT}, {"CALIB_DIRECTORY_SRC", CALIB_PAR_TEXT},
	{"CURRENT_CONFIG_TAB", CALIB_PAR_TEXT}, {"CURRENT_FILE_MANAGER_TAB", CALIB_PAR_TEXT},
	{"CURRENT_GEOMETRY_TAB", CALIB_PAR_TEXT}, {"CURRENT_GUIDATA_TAB", CALIB_PAR_TEXT},
	{"CURRENT_TAB", CALIB_PAR_TEXT}, {"DARK_LIST_SHOW_DETS", CALIB_PAR_TEXT},
	{"DARK_LIST_SHOW_RUNS", CALIB_PAR_TEXT}, {"DETECTOR_BUT_TITLE", CALIB_PAR_TEXT},
	{"DETECTOR_NAMES", CALIB_PAR_TEXT}, {"DIRECTORY_RESULTS", CALIB_PAR_TEXT},
	{"DIRECTORY_WORK", CALIB_PAR_TEXT}, {"DIR_FOR_LOG_FILE_CPO", CALIB_PAR_TEXT},
	{"DSNAME", CALIB_PAR_TEXT}, {"DSNAMEX", CALIB_PAR_TEXT},
	{"EXPERIMENT_NAME", CALIB_PAR_TEXT}, {"EXPERIMENT_NAME_SRC", CALIB_PAR_TEXT},
	{"FILE_NAME_PREFIX", CALIB_PAR_TEXT}, {"FNAME_GEOMETRY", CALIB_PAR_TEXT},
	{"FNAME_GEO_IMAGE_NDARRAY", CALIB_PAR_TEXT}, {"FNAME_GEO_IN", CALIB_PAR_TEXT},
	{"FNAME_GEO_OUT", CALIB_PAR_TEXT}, {"FNAME_METROLOGY_TEXT", CALIB_PAR_TEXT},
	{"FNAME_METROLOGY_XLSX", CALIB_PAR_TEXT}, {"FNAME_ROI_IMAGE", CALIB_PAR_TEXT},
	{"FNAME_ROI_IMAGE_NDARRAY", CALIB_PAR_TEXT}, {"FNAME_ROI_MASK_IMAGE", CALIB_PAR_TEXT},
	{"FNAME_ROI_MASK_NDARRAY", CALIB_PAR_TEXT},
	{"FNAME_ROI_MASK_NDARRAY_TEST", CALIB_PAR_TEXT}, {"GEO_LIST_LOG_LEVELS", CALIB_PAR_TEXT},
	{"HISTORY_FILE_NAME", CALIB_PAR_TEXT}, {"INSTRUMENT_DIR", CALIB_PAR_TEXT},
	{"INSTRUMENT_NAME", CALIB_PAR_TEXT}, {"LOGNAME", CALIB_PAR_TEXT},
	{"LOG_FILE_FOR_LEVEL", CALIB_PAR_TEXT}, {"LOG_LEVEL_OF_MSGS", CALIB_PAR_TEXT},
	{"MED_IMAGE_FNAME", CALIB_PAR_TEXT}, {"MED_LINE_COLOR", CALIB_PAR_TEXT},
	{"PATH_FILE_MANAGER_SELECTED", CALIB_PAR_TEXT}, {"PLOT_INTENSITY_MAX", CALIB_PAR_TEXT},
	{"PLOT_INTENSITY_MIN", CALIB_PAR_TEXT}, {"STRING_RUN_FROM", CALIB_PAR_TEXT},
	{"STRING_RUN_NUMBER", CALIB_PAR_TEXT}, {"STRING_RUN_TO", CALIB_PAR_TEXT},
	{"XTC_DIR_NON_STD", CALIB_PAR_TEXT},
	{"DETECTOR_CBX_STATE:", CALIB_PAR_BOOL},	/* and an index */
};

/* line: its number in the file.  Of the others (comments, unknown names, 'none', what does not fit)
 * the text is the whole line, and the name of a comment "". */
struct value { char *name, *text; unsigned line; };
struct values { struct value *list; size_t n, room; };
struct calib_confpars { struct values set, other; bool silent; };

int calib_par_kind(const char *name)
{
	for (size_t i = 0; i < sizeof parameters / sizeof *parameters; i++) {
		const char *known = parameters[i].name;
		size_t len = strlen(known);

		if (known[len - 1] == ':' ? !strncmp(name, known, len) && name[len] != '\0'
		    && strspn(name + len, "0123456789") == strlen(name + len)
		                          : !strcmp(name, known))
			return (int)parameters[i].kind;
	}
	return -1;
}

static struct value *find_in(const struct values *values, const char *name)
{
	for (size_t i = 0; i < values->n; i++)
		if (strcmp(values->list[i].name, name) == 0)
			return &values->list[i];
	return NULL;
}

static struct value *find(const struct calib_confpars *conf, const char *name)
{
	return conf != NULL ? find_in(&conf->set, name) : NULL;
}

/* Python lets a number have _ between digits. */
static void drop_underscores(char *text)
{
	char *to = text;

	for (const char *p = text; *p != '\0'; p++)
		if (!(*p == '_' && p > text && strchr("0123456789", p[-1]) && p[1] >= '0'
		      && p[1] <= '9'))
			*to++ = *p;
	*to = '\0';
}

/* Is the text a value of that kind? */
static int check_value(int kind, char *text, const char *where, struct calib_err *err)
{
	double real;
	long whole;

	switch (kind) {
	case CALIB_PAR_INT:
		drop_underscores(text);
		return calib_parse_long(&whole, text, -2147483647, 2147483647, where, err);
	case CALIB_PAR_REAL:
		drop_underscores(text);
		return calib_parse_double(&real, text, where, err);
	case CALIB_PAR_BOOL:
		if (strcasecmp(text, "true") == 0 || strcasecmp(text, "false") == 0)
			return CALIB_OK;
		return calib_fail(err, CALIB_EFORMAT, "%s: '%s' is neither True nor False", where,
				  text);
	default:
		return CALIB_OK;
	}
}

static void forget(struct values *values, const char *name)
{
	struct value *v = find_in(values, name);

	if (v == NULL)
		return;
	free(v->name);
	free(v->text);
	*v = values->list[--values->n];
}

static int add(struct values *values, const char *name, const char *text, unsigned line,
               struct calib_err *err)
{
	struct value v = {calib_strdup(name, err), calib_strdup(text, err), line};
	void *list = values->list;

	if (v.name == NULL || v.text == NULL
	    || calib_grow(&list, &values->room, values->n + 1, sizeof v, "parameters", err) < 0) {
		free(v.name);
		free(v.text);
		return CALIB_ENOMEM;
	}
	values->list = list;
	values->list[values->n++] = v;
	return CALIB_OK;
}

static int set(struct calib_confpars *conf, const char *name, const char *text, unsigned line,
               struct calib_err *err)
{
	forget(&conf->set, name);	/* of two the last counts */
	return add(&conf->set, name, text, line, err);
}

static void release(struct values *values)
{
	for (size_t i = 0; i < values->n; i++) {
		free(values->list[i].name);
		free(values->list[i].text);
	}
	free(values->list);
	*values = (struct values){NULL, 0, 0};
}

/* The value of a line into conf: 1, or 0 when it sets none, which is said if it should. */
static int take_value(struct calib_confpars *conf, const char *name, char *text,
                      const char *where, unsigned number, struct calib_err *err)
{
	struct calib_err bad = CALIB_ERR_INIT;
	int kind = calib_par_kind(name), rc;

	if (kind < 0) {
		if (!conf->silent)
			calib_log(CALIB_WARNING, "%s: unknown parameter, ignored", where);
		return 0;
	}
	if (strcasecmp(text, "none") == 0) {
		forget(&conf->set, name);
		return 0;
	}
	if (*text == '\0' && kind != CALIB_PAR_TEXT)
		return 0;
	if (check_value(kind, text, where, &bad) < 0) {
		if (!conf->silent)
			calib_log(CALIB_ERROR, "%s; the default is used", bad.msg);
		return 0;
	}
	rc = set(conf, name, text, number, err);
	return rc < 0 ? rc : 1;
}

/* One line, without its newline. */
static int take_line(struct calib_confpars *conf, char *line, const char *path, unsigned number,
                     struct calib_err *err)
{
	char *name = line + strspn(line, " \t"), *text, *whole, where[4200];
	size_t len = strlen(line);
	int rc;

	while (len > 0 && strchr(" \t\r", line[len - 1]) != NULL)
		line[--len] = '\0';
	if (*name == '\0')
		return CALIB_OK;
	if (*name == '#')
		return add(&conf->other, "", line, number, err);
	whole = calib_strdup(line, err);
	if (whole == NULL)
		return CALIB_ENOMEM;
	text = name + strcspn(name, " \t");
	if (*text != '\0')
		*text++ = '\0';
	text += strspn(text, " \t");
	snprintf(where, sizeof where, "%.4000s:%u: %.100s", path, number, name);
	rc = take_value(conf, name, text, where, number, err);
	if (rc == 0)
		rc = add(&conf->other, name, whole, number, err);
	free(whole);
	return rc < 0 ? rc : CALIB_OK;
}

static int read_lines(struct calib_confpars *conf, struct calib_in *in, const char *path,
                      struct calib_err *err)
{
	struct calib_str line = CALIB_STR_INIT;
	unsigned number = 0;
	int rc = CALIB_OK;

	while (rc >= 0) {
		const uint8_t *bytes, *end;
		long n = calib_in_peek(in, &bytes, 1, err);
		size_t used;

		if (n <= 0) {
			rc = n < 0 ? (int)n : rc;
			break;
		}
		end = memchr(bytes, '\n', (size_t)n);
		used = end ? (size_t)(end - bytes) : (size_t)n;
		calib_str_addn(&line, (const char *)bytes, used);
		rc = calib_in_skip(in, used + (end != NULL), err);
		if (rc >= 0)
			rc = calib_str_check(&line, err);
		if (rc < 0 || end == NULL)
			continue;
		number++;
		rc = line.len > 0 ? take_line(conf, line.s, path, number, err) : CALIB_OK;
		calib_str_clear(&line);
	}
	if (rc >= 0 && line.len > 0)
		rc = take_line(conf, line.s, path, number + 1, err);
	calib_str_release(&line);
	return rc;
}

static int read_file(struct calib_confpars *conf, const char *path, struct calib_err *err)
{
	struct calib_in *in = NULL;
	int rc = calib_in_open(&in, path, err);

	if (rc >= 0)
		rc = read_lines(conf, in, path, err);
	calib_in_close(in);
	return rc;
}

int calib_confpars_read(struct calib_confpars **result, const char *path, struct calib_err *err)
{
	struct calib_confpars *conf;
	int rc;

	*result = NULL;
	if (access(path, F_OK) != 0 && (errno == ENOENT || errno == ENOTDIR))
		return calib_fail(err, CALIB_ENOTFOUND, "%s: there is no such file", path);
	conf = calib_alloc(1, sizeof *conf, "configuration", err);
	if (conf == NULL)
		return CALIB_ENOMEM;
	rc = read_file(conf, path, err);
	if (rc < 0) {
		calib_confpars_free(conf);
		return rc;
	}
	*result = conf;
	return CALIB_OK;
}

void calib_confpars_free(struct calib_confpars *conf)
{
	if (conf == NULL)
		return;
	release(&conf->set);
	release(&conf->other);
	free(conf);
}

const char *calib_confpars_text(const struct calib_confpars *conf, const char *name)
{
	const struct value *v = find(conf, name);

	return v ? v->text : NULL;
}

unsigned calib_confpars_line(const struct calib_confpars *conf, const char *name)
{
	const struct value *v = find(conf, name);

	return v ? v->line : 0;
}

long calib_confpars_int(const struct calib_confpars *conf, const char *name, long otherwise)
{
	const char *text = calib_confpars_text(conf, name);
	long v = otherwise;

	return text && calib_parse_long(&v, text, -2147483647, 2147483647, name, NULL) >= 0 ? v
	                                                                                : otherwise;
}

double calib_confpars_real(const struct calib_confpars *conf, const char *name, double otherwise)
{
	const char *text = calib_confpars_text(conf, name);
	double v = otherwise;

	return text && calib_parse_double(&v, text, name, NULL) >= 0 ? v : otherwise;
}

bool calib_confpars_bool(const struct calib_confpars *conf, const char *name, bool otherwise)
{
	const char *text = calib_confpars_text(conf, name);

	return text ? strcasecmp(text, "true") == 0 : otherwise;
}

/* ---- writing ---- */

/* Reals whose default in the reference is a whole number, which it prints without a point.
 * Source: lcls-psana/CalibManager src/ConfigParametersForApp.py, of 2015 and 2024. */
static const struct { const char *name; double value; } whole_defaults[] = {
	{"MASK_HOT_PIX_ADU_THR_MAX", 65000}, {"MASK_HOT_PIX_ADU_THR_MIN", 2},
	{"MASK_HOT_PIX_ADU_THR_RMS", 0}, {"MASK_PIX_ADU_THR_MAX", 16000},
	{"MASK_PIX_MAX_THR_RMS", 10000}, {"MASK_PIX_INTNHI", 5}, {"MASK_PIX_INTNLO", 5},
	{"MASK_PIX_RMSNHI", 5}, {"MASK_PIX_RMSNLO", 5},
};

/* As str() of Python 3: the fewest digits that read back the same; 1e16 and 1e-05 have an
 * exponent, what lies between has a point. */
static void add_real(struct calib_str *s, double v)
{
	char text[40], digits[24] = "";
	int precision = 0, exponent, n = 0;

	if (!isfinite(v)) {
		calib_str_add(s, isnan(v) ? "nan" : v < 0 ? "-inf" : "inf");
		return;
	}
	do
		snprintf(text, sizeof text, "%.*e", precision, v);
	while (calib_strtod(text, text + strlen(text), &(const char *){NULL}) != v
	       && precision++ < 17);
	exponent = (int)strtol(strchr(text, 'e') + 1, NULL, 10);
	for (const char *p = text; *p != 'e'; p++)
		if (*p >= '0' && *p <= '9')
			digits[n++] = *p;
	if (exponent < -4 || exponent >= 16)
		calib_str_addf(s, "%s%c%s%se%+03d", signbit(v) ? "-" : "", digits[0],
		               n > 1 ? "." : "", digits + 1, exponent);
	else
		calib_str_addf(s, "%.*f", n - 1 > exponent ? n - 1 - exponent : 1, v);
}

static void add_value(struct calib_str *s, const char *name, const char *text)
{
	double real = 0;
	long whole = 0;

	switch (calib_par_kind(name)) {
	case CALIB_PAR_INT:
		if (calib_parse_long(&whole, text, -2147483647, 2147483647, name, NULL) >= 0)
			calib_str_addf(s, "%ld", whole);
		return;
	case CALIB_PAR_REAL:
		if (calib_parse_double(&real, text, name, NULL) < 0)
			return;
		for (size_t i = 0; i < sizeof whole_defaults / sizeof *whole_defaults; i++)
			if (strcmp(name, whole_defaults[i].name) == 0
			    && real == whole_defaults[i].value) {
				calib_str_addf(s, "%.0f", real);
				return;
			}
		add_real(s, real);
		return;
	case CALIB_PAR_BOOL:
		calib_str_add(s, strcasecmp(text, "true") == 0 ? "True" : "False");
		return;
	default:
		calib_str_add(s, text);
	}
}

/* What would not read back as it was. */
static int check_text(const struct calib_confpar *par, struct calib_err *err)
{
	size_t len = strlen(par->text);
	char copy[64];

	for (const char *c = par->text; *c != '\0'; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			return calib_fail(err, CALIB_EINVAL, "%s: the value has a control "
			                  "character, which the file cannot hold", par->name);
	if (len > 0 && (par->text[0] == ' ' || par->text[len - 1] == ' '))
		return calib_fail(err, CALIB_EINVAL, "%s: the value '%s' begins or ends with a "
		                  "blank, which the file cannot hold", par->name, par->text);
	snprintf(copy, sizeof copy, "%s", par->text);
	if (strcasecmp(copy, "none") == 0)
		return calib_fail(err, CALIB_EINVAL, "%s: the value '%s' means the default in the "
		                  "file", par->name, copy);
	return check_value(calib_par_kind(par->name), copy, par->name, err);
}

static int by_name(const void *a, const void *b)
{
	const struct value *x = a, *y = b;
	int order = strcmp(x->name, y->name);

	return order != 0 ? order : x->line < y->line ? -1 : x->line > y->line;
}

/* All lines of the new file: values are made lines, and go to the others. */
static int make_lines(struct calib_confpars *conf, struct calib_err *err)
{
	struct calib_str line = CALIB_STR_INIT;
	struct values lines = {NULL, 0, 0};
	int rc = CALIB_OK;

	for (size_t i = 0; i < conf->other.n && rc >= 0; i++) {
		const struct value *v = &conf->other.list[i];

		if (find(conf, v->name) == NULL)
			rc = add(&lines, v->name, v->text, v->line, err);
	}
	for (size_t i = 0; i < conf->set.n && rc >= 0; i++) {
		const struct value *v = &conf->set.list[i];

		calib_str_clear(&line);
		calib_str_addf(&line, "%-32s ", v->name);
		if (strcasecmp(v->text, "none") == 0)	/* the reference's word for no value */
			calib_str_add(&line, "None");
		else
			add_value(&line, v->name, v->text);
		rc = calib_str_check(&line, err);
		if (rc >= 0)
			rc = add(&lines, v->name, line.s, v->line, err);
	}
	calib_str_release(&line);
	release(&conf->other);
	conf->other = lines;
	if (lines.n > 0)
		qsort(lines.list, lines.n, sizeof *lines.list, by_name);
	return rc;
}

/* conf: what is written; lines the file has, values of 'from', then pars, the last counts */
static int gather(struct calib_confpars *conf, const char *path, const struct calib_confpars *from,
                  const struct calib_confpar *pars, size_t n, struct calib_err *err)
{
	bool is = calib_is_file(path);
	int rc = is ? read_file(conf, path, err) : CALIB_OK;

	for (size_t i = 0; from != NULL && !is && i < from->other.n && rc >= 0; i++)
		rc = add(&conf->other, from->other.list[i].name, from->other.list[i].text,
		         from->other.list[i].line, err);
	for (size_t i = 0; from != NULL && i < from->set.n && rc >= 0; i++)
		rc = set(conf, from->set.list[i].name, from->set.list[i].text, 0, err);
	for (size_t i = 0; i < n && rc >= 0; i++) {
		if (pars[i].known && find(conf, pars[i].name) == NULL)
			continue;
		rc = pars[i].text != NULL ? check_text(&pars[i], err) : CALIB_OK;
		if (rc >= 0)
			rc = set(conf, pars[i].name, pars[i].text ? pars[i].text : "None", 0, err);
	}
	return rc;
}

int calib_confpars_save(const char *path, const struct calib_confpars *from,
                        const struct calib_confpar *pars, size_t n, struct calib_err *err)
{
	struct calib_confpars conf = {.silent = true};
	struct calib_out *out = NULL;
	int rc = gather(&conf, path, from, pars, n, err);

	if (rc >= 0)
		rc = make_lines(&conf, err);
	if (rc >= 0)
		rc = calib_out_open(&out, path, 0, err);
	for (size_t i = 0; i < conf.other.n && rc >= 0; i++)
		rc = calib_out_printf(out, err, "%s\n", conf.other.list[i].text);
	if (rc >= 0)
		rc = calib_out_commit(out, err);
	else
		calib_out_abort(out);
	release(&conf.set);
	release(&conf.other);
	return rc;
}
