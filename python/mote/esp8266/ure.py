"""ure: CPython has it all."""

from re import *
