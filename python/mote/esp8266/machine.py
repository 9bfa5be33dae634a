"""machine: pins, timers and the board itself, as MicroPython's port for the ESP8266 has them. The board has no ADC, I2C or SPI."""

import atexit
import os
import signal
import sys
import time

from mote import _mote

PWRON_RESET = 0
WDT_RESET = 1
SOFT_RESET = 4
DEEPSLEEP_RESET = 5
HARD_RESET = 6
DEEPSLEEP = 4

_RESET_CAUSE = "MOTE_RESET_CAUSE"  # for the next life
_LOOK_S = 0.01  # how often inputs with a handler are looked at while the script does something else

_PERIOD_MAX_MS = 0xFFFFFFFF

_pins = {}
_timers = set()
_clock = {"hz": 80000000}
_interrupts = {"on": True}


# --- What happens whatever the script does: an alarm of the system breaks into it, also into time.sleep(). ---

def _set_alarm():
    deadline_ms = _mote.timer_deadline()
    wait_s = 0 if deadline_ms is None else max((deadline_ms - _mote.now_ms()) / 1000, 0.0005)
    if _mote.pins_are_watched():
        wait_s = min(wait_s, _LOOK_S) if wait_s else _LOOK_S
    if wait_s:
        signal.signal(signal.SIGALRM, _on_alarm)
    signal.setitimer(signal.ITIMER_REAL, wait_s)


def _on_alarm(_number, _frame):
    if not _interrupts["on"]:
        return
    try:
        _mote.poll()
    finally:
        _set_alarm()


# Python's end gives the signal back before the alarm is over.
atexit.register(signal.setitimer, signal.ITIMER_REAL, 0)


def is_active():
    """Is there something that happens by itself? Then the board goes on when the script has ended."""
    return bool(_timers) or _mote.pins_are_watched()


# --- Pins ---

class _Irq:
    """What Pin.irq() gives."""

    def __init__(self, pin):
        self._pin = pin
        self._trigger = 0

    def __call__(self):
        self._pin._call()

    def trigger(self, trigger=None):
        before = self._trigger
        if trigger is not None:
            self._pin.irq(self._pin._handler, trigger)
        return before


class Pin:
    """A pin by its number, or on a Linux board by its line's name. Its values are electrical levels."""

    IN = 0
    OUT = 1
    OPEN_DRAIN = 2
    PULL_UP = 1
    PULL_DOWN = 2
    IRQ_RISING = 1
    IRQ_FALLING = 2

    def __new__(cls, id, *_, **__):
        if isinstance(id, Pin):
            return id
        index = _mote.pin_find(id)
        if index not in _pins:
            self = super().__new__(cls)
            self._index = index
            self._id = id
            self._handler = None
            self._irq = _Irq(self)
            _pins[index] = self
        return _pins[index]

    def __init__(self, id, mode=-1, pull=-1, *, value=None, drive=0, alt=-1):
        if mode != -1 or pull not in (-1, None) or value is not None:
            self.init(mode, pull, value=value)

    def init(self, mode=-1, pull=-1, *, value=None, drive=0, alt=-1):
        if mode not in (-1, self.IN, self.OUT, self.OPEN_DRAIN):
            raise ValueError("invalid pin mode")
        if pull is None or (pull == -1 and mode != -1):
            pull = 0
        if pull not in (-1, 0, self.PULL_UP, self.PULL_DOWN):
            raise ValueError("invalid pull")
        _mote.pin_init(self._index, mode, pull, -1 if value is None else int(bool(value)))

    def value(self, *level):
        if not level:
            return _mote.pin_read(self._index)
        if len(level) > 1:
            raise TypeError("function expected at most 2 arguments, got %d" % (len(level) + 1))
        _mote.pin_write(self._index, level[0])
        return None

    __call__ = value

    def on(self):
        _mote.pin_write(self._index, 1)

    def off(self):
        _mote.pin_write(self._index, 0)

    high = on
    low = off

    def toggle(self):
        _mote.pin_write(self._index, not _mote.pin_read(self._index))

    def irq(self, *args, **kwargs):
        """irq(handler=None, trigger=IRQ_RISING | IRQ_FALLING, hard=False). Without any, nothing changes."""
        if args or kwargs:
            self._set_irq(*args, **kwargs)
        return self._irq

    def _set_irq(self, handler=None, trigger=IRQ_RISING | IRQ_FALLING, hard=False):
        if hard:
            raise ValueError("hard IRQ not supported")
        if trigger & ~(self.IRQ_RISING | self.IRQ_FALLING):
            raise ValueError("invalid trigger")
        _mote.pin_irq(self._index, trigger, None if handler is None else self._call)
        self._handler = handler
        self._irq._trigger = trigger if handler is not None else 0
        _set_alarm()

    def _call(self):
        if self._handler is not None:
            self._handler(self)

    def __repr__(self):
        return "Pin(%s)" % (self._id,)


