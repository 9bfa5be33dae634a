"""The analogue input. No port of Mote has one; that of the virtual board has what MOTE_ADC says."""

import os

from mote import _mote


class ADC:
    """ADC(0) is the pin, ADC(1) the supply's millivolts."""

    def __init__(self, id):
        if id not in (0, 1):
            raise ValueError("ADC(%d) doesn't exist" % id)
        if not _mote.is_virtual():
            raise OSError("this board has no ADC")
        self._is_supply = id == 1

    def read(self):
        """0 to 1024."""
        if self._is_supply:
            return 3300
        try:
            value = int(os.environ.get("MOTE_ADC") or 0)
        except ValueError:
            value = -1
        if not 0 <= value <= 1024:
            raise OSError("MOTE_ADC: is a number of 0 to 1024")
        return value

    def read_u16(self):
        return self.read() * 65535 // 1024

    def __repr__(self):
        return "ADC(%d)" % self._is_supply
