/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/geom/info.c - calib-geom info: the tree of a geometry */
#include "base/table.h"
#include "geom/geom.h"

struct opts {
	struct cli cli;
	struct cli_geo which;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct opts *o = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &o->which;
		state->child_inputs[1] = &o->cli;
		return 0;
	case ARGP_KEY_ARG: o->which.file = cli_only_arg(state, o->which.file, arg); return 0;
	default: return ARGP_ERR_UNKNOWN;
	}
}

static int row(struct calib_table *t, const struct calib_geo *geo, size_t i)
{
	const struct calib_geoobj *o = &geo->obj[i];
	struct calib_str shape = CALIB_STR_INIT;
	size_t dim[3], n = 0;
	int rc;

	calib_table_text(t, o->name);
	calib_table_unsigned(t, o->ind);
	calib_table_text(t, o->parent);
	if (o->parent)
		calib_table_unsigned(t, o->parent_ind);
	else
		calib_table_text(t, NULL);
	for (int k = 0; k < 3; k++)
		calib_table_real(t, "%.10g", o->at[k]);
	for (int k = 2; k >= 0; k--)
		calib_table_real(t, "%.10g", o->rot[k]);
	for (int k = 2; k >= 0; k--)
		calib_table_real(t, "%.10g", o->tilt[k]);
	calib_table_unsigned(t, o->is_seg ? 0 : o->nchild);
	if (calib_geo_shape(geo, i, dim, &n, NULL) >= 0)
		calib_str_addf(&shape, "%zux%zux%zu", dim[0], dim[1], dim[2]);
	calib_table_text(t, shape.s);
	if (n > 0)
		calib_table_real(t, "%.10g", calib_geo_pitch(geo, i));
	else
		calib_table_text(t, NULL);
	rc = calib_table_row(t);
	calib_str_release(&shape);
	return rc;
}

static int info(const struct opts *o, struct calib_err *err)
{
	static const char *const columns[] = {
		"object",     "index",     "parent",    "parent_index", "x0_um",      "y0_um",
		"z0_um",      "rot_z_deg", "rot_y_deg", "rot_x_deg",    "tilt_z_deg", "tilt_y_deg",
		"tilt_x_deg", "children",  "shape",     "pixel_um",     NULL};
	struct calib_geo geo = CALIB_GEO_INIT;
	struct calib_table table;
	struct calib_out *out = NULL;
	int rc = cli_geo_load(&geo, &o->which, err);

	if (rc >= 0)
		rc = calib_out_open(&out, "-", 0, err);
	for (size_t i = 0; i < geo.ncomment && rc >= 0 && !o->cli.json; i++)
		rc = calib_out_printf(out, err, "## %s\n", geo.comment[i]);
	if (rc >= 0)
		calib_table_begin(&table, out, columns, o->cli.json, err);
	for (size_t i = 0; i < geo.n && rc >= 0; i++)
		rc = row(&table, &geo, i);
	if (rc >= 0)
		rc = calib_out_commit(out, err);
	else
		calib_out_abort(out);
	calib_geo_release(&geo);
	return rc;
}

int geom_info(int argc, char **argv)
{
	static const struct argp_child children[] = {
		{&cli_geo, 0, NULL, 0}, {&cli_common_table, 0, NULL, 0}, {0}};
	static const struct argp argp = {
		NULL,
		parse,
		"[FILE]",
		"One row for each object: its place in the tree, parameters, shape and pixel size; "
		"comments of the file before them.\v"
		"Example: calib-geom info 0-end.data",
		children,
		NULL,
		NULL};
	struct opts o = {{0}, CLI_GEO_INIT};
	struct calib_err err = CALIB_ERR_INIT;

	cli_parse(&argp, argc, argv, &o);
	return cli_finish(info(&o, &err), &err);
}
