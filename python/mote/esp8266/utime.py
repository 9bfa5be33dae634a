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


# What `time` has here, too: scripts say that as well.
OWN = (sleep_ms, sleep_us, ticks_ms, ticks_us, ticks_cpu, ticks_add, ticks_diff)
