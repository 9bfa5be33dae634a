"""Subscriptions: messages in a queue of limited length."""

import asyncio
from types import TracebackType
from typing import Literal, Protocol

from ._error import MoteError
from ._message import Message, check_qos, encode_topic

Overflow = Literal["wait", "drop_oldest", "drop_newest"]


class Source(Protocol):
    """Where messages come from."""

    def took(self) -> None:
        """There is room again."""

    def leave(self, subscription: "Subscription") -> None:
        """It is not wanted any more."""

    def forget(self, topic_filter: str) -> None:
        """Somebody who had this filter is gone."""


class Subscription:
    """Messages of one topic filter, made by Node.subscribe(): an asynchronous iterator of Message, which several tasks may share. As an
    asynchronous context manager it begins once the broker has granted it. It ends with close(), with its `async with`, with the node, or
    when nobody has it any more."""

    def __init__(self, source: Source, loop: asyncio.AbstractEventLoop, topic_filter: str, *, qos: int, retained: bool,
                 queue_size: int, overflow: Overflow) -> None:
        check_qos(qos)
        encode_topic(topic_filter)
        if queue_size < 1:
            raise ValueError("queue_size is 1 or more")
        if overflow not in ("wait", "drop_oldest", "drop_newest"):
            raise ValueError("overflow is 'wait', 'drop_oldest' or 'drop_newest'")
        self.filter = topic_filter
        self.qos = qos
        self.retained = retained
        self.queue_size = queue_size
        self.overflow = overflow
        self.dropped = 0  #: messages that were lost for want of room
        self._source = source
        self._loop = loop
        self._queue: asyncio.Queue[Message | MoteError | None] = asyncio.Queue()
        self._granted: asyncio.Future[None] = loop.create_future()
        self._granted.add_done_callback(_look_at)
        self._closed = False

    # --- For programs ---

    def __aiter__(self) -> "Subscription":
        return self

    async def __anext__(self) -> Message:
        if self._closed and self._queue.empty():
            raise StopAsyncIteration
        item = await self._queue.get()
        if isinstance(item, Message):
            self._source.took()
            return item
        self._queue.put_nowait(None)  # for others that wait
        if item is None:
            raise StopAsyncIteration
        raise item

    async def granted(self) -> None:
        """Returns once the broker has granted it. Raises MoteError if it refuses, or the node has ended before."""
        await asyncio.shield(self._granted)

    def waiting(self) -> int:
        """How many messages wait."""
        return self._queue.qsize()

    def close(self) -> None:
        """Wants no more. What waits can still be taken."""
        if not self._closed:
            self._source.leave(self)
            self.end(None)

    async def __aenter__(self) -> "Subscription":
        try:
            await self.granted()
        except BaseException:
            self.close()
            raise
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None,
                        trace: TracebackType | None) -> None:
        self.close()

    def __del__(self) -> None:
        if not getattr(self, "_closed", True) and not self._loop.is_closed():
            self._closed = True
            self._loop.call_soon_threadsafe(self._source.forget, self.filter)

    def __repr__(self) -> str:
        return f"<Subscription {self.filter!r} qos={self.qos} waiting={self.waiting()}{' closed' * self._closed}>"

    # --- For the node ---

    def is_full(self) -> bool:
        return self.overflow == "wait" and self._queue.qsize() >= self.queue_size

    def has_room(self) -> bool:
        return self.overflow != "wait" or self._queue.qsize() <= self.queue_size // 2

    def put(self, message: Message) -> None:
        if message.retain and not self.retained or self._closed:
            return
        if self._queue.qsize() < self.queue_size or self.overflow == "wait" and message.qos > 0:
            self._queue.put_nowait(message)
            return
        self.dropped += 1
        if self.overflow == "drop_oldest":
            self._queue.get_nowait()
            self._queue.put_nowait(message)

    def grant(self) -> None:
        if not self._granted.done():
            self._granted.set_result(None)

    def is_granted(self) -> bool:
        return self._granted.done()

    def end(self, error: MoteError | None) -> None:
        """It brings no more messages, since this has gone wrong or it is not wanted."""
        if self._closed:
            return
        self._closed = True
        self._queue.put_nowait(error)
        if not self._granted.done():
            self._granted.set_exception(error or MoteError("tcp.reset", self.filter, "the subscription was closed"))


def _look_at(future: "asyncio.Future[None]") -> None:
    """Nobody has to wait for it: then it is no error that nobody has looked at."""
    if not future.cancelled():
        future.exception()

