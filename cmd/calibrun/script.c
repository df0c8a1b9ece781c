/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/calibrun/script.c - --dry-run: the job as a POSIX shell script */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "calibrun/calibrun.h"

static void command(struct calib_str *s, struct args *a)
{
	for (size_t i = 0; i < a->n; i++) {
		if (i > 0)
			calib_str_addc(s, ' ');
		calib_str_quote_sh(s, a->list[i]);
	}
	args_free(a);
}

/* The page about a detector, beside its statistics file. */
static void report(struct calib_str *s, const struct run_params *p)
{
	if (p->o->no_report)
		return;
	if (p->o->report != NULL) {
		struct calib_str stem = CALIB_STR_INIT;

		calib_str_addn(&stem, p->o->report, strlen(p->o->report) - strlen(".html"));
		calib_str_add(s, "\tpage=");
		calib_str_quote_sh(s, stem.s);
		calib_str_add(
			s,
			"\n\t[ \"$(printf '%s\\n' \"$rows\" | grep -c \"${tab}statistics$tab\")\" "
			"-eq 1 ] || page=$page-$source\n");
		calib_str_release(&stem);
	} else {
		calib_str_add(s, "\tname=${file##*-stat-}\n"
		              "\tpage=${file%-stat-*}-report-${name%.h5}\n");
	}
	calib_str_add(s, "\trow=${row##*\"$nl\"}\n"
	              "\tcalib-plot --report --status \"${row%%\"$tab\"*}\" --constants ");
	calib_str_quote_sh(s, p->calibdir.s);
	calib_str_add(s, " -o \"$page.html\" \"$file\"\n");
}

static void process(struct calib_str *s, const struct run_params *p)
{
	struct args dark = {0}, hotpix = {0};

	dark_args(&dark, p);
	hotpix_args(&hotpix, p);
	calib_str_add(s, "# average: rows of file, source, type, range\nrows=$(");
	command(s, &dark);
	calib_str_add(s, ") || rc=1\n"
	              "# flag bad pixels; a source that cannot be flagged is not deployed\n"
	              "status=\n"
	              "while IFS=$tab read -r file ");
	calib_str_add(s, p->o->report != NULL && !p->o->no_report ? "source" : "_");
	calib_str_add(s, " type _; do\n"
	              "\t[ \"$type\" = statistics ] || continue\n"
	              "\trow=$(");
	command(s, &hotpix);
	calib_str_add(s, " \"$file\") || { rc=1; continue; }\n"
	              "\tstatus=$status$row$nl\n");
	report(s, p);
	calib_str_add(s,
	              "done <<end\n$rows\nend\n");
}

/* -D alone: what an earlier -P has left; its files are as they were when this is printed. */
static int rows_of_record(struct calib_str *s, const struct run_params *p, struct calib_err *err)
{
	struct rows rows = {0};
	int rc = work_completed(p, &rows, err);

	calib_str_add(s, "status=\nrows=$(cat <<'end'\n");
	for (size_t i = 0; i < rows.n && rc >= 0; i++) {
		char verdict[16] = "-";

		if (strcmp(rows.list[i].type, "statistics") == 0)
			rc = verdict_of(rows.list[i].file, verdict, err);
		calib_str_addf(s, "%s\t%s\t%s\t%s\t%s\n", rows.list[i].file,
		               rows.list[i].source, rows.list[i].type, rows.list[i].range, verdict);
	}
	calib_str_add(s, "end\n)\n");
	rows_free(&rows);
	return rc;
}

