"""usys: CPython has it all."""

from sys import *
