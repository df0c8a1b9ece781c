# A PNG of ours as numpy: read(path) gives rows x cols indices and the palette, or grey values, and
# the texts.  For tests: filters 0 to 4, no interlace.
import struct
import zlib

import numpy as np


def unfilter(raw, rows, width, step):
    out = np.zeros((rows, width), np.uint8)
    for r in range(rows):
        kind = raw[r * (width + 1)]
        line = bytearray(raw[r * (width + 1) + 1:(r + 1) * (width + 1)])
        up = out[r - 1] if r else np.zeros(width, np.uint8)
        if kind == 2:
            line = (np.frombuffer(bytes(line), np.uint8) + up).astype(np.uint8)
        elif kind:
            for i in range(width):
                a = line[i - step] if i >= step else 0
                b, c = int(up[i]), int(up[i - step]) if i >= step else 0
                p = a + b - c
                paeth = min((abs(p - a), 0, a), (abs(p - b), 1, b), (abs(p - c), 2, c))[2]
                line[i] = (line[i] + {1: a, 3: (a + b) // 2, 4: paeth}[kind]) & 255
        out[r] = np.frombuffer(bytes(line), np.uint8)
    return out


def read(path):
    data = open(path, "rb").read()
    assert data[:8] == b"\x89PNG\r\n\x1a\n", "no PNG"
    at, idat, texts, palette = 8, b"", {}, None
    while at < len(data):
        n, kind = struct.unpack(">I4s", data[at:at + 8])
        body = data[at + 8:at + 8 + n]
        assert zlib.crc32(kind + body) == struct.unpack(">I", data[at + 8 + n:at + 12 + n])[0]
        if kind == b"IHDR":
            cols, rows, depth, colour = struct.unpack(">IIBB", body[:10])
        elif kind == b"IDAT":
            idat += body
        elif kind == b"PLTE":
            palette = np.frombuffer(body, np.uint8).reshape(-1, 3)
        elif kind == b"tEXt":
            key, text = body.split(b"\0", 1)
            texts[key.decode()] = text.decode()
        elif kind == b"iTXt":
            key, rest = body.split(b"\0", 1)
            texts[key.decode()] = rest[2:].split(b"\0", 2)[2].decode()
        else:
            assert kind not in (b"tIME",), "a time makes equal pictures differ"
        at += 12 + n
    size = {0: 1, 2: 3, 3: 1, 6: 4}[colour] * depth // 8
    pixels = unfilter(zlib.decompress(idat), rows, cols * size, size)
    if depth == 16:
        pixels = pixels.reshape(rows, cols, 2).astype(np.uint16) @ np.array([256, 1], np.uint16)
    elif size > 1:
        pixels = pixels.reshape(rows, cols, size)
    return pixels, palette, texts