static void deploy(struct calib_str *s, const struct run_params *p)
{
	struct args a = {0};
	const char *type;

	deploy_args(&a, p);
	if (!p->o->force)
		calib_str_add(s, "# nothing of a run that is not dark, as calib-dark has said\n"
		              "doubtful=$(printf '%s\\n' \"$rows\" | awk -F\"$tab\" "
		              "'$3 == \"statistics\" && $5 == \"failed\" { print $2 }')\n"
		              "[ -z \"$doubtful\" ] || rc=1\n");
	calib_str_add(s, "# deploy all pedestals, all rms, all status, ..., or nothing\n"
	              "printf '%s\\n' \"$rows\" \"$status\" | awk -F\"$tab\" '\n"
	              "\t/^#/ || NF < 4 { next }\n"
	              "\t{ row[++n] = $0; source[n] = $2; type[n] = $3 }\n"
	              "\t$3 == \"pixel_status\" { flagged[$2] = 1 }\n");
	if (!p->o->force)
		calib_str_add(s, "\t$5 == \"failed\" { doubtful[$2] = 1 }\n");
	calib_str_add(s,
	              "\tEND {\n");
	calib_str_add(s, "\t\tk = split(\"");
	for (size_t t = 0; (type = run_params_deployed(p, t)) != NULL; t++)
		calib_str_addf(s, "%s%s", t > 0 ? " " : "", type);
	calib_str_add(s, "\", order, \" \")\n");
	calib_str_add(s, "\t\tfor (t = 1; t <= k; t++) for (i = 1; i <= n; i++)\n"
	              "\t\t\tif (type[i] == order[t] && flagged[source[i]] &&\n"
	              "\t\t\t    !(source[i] in doubtful)) print row[i]\n"
	              "\t}' | ");
	command(s, &a);
	calib_str_add(s, " || rc=1\n");
}

/* The commands of one run; of several, one that cannot be done does not keep the others. */
static int one_run(struct calib_str *s, struct run_params *p, size_t i, struct calib_err *err)
{
	struct calib_str mine = CALIB_STR_INIT;
	int rc = run_params_select(p, i, err);

	if (rc < 0)
		return rc;
	if (p->njobs > 1)
		calib_str_addf(&mine, "\n# ---- run %u ----\n", p->run);
	if (p->o->process)
		process(&mine, p);
	else if (p->o->deploy)
		rc = rows_of_record(&mine, p, err);
	if (p->o->deploy)
		deploy(&mine, p);
	if (rc < 0 && p->njobs > 1) {
		calib_str_clear(&mine);
		calib_str_addf(&mine, "\n# ---- run %u ----\nrc=1\necho ", p->run);
		calib_str_quote_sh(&mine, err->msg);
		calib_str_add(&mine, " >&2\n");
	}
	calib_str_add(s, mine.s);
	if (mine.failed)
		rc = calib_str_check(&mine, err);
	calib_str_release(&mine);
	return rc;
}

int script_print(struct run_params *p, struct calib_err *err)
{
	struct calib_str s = CALIB_STR_INIT;
	const char *root = getenv("SIT_PSDM_DATA");
	int rc = CALIB_OK;

	calib_str_addf(&s, "#!/bin/sh\n# calibrun " CALIB_VERSION ": run %s\n", p->asked);
	calib_str_add(&s, "set -u\nrc=0\ntab=$(printf '\\t')\nnl='\n'\n");
	if (root != NULL && p->root.len == 0) {	/* cron and batch have other environments */
		calib_str_add(&s, "SIT_PSDM_DATA=");
		calib_str_quote_sh(&s, root);
		calib_str_add(&s, "\nexport SIT_PSDM_DATA\n");
	}
	/* what the configuration says is said below; the programs shall not find another one */
	calib_str_add(&s, "CALIB_CONFIG=");
	calib_str_quote_sh(&s, cli_config_env("config"));
	calib_str_add(&s, "\nexport CALIB_CONFIG\n");
	for (size_t i = 0; i < p->njobs; i++) {
		struct calib_err why = CALIB_ERR_INIT;
		int one = one_run(&s, p, i, &why);

		if (one < 0 && p->njobs > 1)
			calib_err_wrap(&why, "run %u", p->run);
		if (one < 0 && rc >= 0)
			rc = calib_fail(err, one, "%s", why.msg);
	}
	calib_str_add(&s, "exit $rc\n");
	if (s.failed)
		rc = calib_str_check(&s, err);
	if ((rc >= 0 || (p->njobs > 1 && !s.failed)) && fputs(s.s, stdout) < 0)
		rc = calib_fail_sys(err, "standard output");
	calib_str_release(&s);
	return rc;
}
