"""urequests: requests over HTTP, as the ESP8266's firmware has them, by CPython's http.client."""

import http.client as _client
import json as _json
from urllib.parse import urljoin as _join, urlsplit as _split

from mote import _mote

_REDIRECTS_MAX = 5
_TIMEOUT_S = 60


class Response:
    def __init__(self, answer, connection):
        self.raw = answer
        self.encoding = "utf-8"
        self.status_code = answer.status
        self.reason = answer.reason.encode()
        self.headers = dict(answer.getheaders())
        self._connection = connection
        self._cached = None

    def close(self):
        self._connection.close()

    @property
    def content(self):
        if self._cached is None:
            self._cached = self.raw.read()
            self.close()
        return self._cached

    @property
    def text(self):
        return str(self.content, self.encoding)

    def json(self):
        return _json.loads(self.content)


def _connect(parts, timeout):
    if parts.scheme not in ("http", "https"):
        raise ValueError("Unsupported protocol: %s:" % parts.scheme)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    make = _client.HTTPSConnection if parts.scheme == "https" else _client.HTTPConnection
    return make(*_mote.detour(parts.hostname, port), timeout=_TIMEOUT_S if timeout is None else timeout)


def _ask(method, url, body, headers, timeout):
    parts = _split(url)
    connection = _connect(parts, timeout)
    try:
        path = (parts.path or "/") + ("?" + parts.query if parts.query else "")
        connection.request(method, path, body, {"Host": parts.netloc.rpartition("@")[2], **headers})
        return Response(connection.getresponse(), connection)
    except BaseException as error:
        connection.close()
        if isinstance(error, TimeoutError):
            raise OSError(110, "ETIMEDOUT") from None
        if isinstance(error, _client.HTTPException):
            raise ValueError("HTTP error: %s" % error) from None
        raise


def request(method, url, data=None, json=None, headers=None, stream=None, timeout=None, **_):
    headers = dict(headers or {})
    body = data.encode() if isinstance(data, str) else data
    if json is not None:
        body = _json.dumps(json).encode()
        headers.setdefault("Content-Type", "application/json")
    for _ in range(_REDIRECTS_MAX):
        response = _ask(method, url, body, headers, timeout)
        if response.status_code not in (301, 302, 303, 307, 308) or "Location" not in response.headers:
            return response
        response.close()
        url = _join(url, response.headers["Location"])
        if response.status_code == 303:
            method, body = "GET", None
    raise ValueError("Too many redirects")


def head(url, **kw):
    return request("HEAD", url, **kw)


def get(url, **kw):
    return request("GET", url, **kw)


def post(url, **kw):
    return request("POST", url, **kw)


def put(url, **kw):
    return request("PUT", url, **kw)


def patch(url, **kw):
    return request("PATCH", url, **kw)


def delete(url, **kw):
    return request("DELETE", url, **kw)
