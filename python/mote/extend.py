"""What MicroPython has in modules whose names CPython has, too. What is there already stays."""

import gc
import os
import sys
import time
import traceback

_PAGE = os.sysconf("SC_PAGE_SIZE")


def mem_free():
    return os.sysconf("SC_AVPHYS_PAGES") * _PAGE


def mem_alloc():
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * _PAGE


def threshold(amount=None):
    """CPython's collector has thresholds of its own."""
    return -1 if amount is None else None


def print_exception(exception, file=None):
    traceback.print_exception(exception, file=file or sys.stdout)


def extend():
    import utime
    for function in utime.OWN:
        setattr(time, function.__name__, function)
    for function in (mem_free, mem_alloc, threshold):
        setattr(gc, function.__name__, function)
    sys.print_exception = print_exception
