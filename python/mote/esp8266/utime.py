"""utime: CPython's time, with what MicroPython has beside it."""

import time as _time
from time import *

_PERIOD = 1 << 30  # of ticks, as on the ESP8266
_HALF = _PERIOD // 2


def sleep_ms(ms):
    _time.sleep(max(ms, 0) / 1000)


def sleep_us(us):
    _time.sleep(max(us, 0) / 1000000)


def ticks_ms():
    return _time.monotonic_ns() // 1000000 % _PERIOD


def ticks_us():
    return _time.monotonic_ns() // 1000 % _PERIOD


def ticks_cpu():
    return _time.monotonic_ns() % _PERIOD


def ticks_add(ticks, delta):
    return (ticks + delta) % _PERIOD


def ticks_diff(end, start):
    return (end - start + _HALF) % _PERIOD - _HALF


# --- The calendar: whole seconds, and tuples of eight. They count from 1970, as on MicroPython for PCs; gmtime(0) tells. ---

def time():
    return int(_time.time())


def localtime(secs=None):
    return tuple(_time.localtime(secs))[:8]


def gmtime(secs=None):
    return tuple(_time.gmtime(secs))[:8]


def mktime(when):
    return int(_time.mktime((*when[:8], -1)))


def strftime(form, when=None):
    """MicroPython has none; this one takes its tuples."""
    return _time.strftime(form, localtime() if when is None else (*when[:8], -1))
