"""uselect: CPython has it all."""

from select import *
