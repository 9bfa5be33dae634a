"""umqtt.simple on Mote's client, which connects again by itself and subscribes again. See docs/PYTHON.md."""

import os

from mote import _mote, traffic
from mote._mote import MQTTException

FOR_EVER_MS = 0xFFFFFFFF
TIMEOUT_S_MAX = 2000000
BUFFER_MIN = 64
BUFFER_MAX = 1 << 20


def _milliseconds(seconds, otherwise):
    if seconds is None:
        return otherwise
    if not 0 <= seconds <= TIMEOUT_S_MAX:
        raise ValueError("timeout")
    return int(seconds * 1000)


def _check(is_right, what):
    if not is_right:
        raise ValueError(what)


def _tls(ssl, params, server):
    """Whether to use TLS, whether without looking, and the files."""
    if ssl is not None and not isinstance(ssl, (bool, int)):
        raise TypeError("ssl is True or False: how it is to be, ssl_params say")
    params = dict(params or {})
    name = params.pop("server_hostname", None)
    _check(name in (None, server), "server_hostname is another than server")
    insecure = params.pop("cert_reqs", 2) == 0
    files = [params.pop(name, None) for name in ("cafile", "cert", "key")]
    if params:
        raise TypeError("unexpected ssl_params: %s" % ", ".join(map(str, params)))
    return (bool(ssl), insecure, *files)


class _Socket:
    """What can be done with the socket of a client: to be polled, and to be cut."""

    def __init__(self, client):
        self._client = client

    def fileno(self):
        return _mote.fileno()

    def close(self):
        self._client.abort()


class MQTTClient:
    def __init__(self, client_id, server, port=0, user=None, password=None, keepalive=0, ssl=None, ssl_params={},
                 *, strict=None, timeout=20, buffer=8192, version=4):
        _check(0 <= port <= 65535, "port")
        _check(0 <= keepalive <= 65535, "keepalive")
        _check(3 <= version <= 5, "version")
        _check(BUFFER_MIN <= buffer <= BUFFER_MAX, "buffer")
        _check(password is None or user is not None or version == 5, "a password without a user: not before MQTT 5")
        if strict is None:
            strict = os.environ.get("MOTE_UMQTT_STRICT", "") not in ("", "0")
        self._timeout_ms = _milliseconds(timeout, FOR_EVER_MS)
        if isinstance(server, (bytes, bytearray)):
            server = bytes(server).decode()
        _check(server != "", "server")
        tls = _tls(ssl, ssl_params, server)
        self.client_id = client_id
        self.server = server
        self.port = port or (8883 if tls[0] else 1883)
        self.user = user
        self.pswd = password
        self.keepalive = keepalive
        self.cb = None
        self._client = _mote.Client(client_id, server, self.port, user, password, keepalive, strict, self._timeout_ms,
                                    buffer, version, *tls)
        traffic.clients.add(self)

    def set_callback(self, f):
        self.cb = f
        self._client.set_callback(f if f is None or traffic.log is None else self._logged)

    def _logged(self, topic, msg):
        traffic.log.add(False, topic, msg, self.qos, self.retain)
        self.cb(topic, msg)

    def set_last_will(self, topic, msg, retain=False, qos=0):
        _check(topic, "topic")
        self._client.set_last_will(topic, msg, retain, qos)

    def connect(self, clean_session=True, timeout=None):
        return self._client.connect(clean_session, _milliseconds(timeout, self._timeout_ms))

    def disconnect(self):
        self._client.disconnect()

    def ping(self):
        self._client.ping()

    def publish(self, topic, msg, retain=False, qos=0):
        self._client.publish(topic, msg, retain, qos)
        if traffic.log is not None:
            traffic.log.add(True, topic, msg, qos, retain)

    def subscribe(self, topic, qos=0):
        if self.cb is None:
            raise AssertionError("Subscribe callback is not set")
        self._client.subscribe(topic, qos)

    def unsubscribe(self, topic):
        self._client.unsubscribe(topic)

    def wait_msg(self):
        return self._client.wait_msg()

    def check_msg(self):
        return self._client.check_msg()

    # --- What umqtt does not have ---

    @property
    def sock(self):
        return _Socket(self._client) if self._client.connected else None

    @property
    def connected(self):
        return self._client.connected

    @property
    def reason(self):
        return self._client.reason

    @property
    def dropped(self):
        return self._client.dropped

    @property
    def qos(self):
        return self._client.qos

    @property
    def retain(self):
        return self._client.retain

    @property
    def dup(self):
        return self._client.dup
