"""Tasks that wait until a descriptor can be read or written."""

import select

READ = select.EPOLLIN
WRITE = select.EPOLLOUT


class Place:
    """Where one task waits for one descriptor: a queue, as tasks know it."""

    def __init__(self, fd, events):
        self.fd = fd
        self.events = events
        self._task = None

    def append(self, task):
        self._task = task
        descriptors.add(self)

    def __contains__(self, task):
        return self._task is task

    def remove(self, _task):
        descriptors.discard(self)

    def wake(self):
        descriptors.discard(self)
        self._task.wake()


class Descriptors:
    """All that are waited for. The loop waits for the one that stands for them."""

    def __init__(self):
        self._epoll = None
        self._places = {}  # of each descriptor

    def fileno(self):
        """-1 while nobody waits."""
        return self._epoll.fileno() if self._places else -1

    def add(self, place):
        if self._epoll is None:
            self._epoll = select.epoll()
        places = self._places.get(place.fd, [])
        wanted = place.events
        for other in places:
            wanted |= other.events
        (self._epoll.modify if places else self._epoll.register)(place.fd, wanted)
        self._places[place.fd] = [*places, place]

    def discard(self, place):
        left = [other for other in self._places[place.fd] if other is not place]
        wanted = 0
        for other in left:
            wanted |= other.events
        if left:
            self._places[place.fd] = left
            self._epoll.modify(place.fd, wanted)
        else:
            del self._places[place.fd]
            self._epoll.unregister(place.fd)

    def look(self):
        """Wakes those for whom it is time: also for the end of a connection, which they will meet."""
        if not self._places:
            return
        for fd, events in self._epoll.poll(0):
            for place in list(self._places.get(fd, ())):
                if events & (place.events | select.EPOLLERR | select.EPOLLHUP):
                    place.wake()

    def release(self, fd):
        """It is about to be closed: those who wait for it learn that by trying."""
        for place in list(self._places.get(fd, ())):
            place.wake()


descriptors = Descriptors()
