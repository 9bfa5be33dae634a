"""uhashlib: CPython has it all."""

from hashlib import *
