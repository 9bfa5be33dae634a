"""ussl: CPython has it all."""

from ssl import *
