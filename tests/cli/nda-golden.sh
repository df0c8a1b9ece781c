# calib-nda convert against every golden array file: read to the array, written to the bytes.
. "$(dirname "$0")/../lib.sh"
need_golden ndarray
need_numpy
cat >check.py <<'PY'
import gzip, io, json, os, re, subprocess, sys
import numpy as np

root = sys.argv[1]
OK, ERROR = 0, 1


def nda(*args, data=None):
    p = subprocess.run(['calib-nda', *args], input=data, stdout=subprocess.PIPE,
                       stderr=subprocess.PIPE)
    return p.returncode, p.stdout, p.stderr.decode()


def convert(path, *options):
    """The array of a file, or the message."""
    status, out, err = nda('convert', *options, path)
    if status != 0:
        assert status == 1 and out == b'', (path, status, err)
        assert err.startswith('calib-nda convert: ') and err.count('\n') == 1, (path, err)
        return None, err
    return np.load(io.BytesIO(out)), err


def expected(e):
    dtype = np.dtype(e['dtype']).newbyteorder('=')
    if e['file'].endswith('float16.npy'):
        dtype = np.dtype('float32')         # half precision is only read
    v = e['values']
    if dtype.kind == 'f':
        a = np.array([float(x) for x in v], dtype=dtype)
    else:
        a = np.array(v, dtype=dtype)
    return a.reshape(e['shape'])


def same(path, have, want):
    assert have is not None, path
    assert have.dtype == want.dtype, (path, have.dtype, want.dtype)
    assert have.shape == want.shape, (path, have.shape, want.shape)
    if want.dtype.kind == 'f':
        assert np.array_equal(np.isnan(have), np.isnan(want)), path
        have, want = (np.where(np.isnan(x), 0, x).astype(x.dtype) for x in (have, want))
    assert have.tobytes() == want.tobytes(), (path, have, want)


n12 = np.arange(1, 13)
cube = n12.reshape(2, 2, 3)
# Kinder than load_txt (ndarray.md 8.5): another array than the reference's, or one where it fails.
kinder = {
    # metadata with any white space behind '#'
    'tolerance/hash-nospace.txt': cube, 'tolerance/hash-twospaces.txt': cube,
    'tolerance/hash-tab.txt': cube,
    # DIM lines by their index
    'tolerance/dim-swapped-order.txt': cube,
    # the header gives the shape of unequal lines
    'tolerance/ten-per-line-1d.txt': n12,
    # never wrapped: the nearest value the type has
    'tolerance/negative-for-uint.txt': np.array([[0, 2, 3], [4, 5, 6]]),
    # names of types that C++ writes
    'tolerance/dtype-cxx-uint16_t.txt': n12[:6].reshape(2, 3),
    'tolerance/dtype-cxx-unsigned.txt': n12[:6].reshape(2, 3),
    # the byte order mark is skipped
    'tolerance/bom.txt': np.array([[1, 2], [3, 4]]),
    'cxx/float-1d.txt': None, 'cxx/unsigned-2d.txt': None, 'cxx/ushort-1d.txt': None,
    'cxx/ushort-2d.txt': None,
}
# What the message must hold where there is no array.
refused = {
    'tolerance/ndim-mismatch.txt': 'NDIM is 2, but there are 3 DIM lines',
    'tolerance/size-mismatch-3d.txt': '12 values, the shape 2x2x4 of the header wants 16',
    'tolerance/ragged.txt': 'ragged.txt:2: another number of fields than in the lines before (3)',
    'tolerance/commas.txt': "'1,2,3' is not a number",
    'tolerance/dtype-unknown.txt': "dtype-unknown.txt:1: 'banana' is not a known DTYPE",
    'tolerance/hex.txt': "'0x10' is not a number",
    'tolerance/fortran-exp.txt': "'1d3' is not a number",
    'tolerance/trailing-junk.txt': "'x' is not a number",
    'tolerance/underscore.txt': "'1_000' is not a number",
    'tolerance/empty.txt': 'empty, an array was expected',
    'cxx/uint8-2d.txt': 'wrote uint8_t values as characters',
    'npy/hdr-truncated-data.npy': 'ends after 12 of 16 data bytes',
}
# Where an array comes with a warning.
warned = {
    'tolerance/size-mismatch-2d.txt': '12 values, the shape 9x9 of the header wants 81',
    'tolerance/negative-for-uint.txt': '1 values outside uint16 set to its limits',
    'tolerance/float-for-int.txt': '1 fractions cut off, the array is uint16',
    'tolerance/bom.txt': 'byte order mark',
    'tolerance/meta-after-data.txt': 'metadata behind the data is ignored',
    'tolerance/ndim-missing.txt': 'DIM lines without an NDIM line are ignored',
}


def numbers(path):
    """The plain reading of a text by its C++ header, for the files load_txt refuses."""
    text = open(path).read()
    dims = [int(x) for x in re.findall(r'# DIM:\d+ +(\d+)', text)]
    word = re.search(r'# DTYPE +(\S+)', text).group(1)
    dtype = {'float': 'f8', 'unsigned': 'u4', 'uint16_t': 'u2'}[word]
    data = ' '.join(x for x in text.split('\n') if not x.startswith('#'))
    return np.array(data.split(), dtype=dtype).reshape(dims)


