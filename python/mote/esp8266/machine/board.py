"""The board itself: its name, its clock, sleeping and beginning anew."""

import os
import sys
import time

from mote import _mote

from . import alarm, rtc

PWRON_RESET = 0
WDT_RESET = 1
SOFT_RESET = 4
DEEPSLEEP_RESET = 5
HARD_RESET = 6
DEEPSLEEP = 4

_RESET_CAUSE = "MOTE_RESET_CAUSE"  # for the next life

_clock = {"hz": 80000000}


def unique_id():
    return bytes(reversed(_mote.wlan_mac(0)[3:])) + b"\0"


def freq(hz=None):
    if hz not in (None, 80000000, 160000000):
        raise ValueError("frequency can only be either 80Mhz or 160MHz")
    if hz is None:
        return _clock["hz"]
    _clock["hz"] = hz
    return None


def reset_cause():
    return int(os.environ.get(_RESET_CAUSE, PWRON_RESET))


def begin_anew(cause):
    os.environ[_RESET_CAUSE] = str(cause)
    alarm.stop()
    sys.stdout.flush()
    sys.stderr.flush()
    os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])


def reset():
    """Begins anew: the program in this process's place, with all its arguments."""
    begin_anew(SOFT_RESET)


def soft_reset():
    reset()


def disable_irq():
    """Nothing breaks into the script any more. Gives what enable_irq() takes."""
    before, alarm.interrupts["on"] = alarm.interrupts["on"], False
    return before


def enable_irq(state=True):
    alarm.interrupts["on"] = bool(state)
    alarm.set_alarm()


def idle():
    _mote.poll()


def lightsleep(ms=None):
    _mote.wait_until(_mote.now_ms() + ms if ms is not None else 2 ** 63)


sleep = lightsleep


def deepsleep(ms=None):
    """The chip wakes up by a reset: after that time, or at the clock's alarm."""
    waits = [wait for wait in (ms, rtc.wake_ms()) if wait is not None]
    while not waits:
        time.sleep(3600)
    time.sleep(max(min(waits), 0) / 1000)
    begin_anew(DEEPSLEEP_RESET)
