# SPDX-License-Identifier: GPL-2.0-or-later
"""record.py SRC DST SEED [PLAN...] - write the files of SRC into DST as a recorder does

In pieces of any size that no datagram agrees with, streams as uneven as they come.  PLAN: words
  names=final|late|mixed  the final name at once, .inprogress until closed (default), or either
  first=SS     only that stream until nearly all of it is written; the others begin then
  stop=SS      that stream ends for good behind the middle of it, in the middle of a datagram
  outside=DIR  write through other names of the files: nobody who watches DST is told
"""
import os, random, sys, time
src, dst, seed = sys.argv[1], sys.argv[2], int(sys.argv[3])
plan = dict(w.split('=') for w in sys.argv[4:])
rnd = random.Random(seed)
os.makedirs(dst, exist_ok=True)
names = {}
for n in sorted(os.listdir(src)):
    names.setdefault(n[12:14], []).append(n)
size = {k: sum(os.path.getsize(os.path.join(src, n)) for n in v) for k, v in names.items()}
open_ = {}
written = dict.fromkeys(names, 0)
while names:
    some = list(names)
    f = plan.get('first')
    if f in names and written[f] < size[f] * 9 // 10:
        some = [f]
    k = rnd.choice(some)
    n = names[k][0]
    if k not in open_:
        final = {'final': True, 'late': False}.get(plan.get('names', 'late'), rnd.random() < 0.5)
        path = os.path.join(dst, n if final else n + '.inprogress')
        out = plan.get('outside')
        if out:
            open(os.path.join(out, n), 'wb').close()
            os.link(os.path.join(out, n), path)
        fd = open(os.path.join(out, n) if out else path, 'r+b' if out else 'wb', buffering=0)
        open_[k] = [fd, open(os.path.join(src, n), 'rb').read(), path]
    fd, rest, path = open_[k]
    if k == plan.get('stop') and len(written) and written[k] > size[k] // 2:
        fd.write(rest[:50])      # a header and the beginning of what it announces
        del names[k]
        continue
    m = rnd.choice([1, 7, 39, 40, 41, 1000, 30000, 300000])
    fd.write(rest[:m])
    written[k] += len(rest[:m])
    open_[k][1] = rest = rest[m:]
    if rnd.random() < 0.03:
        time.sleep(0.005)
    if not rest:
        fd.close()
        if path.endswith('.inprogress'):
            os.rename(path, path[:-11])
        del open_[k]
        names[k].pop(0)
        if not names[k]:
            del names[k]
