"""urandom: CPython has it all."""

from random import *
