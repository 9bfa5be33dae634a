"""uerrno: CPython has it all."""

from errno import *
