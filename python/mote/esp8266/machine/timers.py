"""Timers, and the watchdog, which is one."""

from mote import _mote

from . import alarm
from .board import WDT_RESET, begin_anew

_PERIOD_MAX_MS = 0xFFFFFFFF


class Timer:
    """A timer of software; as many as one likes, whatever their numbers."""

    ONE_SHOT = 0
    PERIODIC = 1

    def __init__(self, id=-1, **kwargs):
        self._callback = None
        self._mode = self.PERIODIC
        self._timer = _mote.Timer(self._run, False)
        if kwargs:
            self.init(**kwargs)

    def init(self, *, mode=PERIODIC, callback=None, period=_PERIOD_MAX_MS, tick_hz=1000, freq=None, hard=False):
        ms = 1000 / freq if freq is not None else period * 1000 / tick_hz
        self.deinit()
        self._callback = callback
        self._mode = mode
        self._timer.start(min(max(round(ms), 1), _PERIOD_MAX_MS), mode == self.PERIODIC)
        alarm.timers.add(self)
        alarm.set_alarm()

    def deinit(self):
        self._timer.stop()
        alarm.timers.discard(self)
        alarm.set_alarm()

    def _run(self):
        if self._mode == self.ONE_SHOT:
            alarm.timers.discard(self)
        if self._callback is not None:
            self._callback(self)


class WDT:
    """Resets the board unless it is fed. There is no way to stop it."""

    _TIMEOUT_MS = 5000  # the chip's, which cannot be changed

    _timer = None

    def __init__(self, id=0, timeout=_TIMEOUT_MS):
        if id != 0 or timeout != self._TIMEOUT_MS:
            raise ValueError
        if WDT._timer is None:
            WDT._timer = Timer(-1)
        self.feed()

    def feed(self):
        WDT._timer.init(mode=Timer.ONE_SHOT, period=self._TIMEOUT_MS, callback=lambda _timer: begin_anew(WDT_RESET))
