"""What the clients of a script say and hear, for the board's page. Without a page nothing is kept."""

import collections
import time
import weakref

MESSAGES_MAX = 200
PAYLOAD_MAX = 512

clients = weakref.WeakSet()
log = None  # a Log, once there is a page


def _bytes(value):
    return value.encode() if isinstance(value, str) else bytes(value)


def _text(value):
    """A payload that is no text is shown by its bytes."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return "0x" + value.hex()


class Log:
    def __init__(self):
        self.started = time.monotonic()
        self.messages = collections.deque(maxlen=MESSAGES_MAX)
        self.count = 0

    def add(self, sent, topic, payload, qos, retain):
        payload = _bytes(payload)
        self.count += 1
        self.messages.append({
            "id": self.count, "at_ms": int((time.monotonic() - self.started) * 1000), "time": time.strftime("%H:%M:%S"),
            "direction": "out" if sent else "in", "topic": _text(_bytes(topic)), "payload": _text(payload[:PAYLOAD_MAX]),
            "size": len(payload), "cut": len(payload) > PAYLOAD_MAX, "qos": qos, "retain": bool(retain)})


def start():
    global log
    log = Log()
    return log
