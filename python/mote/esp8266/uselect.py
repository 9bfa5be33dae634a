"""uselect: CPython's, but poll() gives the objects that it was given, as MicroPython's does."""

import select as _select
from select import *


class poll:
    def __init__(self):
        self._poll = _select.poll()
        self._objects = {}

    def register(self, obj, eventmask=POLLIN | POLLOUT):
        fd = obj if isinstance(obj, int) else obj.fileno()
        self._poll.register(fd, eventmask)
        self._objects[fd] = obj

    def unregister(self, obj):
        for fd in [fd for fd, other in self._objects.items() if other is obj]:
            self._poll.unregister(fd)
            del self._objects[fd]

    def modify(self, obj, eventmask):
        fd = obj if isinstance(obj, int) else obj.fileno()
        if fd not in self._objects:
            raise OSError(2, "ENOENT")
        self._poll.modify(fd, eventmask)

    def poll(self, timeout=-1):
        return [(self._objects[fd], events) for fd, events in self._poll.poll(timeout)]

    def ipoll(self, timeout=-1, flags=0):
        return iter(self.poll(timeout))
