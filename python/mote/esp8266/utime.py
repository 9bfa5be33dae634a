"""utime: time as the ESP8266 has it: whole seconds since 2000, no time zones, and a clock that the script may set."""

import calendar as _calendar
import os as _os
import time as _time
from time import *

_PERIOD = 1 << 30  # of ticks, as on the ESP8266
_HALF = _PERIOD // 2
_EPOCH_S = 946684800  # 2000-01-01, by this machine's clock
_SHIFT = "MOTE_CLOCK_SHIFT"  # milliseconds between this machine's clock and the script's, for the next life, too


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


# --- The calendar ---

def time_ns():
    return _time.time_ns() + (int(_os.environ.get(_SHIFT, 0)) - _EPOCH_S * 1000) * 1000000


def time():
    return time_ns() // 1000000000


def system_time():
    """By this machine's clock, whatever the script's has been set to."""
    return int(_time.time()) - _EPOCH_S


def set_clock(ms):
    """For RTC and ntptime: how late it is; None: as this machine's clock has it."""
    _os.environ[_SHIFT] = str(0 if ms is None else ms + _EPOCH_S * 1000 - _time.time_ns() // 1000000)


def gmtime(secs=None):
    """(year, month, day, hour, minute, second, weekday, day of the year)."""
    return tuple(_time.gmtime((time() if secs is None else secs) + _EPOCH_S))[:8]


localtime = gmtime


def mktime(when):
    return _calendar.timegm((*when[:6], 0, 0, 0)) - _EPOCH_S


def strftime(form, when=None):
    """MicroPython has none; this one takes its tuples."""
    year, month, day, hour, minute, second, weekday, yearday = (gmtime() if when is None else when)[:8]
    return _time.strftime(form, (year, month, day, hour, minute, second, weekday, yearday, 0))
