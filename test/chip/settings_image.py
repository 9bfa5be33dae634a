"""A settings image, as docs/PROTOCOL.md describes it: written here by hand, so that it is not only mote's own word that counts.

    image("lamp", broker="mqtts://broker:8883", authorities="-----BEGIN ...")
"""

import struct
import zlib

ID, SESSION, AUTHORITIES, BROKER = 1, 2, 3, 4
SESSION_SIZE = 24


def _field(kind, value):
    return struct.pack(">BH", kind, len(value)) + value


def _text(text):
    return text.encode() + b"\0"


def image(node, *, broker=None, authorities=None):
    body = _field(ID, _text(node)) + _field(SESSION, bytes(SESSION_SIZE))
    if authorities is not None:
        body += _field(AUTHORITIES, _text(authorities))
    if broker is not None:
        body += _field(BROKER, _text(broker))
    head = b"MIMG" + struct.pack(">BI", 1, len(body))
    return head + body + struct.pack(">I", zlib.crc32(head + body))
