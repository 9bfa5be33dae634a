"""uos: CPython has it all."""

from os import *
