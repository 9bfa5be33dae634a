"""uheapq: CPython has it all."""

from heapq import *
