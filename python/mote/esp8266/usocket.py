"""usocket: CPython has it all."""

from socket import *