class PWM:
    """Pulses on a pin of the virtual board, as the ESP8266 makes them: all pins have one frequency."""

    _hz = 500
    _running = {}

    def __init__(self, pin, **kwargs):
        self._pin = Pin(pin)
        self._duty = 0
        self.init(**kwargs)

    def init(self, freq=None, duty=None):
        if freq is not None and not 1 <= freq <= 1000:
            raise ValueError("freq is 1 to 1000 Hz")
        if duty is not None:
            self._duty = min(max(duty, 0), 1023)
        PWM._running[self._pin._index] = self
        if freq in (None, PWM._hz):
            self._pulse()
        else:
            PWM._hz = freq
            for other in list(PWM._running.values()):
                other._pulse()

    def _pulse(self):
        _mote.pin_pulse(self._pin._index, self._duty, PWM._hz)

    def freq(self, hz=None):
        return PWM._hz if hz is None else self.init(freq=hz)

    def duty(self, duty=None):
        return self._duty if duty is None else self.init(duty=duty)

    def deinit(self):
        if PWM._running.pop(self._pin._index, None) is not None:
            self._pin.value(0)

    def __repr__(self):
        return "PWM(%s, freq=%d, duty=%d)" % (self._pin._id, PWM._hz, self._duty)


class Signal:
    """A pin with its logical state."""

    def __init__(self, pin, *args, invert=False, **kwargs):
        self._pin = Pin(pin, *args, **kwargs)
        self._invert = bool(invert)

    def value(self, *state):
        if not state:
            return self._pin.value() ^ self._invert
        self._pin.value(bool(state[0]) ^ self._invert)
        return None

    __call__ = value

    def on(self):
        self.value(1)

    def off(self):
        self.value(0)


# --- Timers ---

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
        _timers.add(self)
        _set_alarm()

    def deinit(self):
        self._timer.stop()
        _timers.discard(self)
        _set_alarm()

    def _run(self):
        if self._mode == self.ONE_SHOT:
            _timers.discard(self)
        if self._callback is not None:
            self._callback(self)


# --- The board ---

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


def _begin_anew(cause):
    os.environ[_RESET_CAUSE] = str(cause)
    signal.setitimer(signal.ITIMER_REAL, 0)
    sys.stdout.flush()
    sys.stderr.flush()
    os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])


def reset():
    """Begins anew: the program in this process's place, with all its arguments."""
    _begin_anew(SOFT_RESET)


def soft_reset():
    reset()


def disable_irq():
    """Nothing breaks into the script any more. Gives what enable_irq() takes."""
    before, _interrupts["on"] = _interrupts["on"], False
    return before


def enable_irq(state=True):
    _interrupts["on"] = bool(state)
    _set_alarm()


def idle():
    _mote.poll()


def idle_a_while():
    """Waits for what happens next, or a tenth of a second."""
    _mote.wait_until(_mote.now_ms() + 100)


def lightsleep(ms=None):
    _mote.wait_until(_mote.now_ms() + ms if ms is not None else 2 ** 63)


sleep = lightsleep


def deepsleep(ms=None):
    """The chip wakes up by a reset."""
    while ms is None:
        time.sleep(3600)
    time.sleep(ms / 1000)
    _begin_anew(DEEPSLEEP_RESET)
