"""What a node is told, as the engine takes it."""

import os
from typing import Any, Literal
from urllib.parse import quote

from ._message import SECONDS_MAX, Will
from ._tls import TLS

Version = Literal["3.1.1", "5"]

VERSIONS = {"3.1.1": 4, "5": 5}
FALLBACKS_MAX = 7
OUTBOX_MIN = 12288


def make_options(urls: list[str], name: str, *, username: str | None, password: str | None, version: Version, keep_alive: int,
                 will: Will | None, tls: TLS | None, keep_session: bool, session_expiry: int | None,
                 outbox: str | os.PathLike[str] | None, outbox_size: int, retry_delay: tuple[float, float], way_back: float,
                 bind_address: str | None, proxy: str | None) -> dict[str, Any]:
    """The dictionary of _mote_node.open(). Raises ValueError for what it cannot be told."""
    if not 1 <= len(urls) <= 1 + FALLBACKS_MAX:
        raise ValueError(f"a node has 1 to {1 + FALLBACKS_MAX} URLs")
    if version not in VERSIONS:
        raise ValueError('version is "3.1.1" or "5"')
    if not 1 <= keep_alive <= 65535:
        raise ValueError("keep_alive is 1 to 65535 seconds")
    if not 0 <= (session_expiry or 0) <= SECONDS_MAX:
        raise ValueError("session_expiry is 0 or more seconds")
    if min(*retry_delay, way_back) < 0:
        raise ValueError("retry_delay and way_back are 0 or more seconds")
    if outbox is not None and outbox_size < OUTBOX_MIN:
        raise ValueError(f"outbox_size is {OUTBOX_MIN} or more bytes")
    for value, kind in ((will, Will), (tls, TLS)):
        if value is not None and not isinstance(value, kind):
            raise TypeError(f"{kind.__name__.lower()} is a {kind.__name__}, not {type(value).__name__}")
    places = [_with_login(url, username, password).encode() for url in urls]
    options: dict[str, Any] = {
        "id": name.encode(), "broker": places[0], "fallbacks": places[1:], "version": VERSIONS[version],
        "keep_alive_s": keep_alive, "keep_session": int(keep_session), "session_expiry_s": session_expiry or 0,
        "retry_delay_ms_min": _ms(retry_delay[0]), "retry_delay_ms_max": _ms(retry_delay[1]), "way_back_ms": _ms(way_back)}
    options |= {key: text.encode() for key, text in (("bind_address", bind_address), ("proxy", proxy)) if text is not None}
    if tls is not None:
        options |= tls.options()
    if will is not None:
        options["will"] = will.encode()
    if outbox is not None:
        options |= {"outbox": os.fsencode(os.path.abspath(outbox)), "outbox_size": outbox_size}
    _check_texts(options)
    return options


def _ms(seconds: float) -> int:
    return max(1, min(round(seconds * 1000), 0xFFFFFFFF))


def _with_login(url: str, username: str | None, password: str | None) -> str:
    if username is None and password is None:
        return url
    scheme, mark, rest = url.rpartition("://")
    if "@" in rest.partition("/")[0]:
        raise ValueError("user and password are either in the URL or beside it")
    login = quote(username or "", safe="")
    if password is not None:
        login += ":" + quote(password, safe="")
    return f"{scheme if mark else 'mqtt'}://{login}@{rest}"


def _check_texts(options: dict[str, Any]) -> None:
    """The engine's strings end with a zero byte. What is wrong is named, not shown: it may be a password."""
    for key, value in options.items():
        texts = value if isinstance(value, list) else [value]
        if any(isinstance(text, bytes) and b"\0" in text for text in texts):
            raise ValueError(f"{key} has a zero byte in it")
