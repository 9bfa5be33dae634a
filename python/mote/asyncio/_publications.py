"""Publications from publish() until the broker has taken them."""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass

from mote import _mote_node

from ._error import MoteError
from ._message import Encoded

# With these the engine asks for patience: there is no room before something has been acknowledged.
LATER = ("mqtt.quota", "outbox.full")

WORDS = {"config.invalid": "this is no topic to publish to, or the properties cannot be"}


@dataclass(frozen=True, slots=True)
class Publication:
    topic: bytes
    payload: bytes
    qos: int
    retain: bool
    properties: Encoded | None
    done: asyncio.Future[None]


class Publications:
    """Those of one node, in their order. `on_change` is called when the first begins to wait, and when the last has ended."""

    def __init__(self, handle: _mote_node.Handle, on_change: Callable[[], None]) -> None:
        self._handle = handle
        self._on_change = on_change
        self._waiting: deque[Publication] = deque()  # for room
        self._sent: defaultdict[int, deque[Publication]] = defaultdict(deque)  # by packet identifier
        self._count = 0
        self._rejected = 0  # of the outbox's

    def is_waiting(self) -> bool:
        """Does the program wait for what the broker says?"""
        return self._count > 0 or bool(self._waiting)

    async def publish(self, publication: Publication) -> None:
        """Hands it over, and waits for its end."""
        if self._waiting or not self._hand_over(publication):
            self._waiting.append(publication)
            self._on_change()
        await publication.done

    def turn(self) -> bool:
        """There may be room again. Returns whether the engine has got something, which it sends in its next turn."""
        self._look_for_rejected()
        before = len(self._waiting)
        while self._waiting:
            publication = self._waiting[0]
            if not publication.done.done() and not self._hand_over(publication):
                break
            self._waiting.popleft()
        if before and not self._waiting:
            self._on_change()
        return len(self._waiting) < before

    def _look_for_rejected(self) -> None:
        """What a broker cannot be sent at all, an outbox gives up without a word."""
        rejected = _mote_node.rejected(self._handle)
        if rejected == self._rejected:
            return
        self._rejected = rejected
        for packet_id in [one for one in self._sent if not _mote_node.is_kept(self._handle, one)]:
            self.answered(packet_id, "config.invalid")

    def answered(self, packet_id: int, reason: str) -> None:
        """The broker has taken one, or refused it. Those of an earlier run of the program are nobody's."""
        publications = self._sent.get(packet_id)
        if not publications:
            return
        publication = publications.popleft()
        if not publications:
            del self._sent[packet_id]
        self._count -= 1
        if not publication.done.done():
            _end(publication, reason)
        self._on_change()

    def end(self, error: MoteError) -> None:
        """The node has ended."""
        left = [publication for publications in self._sent.values() for publication in publications]
        for publication in left + list(self._waiting):
            if not publication.done.done():
                publication.done.set_exception(error)
        self._waiting.clear()
        self._sent.clear()
        self._count = 0

    def _hand_over(self, publication: Publication) -> bool:
        answer = _mote_node.publish(self._handle, publication.topic, publication.payload, publication.qos,
                                    publication.retain, publication.properties)
        if answer in LATER:
            return False
        if isinstance(answer, str):
            _end(publication, answer)
        elif answer == 0:
            _end(publication, "")
        else:
            self._sent[answer].append(publication)
            self._count += 1
            self._on_change()
        return True


def _end(publication: Publication, reason: str) -> None:
    if reason:
        publication.done.set_exception(MoteError(reason, publication.topic.decode(), WORDS.get(reason, "")))
    else:
        publication.done.set_result(None)
