"""ucollections: CPython has it all."""

from collections import *
