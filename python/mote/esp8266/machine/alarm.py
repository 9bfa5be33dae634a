"""What happens whatever the script does: an alarm of the system breaks into it, also into time.sleep()."""

import atexit
import signal

from mote import _mote

_LOOK_S = 0.01  # how often inputs with a handler are looked at while the script does something else

timers = set()  # those that run
interrupts = {"on": True}


def set_alarm():
    deadline_ms = _mote.timer_deadline()
    wait_s = 0 if deadline_ms is None else max((deadline_ms - _mote.now_ms()) / 1000, 0.0005)
    if _mote.pins_are_watched():
        wait_s = min(wait_s, _LOOK_S) if wait_s else _LOOK_S
    if wait_s:
        signal.signal(signal.SIGALRM, _on_alarm)
    signal.setitimer(signal.ITIMER_REAL, wait_s)


def _on_alarm(_number, _frame):
    if not interrupts["on"]:
        return
    try:
        _mote.poll()
    finally:
        set_alarm()


def stop():
    signal.setitimer(signal.ITIMER_REAL, 0)


# Python's end gives the signal back before the alarm is over.
atexit.register(stop)


def is_active():
    """Is there something that happens by itself? Then the board goes on when the script has ended."""
    return bool(timers) or _mote.pins_are_watched()


def idle_a_while():
    """Waits for what happens next, or a tenth of a second."""
    _mote.wait_until(_mote.now_ms() + 100)
