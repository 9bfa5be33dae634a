"""uzlib: CPython has it all."""

from zlib import *
