"""uos: CPython has it all, but for what mote.extend adds."""

from os import *
from os import dupterm, ilistdir
