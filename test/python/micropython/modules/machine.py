"""What of machine the scripts need, on libmote."""

import _script
from network import check


class Pin:
    IN = 0
    OUT = 1

    def __init__(self, number, mode=-1, pull=-1, *, value=-1):
        self.pin = _script.pin_find(number)
        if self.pin < 0:
            raise ValueError("invalid pin")
        check(_script.pin_init(self.pin, mode, pull, value))

    def value(self, *level):
        if not level:
            return _script.pin_read(self.pin)
        check(_script.pin_write(self.pin, int(bool(level[0]))))
