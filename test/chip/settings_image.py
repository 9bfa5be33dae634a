"""A settings image, as docs/PROTOCOL.md describes it: written here by hand, so that it is not only mote's own word that counts.

    image("lamp", broker="mqtts://broker:8883", authorities="-----BEGIN ...")
"""

import struct
import zlib

ID, SESSION, AUTHORITIES, BROKER = 1, 2, 3, 4
DEFAULT_MS = 0


def _field(kind, value):
    return struct.pack(">BH", kind, len(value)) + value


def _text(text):
    return text.encode() + b"\0"


def image(node, *, broker=None, authorities=None, retry_max_ms=DEFAULT_MS):
    session = struct.pack(">HBBIIIII", 0, 0, 0, 0, DEFAULT_MS, DEFAULT_MS, retry_max_ms, DEFAULT_MS)
    body = _field(ID, _text(node)) + _field(SESSION, session)
    if authorities is not None:
        body += _field(AUTHORITIES, _text(authorities))
    if broker is not None:
        body += _field(BROKER, _text(broker))
    head = b"MIMG" + struct.pack(">BI", 1, len(body))
    return head + body + struct.pack(">I", zlib.crc32(head + body))
