"""ntptime: this machine's clock is set already, and the script's follows it."""

import utime

host = "pool.ntp.org"
timeout = 1
NTP_DELTA = 3155673600


def time():
    """Seconds since 2000, by this machine's clock, whatever the script's has been set to."""
    return utime.system_time()


def settime():
    utime.set_clock(None)