def check_read(e):
    name = e['file']
    path = os.path.join(root, name)
    have, err = convert(path, *(['--raw', 'float64:3,4'] if name.startswith('raw/') else []))
    if name in refused:
        assert have is None and refused[name] in err, (name, err)
        return
    if name in warned:
        assert warned[name] in err and err.count('warning: ') >= 1, (name, err)
    else:
        assert err == '', (name, err)
    if name in kinder:
        want = kinder[name]
        want = numbers(path) if want is None else want.astype(have.dtype)
    else:
        assert 'error' not in e, (name, 'the reference refuses it, we do not')
        want = expected(e)
        if e.get('saved_shape'):
            want = want.reshape(e['saved_shape'])       # dimensions of 1 are kept
    same(name, have, want)


def check_stream(e):
    out = nda('convert', os.path.join(root, e['file']))[1]
    assert out == open(os.path.join(root, e['file']), 'rb').read(), e['file']
    f = io.BytesIO(out)
    for a in e['arrays']:
        want = np.array(a['values'], dtype=a['dtype']).reshape(a['shape'])
        same(e['file'], np.load(f), want)


ORIGIN = re.compile(rb'^# (HOST|WORK_DIR|FILE_NAME|DATE_TIME|UID) {2,}\S.*$', re.M)


def masked(text):
    """Without the comments at the start and without what names host, user and time."""
    while text.startswith(b'# '):
        text = text[text.index(b'\n') + 1:]
    return ORIGIN.sub(rb'# \1', text)


def check_text_written(e):
    """The same layout, header and digits as save_txt gave."""
    path = os.path.join(root, e['file'])
    want = open(path, 'rb').read()
    # what was saved; without DTYPE the reference reads float32
    dtype = re.search(rb'# DATATYPE +(\w+)', want).group(1).decode()
    array = expected(e).reshape(e['saved_shape']).astype(dtype)
    buf = io.BytesIO()
    np.save(buf, array)
    status, out, err = nda('convert', '--format', 'text', '--fmt', e['fmt'], data=buf.getvalue())
    assert status == 0, (e['file'], err)
    assert len(ORIGIN.findall(out)) == 5, out
    have, want = masked(out), masked(want)
    if b'# DTYPE' not in want:                          # save_txt with addmetad=False
        have = re.sub(rb'# DTYPE[^\n]*\n# NDIM[^\n]*\n(# DIM:[^\n]*\n)*\n', b'', have)
    assert have == want, (e['file'], have, want)


def check_bare_written(e):
    name = e['file'].split('/')[1]
    want = open(os.path.join(root, e['file']), 'rb').read()
    body = b''.join(x + b'\n' for x in want.split(b'\n')[:-1] if not x.startswith(b'#'))
    fmt = {'mask-d.txt': '%d', 'mask-1i.txt': '%1i', 'float-d.txt': '%d', 'hdr.txt': '%.3f'}
    if 'original' in e:
        array = np.array([float(x) for x in e['original']]).reshape(e['shape'])
    else:
        array = np.loadtxt(io.BytesIO(want))
    buf = io.BytesIO()
    np.save(buf, array)
    status, out, err = nda('convert', '--format', 'text-bare', '--fmt', fmt.get(name, '%.18e'),
                           data=buf.getvalue())
    assert status == 0 and out == body, (name, err, out, body)


def check_npy_written(e):
    path = os.path.join(root, e['file'])
    out = nda('convert', path)[1]
    plain = not re.search(r'npy/(be-|hdr-|v2|v3|fortran|float16)', e['file'])
    if plain:
        assert out == open(path, 'rb').read(), e['file']
    else:                                               # what numpy would write of that array
        buf = io.BytesIO()
        np.save(buf, expected(e))
        assert out == buf.getvalue(), (e['file'], out[:128], buf.getvalue()[:128])


def check_raw_written():
    path = os.path.join(root, 'raw/float64-3x4.bin')
    a = nda('convert', '--raw', 'float64:3,4', path)[1]
    assert nda('convert', '--format', 'raw', data=a)[1] == open(path, 'rb').read()


def check_gz_written(e):
    path = os.path.join(root, e['file'])
    out = os.path.basename(path)
    opts = ['--fmt', '%.3f'] if '.txt' in out else []
    assert nda('convert', path, *opts, '-o', out)[0] == 0
    have, want = (gzip.decompress(open(x, 'rb').read()) for x in (out, path))
    assert masked(have) == masked(want), (have, want)


manifest = json.load(open(os.path.join(root, 'manifest.json')))
counts = {}
for e in manifest:
    folder = e['file'].split('/')[0]
    if e.get('reader') == 'load_txt_v0':
        continue
    counts[folder] = counts.get(folder, 0) + 1
    if 'arrays' in e:
        check_stream(e)
        continue
    check_read(e)
    if folder == 'pytxt':
        check_text_written(e) if e.get('fmt') else None
    elif folder == 'savetxt':
        check_bare_written(e)
    elif folder == 'npy' and 'error' not in e:
        check_npy_written(e)
    elif folder == 'gz':
        check_gz_written(e)
check_raw_written()
files = sum(len(f) for d, _, f in os.walk(root) if d != root)
assert sum(counts.values()) == files, (counts, files)
PY
ok 'every golden file' "$python" check.py "$g"
