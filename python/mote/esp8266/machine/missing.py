"""What the chip has and no port of Mote: it can be named, so that a script gets as far as it can without."""

import errno


def _missing(name):
    def refuse(*_, **__):
        raise OSError(errno.ENODEV, "%s: this board has none" % name)
    refuse.__name__ = name
    return refuse


I2C = _missing("I2C")
SoftI2C = _missing("SoftI2C")
SPI = _missing("SPI")
SoftSPI = _missing("SoftSPI")
UART = _missing("UART")
bitstream = _missing("bitstream")
time_pulse_us = _missing("time_pulse_us")
