"""ubinascii: CPython has it all."""

from binascii import *
