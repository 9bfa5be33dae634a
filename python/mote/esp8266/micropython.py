"""micropython: what scripts say to the interpreter. CPython compiles by itself, and has memory."""

import gc

import machine


def const(value):
    return value


def native(function):
    return function


viper = native


def opt_level(level=None):
    return 0 if level is None else None


def alloc_emergency_exception_buf(size):
    pass


def kbd_intr(character):
    pass


def mem_info(verbose=False):
    print("mem: used=%d, free=%d" % (gc.mem_alloc(), gc.mem_free()))


def schedule(function, argument):
    """Calls it soon, as a timer's callback."""
    machine.Timer(-1).init(mode=machine.Timer.ONE_SHOT, period=0, callback=lambda _timer: function(argument))
