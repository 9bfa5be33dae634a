"""The clock, and the memory that outlasts deep sleep."""

import os

import utime

_MEMORY = "MOTE_RTC_MEMORY"  # for the next life
_MEMORY_MAX = 492

alarm = {"at_ms": None, "wakes": False}


def _now_ms():
    return utime.time_ns() // 1000000


class RTC:
    ALARM0 = 0

    def datetime(self, when=None):
        """(year, month, day, weekday, hour, minute, second, millisecond). Setting it sets the script's clock, not this machine's."""
        if when is None:
            ms = _now_ms()
            year, month, day, hour, minute, second, weekday, _ = utime.gmtime(ms // 1000)
            return year, month, day, weekday, hour, minute, second, ms % 1000
        if len(when) != 8:
            raise ValueError("requested length 8 but object has length %d" % len(when))
        year, month, day, _, hour, minute, second, ms = when
        utime.set_clock(utime.mktime((year, month, day, hour, minute, second, 0, 0)) * 1000 + ms)
        return None

    def memory(self, data=None):
        """What survives a reset and deep sleep, up to 492 bytes."""
        if data is None:
            return bytes.fromhex(os.environ.get(_MEMORY, ""))
        data = data.encode() if isinstance(data, str) else bytes(data)
        if len(data) > _MEMORY_MAX:
            raise ValueError("buffer too long")
        os.environ[_MEMORY] = data.hex()
        return None

    def alarm(self, alarm_id, time):
        self._check(alarm_id)
        alarm["at_ms"] = _now_ms() + time

    def alarm_left(self, alarm_id=0):
        self._check(alarm_id)
        return 0 if alarm["at_ms"] is None else max(alarm["at_ms"] - _now_ms(), 0)

    def irq(self, *, trigger=0, wake=0):
        """The alarm wakes the board up."""
        self._check(trigger)
        alarm["wakes"] = bool(wake & 4)  # DEEPSLEEP

    @staticmethod
    def _check(alarm_id):
        if alarm_id != 0:
            raise ValueError("invalid alarm")


def wake_ms():
    """How long until the alarm wakes the board up; None: it does not."""
    return RTC().alarm_left() if alarm["wakes"] else None
