"""usys: CPython's sys under MicroPython's name: on the virtual board the platform is the chip's."""

import sys as _sys
import types as _types
from sys import *

from mote import _mote

if _mote.is_virtual():
    platform = "esp8266"
implementation = _types.SimpleNamespace(name="micropython", version=(1, 22, 0, ""))


def __getattr__(name):
    return getattr(_sys, name)
