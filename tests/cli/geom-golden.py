# Called by geom-golden.sh: the reference's numbers for every geometry file there is.
import glob
import gzip
import hashlib
import io
import json
import math
import os
import subprocess
import sys

import numpy as np

top = sys.argv[1]
claims = 0
# The reference of LCLS-II has other wide pixels in EPIX10KA:V1 and moved edges in JUNGFRAU:V2;
# the LCLS-I numbers are the ones followed.
OTHER = {"epix10kaquad", "jungfrau05M", "jungfrau1M", "jungfrau4M", "jungfrau16M"}


def geom(*args, data=None):
    run = subprocess.run(["calib-geom", *args], input=data, stdout=subprocess.PIPE, check=False)
    if run.returncode:
        sys.exit("calib-geom %s: status %d" % (" ".join(args), run.returncode))
    return run.stdout


def array(*args, data=None):
    return np.load(io.BytesIO(geom(*args, data=data)))


def claim(what, got, want, near=None):
    global claims
    claims += 1
    good = got == want if near is None else math.isclose(got, want, rel_tol=1e-9, abs_tol=near)
    if not good:
        sys.exit("%s: got %r, expected %r" % (what, got, want))


def sha(values, kind):
    return hashlib.sha256(np.ascontiguousarray(values).astype(kind).tobytes()).hexdigest()


def options(args):
    out = []
    if args.get("cframe") == 1:
        out += ["--frame", "lab"]
    if args.get("do_tilt") is False:
        out += ["--no-tilt"]
    if "xy0_off_pix" in args:
        out += ["--off=%d,%d" % tuple(args["xy0_off_pix"])]
    if "pix_scale_size_um" in args:
        out += ["--pix=%r" % args["pix_scale_size_um"]]
    return out


def by_segment(values, seg):
    """As the golden data have it: CSPAD2x2 too is cut as it lies in the array."""
    return values.reshape(-1, *seg)


def check_coords(name, path, want):
    points = want["coord_points_row_col"]
    for c in want["coords"]:
        xyz = array("coords", "-g", path, *options(c))
        for axis, v in zip("XYZ", xyz):
            where = "%s %s tilt %s frame %d" % (name, axis, c["do_tilt"], c["cframe"])
            claim(where + " sum", float(v.sum()), c[axis]["sum"], 1e-2)
            claim(where + " min", v.min(), c[axis]["min"])
            claim(where + " max", v.max(), c[axis]["max"])
        segs = [by_segment(v, want["seg_shape"]) for v in xyz]
        claim(name + " segments", len(segs[0]), len(c["segments"]))
        for s, seg in enumerate(c["segments"]):
            for (row, col), p in zip(points, seg):
                claim("%s segment %d pixel %d,%d" % (name, s, row, col),
                      [v[s, row, col] for v in segs], p)


def check_indexes(name, path, want):
    for i in want["indexes"]:
        rows, cols = array("index", "-g", path, *options(i["args"]))
        for what, v in (("rows", rows), ("cols", cols)):
            claim("%s %s %s" % (name, i["args"], what), sha(v, "<u4"), i[what]["sha256_u32le"])
        if want["size"] > 1000000 and i not in want["indexes"][1:7:5]:
            continue    # points: of two views of the large ones
        for how, key in (([], "point00"), (["--fract"], "point00_fract")):
            out = geom("index", "-g", path, "--point", "0,0", *how, *options(i["args"]))
            got = [float(w) for w in out.decode().splitlines()[1].split("\t")]
            claim("%s %s %s" % (name, i["args"], key), got, [float(w) for w in i[key]])


def check_image(name, path, want):
    weights = (np.arange(want["size"]) % 65521).astype(np.float32)
    buf = io.BytesIO()
    np.save(buf, weights)
    img = array("image", "-g", path, data=buf.getvalue())
    claim(name + " image shape", list(img.shape), want["image"]["shape"])
    claim(name + " image", sha(img, "<f4"), want["image"]["sha256_f32le"])


def check_planes(name, path, want):
    for z in want["xy_at_z"]:
        plane = "mean" if z["zplane"] is None else repr(z["zplane"])
        rows, cols = array("index", "-g", path, "--zplane=" + plane)
        for what, v in (("rows", rows), ("cols", cols)):
            claim("%s plane %s %s" % (name, plane, what), int(v.max()), z[what + "_max"])
            claim("%s plane %s %s" % (name, plane, what), int(v.sum(dtype=np.int64)),
                  z[what + "_sum"])


def check_masks(name, path, want):
    for m in want["masks"]:
        args = ["-b", str(m["args"].get("mbits", 255))]
        for key in ("width", "wcentral"):
            if key in m["args"]:
                args += ["--%s=%d" % (key, m["args"][key])]
        mask = array("mask", "-g", path, *args)
        claim("%s mask %s" % (name, m["args"]), sha(mask, "u1"), m["sha256_u8"])
    areas = array("coords", "-g", path, "--area")
    got = sorted([float(v), int(n)] for v, n in zip(*np.unique(areas, return_counts=True)))
    claim(name + " areas", got, sorted(want["areas"]["values"]))


def check_second(name, path, want):
    """The files of LCLS-II: one set of coordinates."""
    xyz = array("coords", "-g", path)
    claim(name + " shape", list(xyz.shape[1:]), want["shape"])
    for axis, v in zip("XYZ", xyz):
        claim(name + " " + axis, float(v.sum()), want[axis]["sum"], 1e-2)
        claim(name + " " + axis, v.min(), want[axis]["min"])
        claim(name + " " + axis, v.max(), want[axis]["max"])
    for s, seg in enumerate(want["segments"]):
        for (row, col), p in zip(want["points"], seg):
            claim("%s segment %d" % (name, s), [v[s, row, col] for v in xyz], p)


files = 0
for gz in sorted(glob.glob(os.path.join(top, "json", "*.json.gz"))):
    name = os.path.basename(gz)[:-8]
    with gzip.open(gz) as f:
        want = json.load(f)
    if name == "lcls2-defaults":
        for second, values in want.items():
            if values["load"] == "ok" and second not in OTHER:
                check_second(second, "%s/defaults-lcls2/geometry-def-%s.data" % (top, second),
                             values)
                files += 1
        continue
    path = ("%s/real/%s.data" % (top, name[5:]) if name.startswith("real-")
            else "%s/defaults/geometry-def-%s.data" % (top, name))
    if not os.path.exists(path):
        sys.exit(path + " is missing")
    tree = geom("info", "--json", path).decode().splitlines()
    for line, o in zip(tree, want["tree"]):
        row = json.loads(line)
        claim(name + " object", [row["object"], row["index"]], [o["object"], o["oind"]])
        claim(name + " z", float(row["z0_um"]), o["z0"])
    claim(name + " objects", len(tree), len(want["tree"]))
    check_coords(name, path, want)
    check_indexes(name, path, want)
    check_image(name, path, want)
    check_planes(name, path, want)
    check_masks(name, path, want)
    obj = "%s:%d" % (want["tree"][0]["object"], want["tree"][0]["oind"])
    saved = geom("move", "-g", path, obj, "0", "0", "0")
    with open("%s/saved/%s.data" % (top, name), "rb") as f:
        claim(name + " saved", saved, f.read())
    files += 1
print("%d files, %d claims" % (files, claims))
if files < 18:
    sys.exit("only %d files" % files)
