"""What of umqtt.simple the scripts need, on libmote's client."""

import _script
from network import as_bytes


class MQTTException(Exception):
    pass


def as_text(value):
    """A character for each byte."""
    if value is None:
        return None
    return "".join([chr(byte) for byte in (value.encode() if isinstance(value, str) else value)])


class MQTTClient:
    def __init__(self, client_id, server, port=0, user=None, password=None, keepalive=0):
        self.cb = None
        self.got = []
        self.client = _script.client(as_text(client_id), server, port or 1883, as_text(user), as_text(password), keepalive,
                                     _script.strict, self.take)

    def take(self, topic, payload):
        self.got.append((as_bytes(topic), as_bytes(payload)))

    def check(self, reason):
        """Raises what the call has come to, after the messages that came in it."""
        while self.got:
            self.cb(*self.got.pop(0))
        if reason != 0:
            refusal = _script.refusal(self.client)
            if refusal:
                raise MQTTException(refusal)
            raise OSError(-1, _script.words())

    def set_callback(self, f):
        self.cb = f

    def connect(self, clean_session=True):
        self.check(_script.connect(self.client, clean_session))
        return _script.session_present(self.client)

    def publish(self, topic, msg, retain=False, qos=0):
        self.check(_script.publish(self.client, as_text(topic), as_text(msg), retain, qos))

    def subscribe(self, topic, qos=0):
        self.check(_script.subscribe(self.client, as_text(topic), qos))

    def wait_msg(self):
        self.check(_script.wait(self.client))
        return _script.last_head(self.client) or None

    def check_msg(self):
        self.check(_script.check(self.client))
        return _script.last_head(self.client) or None

    def ping(self):
        self.check(_script.ping(self.client))

    def disconnect(self):
        _script.disconnect(self.client)
