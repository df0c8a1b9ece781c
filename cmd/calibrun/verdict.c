/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/calibrun/verdict.c - what calib-dark has found: a run that is not dark is not deployed */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "calibrun/calibrun.h"
#include "nda/h5.h"

/* A text of a statistics file; "" when it has none: it is of an older version. */
static int text_of(char **text, struct calib_h5 *h5, const char *name, struct calib_err *err)
{
	struct calib_err why = CALIB_ERR_INIT;
	int rc = calib_h5_get_text(h5, name, text, &why);

	if (rc == CALIB_ENOMEM)
		return calib_fail(err, rc, "%s", why.msg);
	if (rc < 0)
		*text = NULL;
	return CALIB_OK;
}

static int open_texts(char **verdict, char **rows, const char *file, struct calib_err *err)
{
	struct calib_h5 *h5 = NULL;
	int rc = calib_h5_open(&h5, file, err);

	*verdict = *rows = NULL;
	if (rc >= 0)
		rc = text_of(verdict, h5, "verdict", err);
	if (rc >= 0)
		rc = text_of(rows, h5, "verdict_rows", err);
	if (h5 != NULL)
		calib_h5_close(h5);
	return rc;
}

int verdict_of(const char *file, char verdict[16], struct calib_err *err)
{
	char *text, *rows;
	int rc = open_texts(&text, &rows, file, err);

	snprintf(verdict, 16, "%s", text ? text : "-");
	free(text);
	free(rows);
	return rc;
}

/* Rows of check, value, limit, state, sentence: those that failed. */
static void tell_failed(const char *source, char *rows)
{
	char *save = NULL, *cell[5];

	for (char *line = strtok_r(rows, "\n", &save); line != NULL;
	     line = strtok_r(NULL, "\n", &save)) {
		int n = 0;

		for (char *p = line; p != NULL && n < 5; n++) {
			cell[n] = p;
			p = strchr(p, '\t');
			if (p != NULL)
				*p++ = '\0';
		}
		if (n == 5 && strcmp(cell[3], "failed") == 0)
			record(CALIB_ERROR, "calibrun", "%s: %s (%s %s, limit %s)", source, cell[4],
			       cell[0], cell[1], cell[2]);
	}
}

int rows_judge(const struct run_params *p, struct rows *rows, struct calib_err *err)
{
	int left_out = 0;

	for (size_t i = 0; i < rows->n; i++) {
		const struct row *r = &rows->list[i];
		char *verdict, *found;
		bool failed;

		if (strcmp(r->type, "statistics") != 0 || r->left_out)
			continue;
		if (open_texts(&verdict, &found, r->file, err) < 0)
			return err->code;
		failed = verdict != NULL && strcmp(verdict, "failed") == 0;
		if (failed && found != NULL)
			tell_failed(r->source, found);
		if (failed && p->o->force)
			record(CALIB_WARNING, "calibrun", "%s: is deployed all the same (--force)",
			       r->source);
		else if (failed)
			record(CALIB_ERROR, "calibrun", "%s: this is not a good dark run, nothing "
			       "of it is deployed: take another run, or look at the constants and "
			       "deploy them with -D --force", r->source);
		free(verdict);
		free(found);
		if (!failed || p->o->force)
			continue;
		for (size_t k = 0; k < rows->n; k++)
			if (strcmp(rows->list[k].source, rows->list[i].source) == 0)
				rows->list[k].left_out = true;
		left_out++;
	}
	return left_out;
}
