"""Pulses on pins."""

from mote import _mote

from .pins import Pin


class PWM:
    """Pulses on a pin of the virtual board, as the ESP8266 makes them: all pins have one frequency."""

    _hz = 500
    _running = {}

    def __init__(self, pin, *args, **kwargs):
        self._pin = Pin(pin)
        self._duty = 0
        self.init(*args, **kwargs)

    def init(self, freq=None, duty=None, duty_u16=None, duty_ns=None):
        if freq is not None and not 1 <= freq <= 1000:
            raise ValueError("freq is 1 to 1000 Hz")
        if duty_u16 is not None:
            duty = duty_u16 * 1024 // 65535
        if duty_ns is not None:
            duty = duty_ns * (freq or PWM._hz) // 976562  # a 1024th of a second
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

    def duty_u16(self, duty=None):
        return self._duty * 65535 // 1024 if duty is None else self.init(duty_u16=duty)

    def duty_ns(self, duty=None):
        return self._duty * 976563 // PWM._hz if duty is None else self.init(duty_ns=duty)

    def deinit(self):
        if PWM._running.pop(self._pin._index, None) is not None:
            self._pin.value(0)

    def __repr__(self):
        pulses = ", freq=%d, duty=%d" % (PWM._hz, self._duty) if self._pin._index in PWM._running else ""
        return "PWM(%s%s)" % (self._pin._id, pulses)
