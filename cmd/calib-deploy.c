/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmd/calib-deploy.c - constants in the calibration directory: bring, find, list */
#include "cli.h"
#include "deploy/deploy.h"

static const struct cli_verb verbs[] = {
	{"put", "check constants and deploy them", deploy_put},
	{"copy", "copy constants, also of another directory", deploy_copy},
	{"move", "copy constants, then delete what was copied", deploy_move},
	{"delete", "delete constants", deploy_delete},
	{"undo", "put back what the last change replaced", deploy_undo},
	{"find", "print the file that rules a run", deploy_find},
	{"get", "copy constants out of the directory", deploy_get},
	{"status", "list the constants and the runs they rule", deploy_status},
	{"history", "list what was deployed and deleted, or the trend over runs", deploy_history},
	{"log", "the same as history", deploy_history},
	{"diff", "compare two sets of constants", deploy_diff},
	{"check", "list what is wrong in a calibration directory", deploy_check},
	{"coverage", "tell which constants rule each run and detector", deploy_coverage},
	{"store", "look up, add and remove constants of an HDF5 store", deploy_store},
	{"path", "compose the name of a file", deploy_path},
	{NULL, NULL, NULL}
};

int main(int argc, char **argv)
{
	cli_start();
	return cli_verbs(argc, argv, "Manage the files of a calibration directory.", verbs);
}
