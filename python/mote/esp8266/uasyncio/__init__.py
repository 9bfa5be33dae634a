"""uasyncio: MicroPython's tasks, on Mote's scheduler. Not CPython's asyncio, which stays what it is under its own name."""

from .core import (CancelledError, Loop, Task, TimeoutError, create_task, current_task, get_event_loop, has_failed,
                   new_event_loop, run, run_until_complete, sleep, sleep_ms)
from .funcs import gather, wait_for, wait_for_ms
from .sync import Event, Lock, ThreadSafeFlag

__version__ = (3, 0, 0)


def __getattr__(name):
    """Sockets and TLS are for those who ask for them."""
    if name not in ("Server", "Stream", "StreamReader", "StreamWriter", "open_connection", "start_server"):
        raise AttributeError("'module' object has no attribute '%s'" % name)
    from . import stream
    return getattr(stream, name)
