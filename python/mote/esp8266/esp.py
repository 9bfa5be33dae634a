"""esp: what scripts say to the chip itself, which is not here."""

SLEEP_NONE = 0
SLEEP_LIGHT = 1
SLEEP_MODEM = 2

_state = {"sleep": SLEEP_MODEM}


def osdebug(uart, level=None):
    """The vendor's system is not here, and says nothing."""


def sleep_type(sleep=None):
    if sleep is None:
        return _state["sleep"]
    _state["sleep"] = sleep
    return None


def flash_size():
    return 4 * 1024 * 1024
