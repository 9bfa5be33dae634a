#!/usr/bin/python3
"""machine: pins with their levels and handlers, timers, resets."""

import python_test as p
from python_test import ATTEMPT, Pins, check, run, start
from mote_test import case, check_equal, main


@case("pin-levels")
def logs_electrical_levels(t):
    pins = Pins(t)
    script = ATTEMPT + """
from machine import Pin, Signal
led = Pin(2, Pin.OUT)
print(led.value(), led is Pin(2), led)
led.value(0); led.value(0); led.on(); led(0); print(led(), led.value(1), Pin(4, Pin.OUT, value=1).value())
s = Signal(led, invert=True); s.on(); print(s.value(), led.value())
for bad in (17, 7, -1, 'x', 2 ** 40):
    attempt(Pin, bad)
attempt(Pin, None)
attempt(Pin, 16, Pin.IN, Pin.PULL_UP)
attempt(Pin, 4, 9)
attempt(led.value, 1, 2)
"""
    lines = run(t, script, MOTE_PIN_LOG=pins.path)
    check_equal(lines[:3], ["1 True Pin(2)", "0 None 1", "1 0"], "levels")
    check_equal(lines[3:8], ["ValueError: invalid pin"] * 5, "bad pins")
    check(lines[8].startswith("TypeError:"), lines[8])
    check_equal(lines[9:], ["ValueError: Pin(16) doesn't support pull", "ValueError: invalid pin mode",
                            "TypeError: function expected at most 2 arguments, got 3"], "bad arguments")
    check_equal(pins.lines(), ["pin 2 0", "pin 2 1", "pin 2 0", "pin 2 1", "pin 4 1", "pin 2 0"], "the log")


@case("pin-irq")
def calls_handlers_of_pins_also_while_it_sleeps(t):
    script = """
import time
from machine import Pin
from mote import _mote
seen = []
button = Pin(0, Pin.IN, Pin.PULL_UP)
button.irq(lambda pin: seen.append((pin is button, pin.value())), Pin.IRQ_FALLING)
print(button.value())
for level in (0, 1, 0, -1):
    _mote.pin_drive(0, level)
    while level == 0 and not seen: time.sleep(0.01)
    print(seen, button.value()); seen.clear()
button.irq(None)
_mote.pin_drive(0, 0)
button.value()
print(seen)
"""
    check_equal(run(t, script), ["1", "[(True, 0)] 0", "[] 1", "[(True, 0)] 0", "[] 1", "[]"], "what it says")


@case("pin-irq-arguments")
def changes_a_handler_only_when_it_is_told_to(t):
    script = ATTEMPT + """
import machine
from machine import Pin
from mote import _mote
seen = []
button = Pin(0, Pin.IN, Pin.PULL_UP)
irq = button.irq(handler=lambda pin: seen.append(pin.value()), trigger=Pin.IRQ_FALLING)
print(button.irq() is irq, irq.trigger() == Pin.IRQ_FALLING)
_mote.pin_drive(0, 0)
button.value()
print(seen)
attempt(button.irq, print, hard=True)
attempt(Pin(16).irq, print)
attempt(Pin, 4, Pin.IN, Pin.PULL_DOWN)
led = Pin(2, Pin.OUT, value=1)
led.toggle()
print(led.value())
machine.freq(160000000)
print(machine.freq())
button.irq(None)
"""
    check_equal(run(t, script), ["True True", "[0]", "ValueError: hard IRQ not supported",
                                 "OSError: pin does not have IRQ capabilities",
                                 "ValueError: this pin has no pull-down, but a pull-up", "0", "160000000"], "what it says")


@case("pwm")
def pulses_pins_of_the_virtual_board(t):
    pins = Pins(t)
    script = ATTEMPT + """
from machine import PWM, Pin
led = PWM(Pin(2), freq=500, duty=200)
print(led, led.freq(), led.duty(), Pin(2).value())
led.duty(900)
print(Pin(2).value())
other = PWM(Pin(4))
other.freq(100)
led.duty(1023)
led.duty(0)
led.duty(512)
led.deinit()
attempt(PWM, Pin(16))
attempt(led.freq, 1001)
"""
    check_equal(run(t, script, MOTE_PIN_LOG=pins.path), [
        "PWM(2, freq=500, duty=200) 500 200 0", "1", "OSError: Pin(16) has no PWM", "ValueError: freq is 1 to 1000 Hz"], "what it says")
    check_equal(pins.lines(), ["pin 2 pwm 200 500", "pin 2 pwm 900 500", "pin 2 pwm 900 100", "pin 2 1", "pin 2 0",
                               "pin 2 pwm 512 100", "pin 2 0"], "the log")
    lines = run(t, "from machine import PWM, Pin\nPWM(Pin(2), duty=5)\n", status=1, options=("--board", "linux"))
    check_equal(lines[-1], "OSError: this board has no PWM", "on Linux")


