/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/conf/calibman.c - the configuration file of calibman, confpars-calibman.txt */
#include "conf/calibman.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/in.h"
#include "base/log.h"
#include "base/mem.h"
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
	{"MASK_HOT_PIX_ADU_THR_RMS", CALIB_PAR_REAL}, {"MASK_PIX_ADU_THR_MAX", CALIB_PAR_REAL},
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

struct value { char *name, *text; };
struct calib_confpars { struct value *list; size_t n, room; };

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

static struct value *find(const struct calib_confpars *conf, const char *name)
{
	for (size_t i = 0; conf != NULL && i < conf->n; i++)
		if (strcmp(conf->list[i].name, name) == 0)
			return &conf->list[i];
	return NULL;
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

static void forget(struct calib_confpars *conf, const char *name)
{
	struct value *v = find(conf, name);

	if (v == NULL)
		return;
	free(v->name);
	free(v->text);
	*v = conf->list[--conf->n];
}

static int set(struct calib_confpars *conf, const char *name, const char *text,
               struct calib_err *err)
{
	struct value v = {calib_strdup(name, err), calib_strdup(text, err)};
	void *list = conf->list;

	forget(conf, name);	/* of two the last counts */
	if (v.name == NULL || v.text == NULL
	    || calib_grow(&list, &conf->room, conf->n + 1, sizeof v, "parameters", err) < 0) {
		free(v.name);
		free(v.text);
		return CALIB_ENOMEM;
	}
	conf->list = list;
	conf->list[conf->n++] = v;
	return CALIB_OK;
}

/* One line, without its newline. */
static int take_line(struct calib_confpars *conf, char *line, const char *path, unsigned number,
                     struct calib_err *err)
{
	struct calib_err bad = CALIB_ERR_INIT;
	char *name = line + strspn(line, " \t"), *text, where[4200];
	size_t len = strlen(line);
	int kind;

	while (len > 0 && strchr(" \t\r", line[len - 1]) != NULL)
		line[--len] = '\0';
	if (*name == '\0' || *name == '#')
		return CALIB_OK;
	text = name + strcspn(name, " \t");
	if (*text != '\0')
		*text++ = '\0';
	text += strspn(text, " \t");
	snprintf(where, sizeof where, "%.4000s:%u: %.100s", path, number, name);
	kind = calib_par_kind(name);
	if (kind < 0) {
		calib_log(CALIB_WARNING, "%s: unknown parameter, ignored", where);
		return CALIB_OK;
	}
	if (strcasecmp(text, "none") == 0) {
		forget(conf, name);
		return CALIB_OK;
	}
	if (*text == '\0' && kind != CALIB_PAR_TEXT)
		return CALIB_OK;
	if (check_value(kind, text, where, &bad) < 0) {
		calib_log(CALIB_ERROR, "%s; the default is used", bad.msg);
		return CALIB_OK;
	}
	return set(conf, name, text, err);
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

int calib_confpars_read(struct calib_confpars **result, const char *path, struct calib_err *err)
{
	struct calib_confpars *conf;
	struct calib_in *in = NULL;
	int rc;

	*result = NULL;
	if (!calib_is_file(path))
		return calib_fail(err, CALIB_ENOTFOUND, "%s: there is no such file", path);
	conf = calib_alloc(1, sizeof *conf, "configuration", err);
	if (conf == NULL)
		return CALIB_ENOMEM;
	rc = calib_in_open(&in, path, err);
	if (rc >= 0)
		rc = read_lines(conf, in, path, err);
	calib_in_close(in);
	if (rc < 0) {
		calib_confpars_free(conf);
		return rc;
	}
	*result = conf;
	return CALIB_OK;
}

void calib_confpars_free(struct calib_confpars *conf)
{
	for (size_t i = 0; conf != NULL && i < conf->n; i++) {
		free(conf->list[i].name);
		free(conf->list[i].text);
	}
	if (conf != NULL)
		free(conf->list);
	free(conf);
}

const char *calib_confpars_text(const struct calib_confpars *conf, const char *name)
{
	const struct value *v = find(conf, name);

	return v ? v->text : NULL;
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
