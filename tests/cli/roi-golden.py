# Called by roi-golden.sh: shapes on the default geometries, against the numbers of the reference.
import gzip
import json
import os
import subprocess
import sys
import zlib

import numpy as np

top = sys.argv[1]
claims = 0


def roi(*args):
    run = subprocess.run(["calib-roi", *args], check=False)
    if run.returncode:
        sys.exit("calib-roi %s: status %d" % (" ".join(args), run.returncode))


def claim(what, got, want):
    global claims
    claims += 1
    if got != want:
        sys.exit("%s: got %r, expected %r" % (what, got, want))


def crc(a, kind="u1"):
    return "%08x" % zlib.crc32(np.ascontiguousarray(a).astype(kind).tobytes())


for name, want in json.load(open(top + "/manifest.json")).items():
    geo = "%s/geometry/%s" % (top, want["geometry"])
    shapes = "%s/shapes/%s.txt" % (top, name)
    if not os.path.exists(geo):
        sys.exit("%s is missing" % geo)
    rows, cols = want["image_shape"]
    roi("draw", "-s", shapes, "--size", "%d,%d" % (rows, cols), "-o", "image.npy")
    image = np.load("image.npy")
    claim(name + " mask image", [int(image.sum()), crc(image)],
          [want["mask_image"]["ones"], want["mask_image"]["crc32"]])
    for bits, w in want["mask_ndarray"].items():
        roi("nda", "-g", geo, "-m", "image.npy", "-b", bits, "-o", "nda.npy")
        nda = np.load("nda.npy")
        # a pnCCD is (4,512,512) as its data are, not (2,2,512,512) as its tree
        claim("%s shape" % name, [nda.size, list(nda.shape[-2:])],
              [int(np.prod(w["shape"])), w["shape"][-2:]])
        claim("%s bits %s" % (name, bits), [int(nda.sum()), crc(nda)], [w["ones"], w["crc32"]])
        roi("mask", "-g", geo, "-s", shapes, "-b", bits, "-o", "mask.npy")
        claim("%s bits %s at once" % (name, bits), crc(np.load("mask.npy")), w["crc32"])
        roi("image", "-g", geo, "-i", "nda.npy", "-o", "back.npy")
        back = np.load("back.npy")
        claim("%s test image" % name, [list(back.shape), int(back.sum())],
              [w["test_image_shape"], w["test_image_ones"]])
    for bits, w in want["sensor_mask"].items():
        if bits == "0":
            continue
        roi("mask", "-g", geo, "-b", bits, "-o", "mask.npy")
        mask = np.load("mask.npy")
        claim("%s sensors %s" % (name, bits), [int((mask == 0).sum()), crc(mask)],
              [w["zeros"], w["crc32"]])
    roi("-p", "3", "-g", geo, "-m", "image.npy", "-n", "nda.txt", "-c", "255")
    text = open("nda.txt", "rb").read()
    w = want.get("mask_ndarray_text_255")
    if w:
        claim(name + " text", [len(text), "%08x" % zlib.crc32(text)],
              [w["bytes"], w["crc32"]])
    golden = "%s/%s-mask-nda-255.txt.gz" % (top, name)
    if os.path.exists(golden):
        claim(name + " text bytes", text, gzip.open(golden).read())
print("%d claims" % claims)
if claims < 200:
    sys.exit("only %d claims" % claims)