@case("timer-period")
def has_timers_of_any_period(t):
    script = """
import machine, time
from machine import Timer
seen = []
never, often, once = Timer(-1), Timer(-1), Timer(-1)
never.init(callback=lambda t: seen.append('never'))
often.init(freq=100, callback=lambda t: seen.append('often'))
once.init(mode=Timer.ONE_SHOT, period=5, tick_hz=1000, callback=lambda t: seen.append('once'))
while seen.count('often') < 3 or 'once' not in seen: time.sleep(0.001)
print(sorted(set(seen)), seen.count('once'))
state = machine.disable_irq()
count = len(seen)
time.sleep(0.05)
print(len(seen) == count)
machine.enable_irq(state)
while len(seen) == count: pass
for tim in (never, often): tim.deinit()
"""
    check_equal(run(t, script), ["['often', 'once'] 1", "True"], "what it says")


@case("timer")
def runs_timers_whatever_the_script_does(t):
    script = """
import time
from machine import Timer
ticks = []
tim = Timer(-1)
tim.init(period=5, mode=Timer.PERIODIC, callback=lambda t: ticks.append(t is tim))
while len(ticks) < 3: pass
print('computing')
while len(ticks) < 6: time.sleep(0.005)
print('sleeping', all(ticks))
tim.deinit()
once = []
Timer(1).init(period=1, mode=Timer.ONE_SHOT, callback=lambda t: once.append(t))
def wrong(t):
    once.append(t)
    raise ValueError('in a timer')
Timer(2, period=2, mode=Timer.ONE_SHOT, callback=wrong)
while len(once) < 2: time.sleep(0.001)
print('once', len(once))
"""
    lines = run(t, script)
    check_equal([line for line in lines if line.split()[0] in ("computing", "sleeping", "once")],
                ["computing", "sleeping True", "once 2"], "what it says")
    check("ValueError: in a timer" in lines, f"the exception in {lines}")


@case("timer-goes-on")
def goes_on_after_the_script_while_a_timer_runs(t):
    script = """
from machine import Timer
left = [3]
def tick(t):
    left[0] -= 1
    if left[0] == 0:
        t.deinit()
        print('last')
print('end')
Timer(-1).init(period=20, callback=tick)
"""
    check_equal(run(t, script), ["end", "last"], "what it says")


@case("timer-publishes")
def publishes_from_a_timer_while_a_call_waits(t):
    broker = t.mosquitto()
    script = p.client("""
from machine import Timer
c.subscribe('t', 1)
Timer(-1).init(period=5, mode=Timer.ONE_SHOT, callback=lambda t: c.publish('t', 'from the timer', qos=1))
while not got: c.wait_msg()
""")
    check_equal(run(t, script, MOTE_HOSTS=p.hosts(broker.port))[-1], "got b't' b'from the timer'", "the last line")


@case("reset")
def begins_anew(t):
    script = """
import machine, sys
print(machine.reset_cause(), sys.argv[1:], len(machine.unique_id()), machine.freq())
if machine.reset_cause() == machine.PWRON_RESET:
    machine.Timer(-1, period=1000, callback=print)
    machine.reset()
if machine.reset_cause() == machine.SOFT_RESET:
    machine.deepsleep(1)
"""
    check_equal(run(t, script, "a", "-b"), [f"{cause} ['a', '-b'] 4 80000000" for cause in (0, 4, 5)], "what it says")


@case("alarm-at-the-end")
def is_not_killed_by_an_alarm_at_its_end(t):
    script = """
import atexit, sys, time
from machine import Timer
Timer(-1).init(period=1, callback=lambda t: None)
class Late:
    def __del__(self, end=time.monotonic() + 0.05, now=time.monotonic):
        while now() < end: pass
late = sys.late = Late()
sys.exit(0)
"""
    check_equal(run(t, script), [], "what it says")


if __name__ == "__main__":
    main("python/machine")
