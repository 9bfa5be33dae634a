"""ujson: CPython has it all."""

from json import *
