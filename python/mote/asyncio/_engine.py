"""The engine's loop inside asyncio's: there is one in a process, for all nodes."""

import asyncio
import os
from typing import Protocol

from mote import _mote_node


AFTER_FAILURE_MS = 1000


class Turning(Protocol):
    """What has turns."""

    def turn(self) -> int:
        """Does what there is to do; returns how many milliseconds from now there is more, -1: never."""

    def abandon(self) -> None:
        """Its event loop is closed: it ends without one."""


class Engine:
    """Lets nodes have their turns, when something has come or it is time, and never waits."""

    def __init__(self) -> None:
        self._nodes: list[Turning] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        self._process = 0
        self._soon: asyncio.Handle | None = None
        self._later: asyncio.TimerHandle | None = None

    def add(self, node: Turning) -> None:
        """Begins to serve a node, in the loop that runs."""
        loop = asyncio.get_running_loop()
        if self._process not in (0, os.getpid()):
            raise RuntimeError("mote.asyncio had a node in the process that this one was forked from: "
                               "start processes with `spawn`, or fork before the first node")
        if self._loop is not None and self._loop.is_closed():
            self._abandon()
        if self._nodes and self._loop is not loop:
            raise RuntimeError("mote.asyncio already has nodes in another event loop of this process: all have to be in one")
        self._process = os.getpid()
        if not self._nodes:
            self._loop = loop
            loop.add_reader(_mote_node.fd(), self._turn)
        self._nodes.append(node)
        self.wake()

    def _abandon(self) -> None:
        for node in list(self._nodes):
            node.abandon()

    def remove(self, node: Turning) -> None:
        """Ends that."""
        self._nodes.remove(node)
        if self._nodes or self._loop is None:
            return
        self._cancel()
        if not self._loop.is_closed():
            self._loop.remove_reader(_mote_node.fd())
        self._loop = None

    def wake(self) -> None:
        """A turn is due. What comes together has one."""
        if self._soon is None and self._loop is not None:
            self._soon = self._loop.call_soon(self._turn)

    def _cancel(self) -> None:
        for handle in (self._soon, self._later):
            if handle is not None:
                handle.cancel()
        self._soon = self._later = None

    def _turn(self) -> None:
        if self._loop is None:
            return
        self._cancel()
        _mote_node.wait()
        delays = [delay for node in list(self._nodes) if (delay := self._turn_of(node)) >= 0]
        if delays and self._loop is not None:
            self._later = self._loop.call_later(min(delays) / 1000, self._turn)

    def _turn_of(self, node: Turning) -> int:
        """What goes wrong with one must not keep the others from their turns, nor itself from the next."""
        try:
            return node.turn()
        except Exception as error:
            if self._loop is not None:
                self._loop.call_exception_handler({"message": f"the turn of {node!r} has failed", "exception": error})
            return AFTER_FAILURE_MS


engine = Engine()
