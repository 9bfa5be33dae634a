"""Pins. Their values are electrical levels."""

from mote import _mote

from .alarm import set_alarm

_pins = {}


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
        set_alarm()

    def _call(self):
        if self._handler is not None:
            self._handler(self)

    def __repr__(self):
        return "Pin(%s)" % (self._id,)


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
