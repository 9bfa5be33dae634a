"""ustruct: CPython has it all."""

from struct import *
