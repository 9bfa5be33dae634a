"""uio: CPython has it all."""

from io import *
