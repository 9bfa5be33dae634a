"""Nodes."""

from __future__ import annotations

import asyncio
import inspect
import os
import secrets
import weakref
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Any, Literal, cast

from mote import _mote_node

from ._engine import engine
from ._error import MoteError
from ._message import Message, Properties, Will, check_qos, decode_properties, encode_payload, encode_topic
from ._options import Version, make_options
from ._publications import Publication, Publications
from ._subscription import Overflow, Subscription
from ._tls import TLS

Name = Literal["stopped", "connecting", "online", "waiting"]
Handler = Callable[[Message], Awaitable[None] | None]

WITH_RETAINED = 0x80
GRANTED, REFUSED = 2, 3  # enum mote_node_subscription

STOP_S = 10.0  # five times as long as the engine takes for a goodbye: then it does not get its turns, and the connection is cut

# What no waiting cures: somebody has to change something.
LASTING = ("mqtt.bad_auth", "mqtt.not_authorized", "mqtt.bad_version", "mqtt.client_id", "mqtt.taken_over", "tls.untrusted",
           "tls.name", "config.invalid")


@dataclass(frozen=True, slots=True)
class State:
    """How a node is."""

    name: Name  #: "waiting" is before the next attempt
    reason: str | None = None  #: why it is not online, or what has not gone as it should since it is
    words: str = ""  #: what there is to say beyond the reason; never a secret

    @property
    def online(self) -> bool:
        return self.name == "online"

    def __str__(self) -> str:
        return f"{self.name} ({self.reason})" if self.reason else self.name


@dataclass(slots=True)
class _Wanted:
    """What @node.on() has asked for."""

    handler: Handler
    topic_filter: str
    qos: int
    retained: bool
    queue_size: int
    overflow: Overflow


class Node:
    """A client of a broker that keeps itself connected. Everything about it happens in the event loop in which it was started.

    url           mqtt://, mqtts://, ws://, wss:// or unix://; several are tried in turn, with a way back to the first
    name          the client id, 1 to 64 bytes without / + #; None: one at random
    username      and password, if they are not in the URL; never shown
    version       "3.1.1" or "5"
    keep_alive    seconds
    will          what the broker publishes if this node is lost
    tls           how TLS is to be, for mqtts:// and wss://
    keep_session  the broker keeps what comes while this node is away; None: with an outbox. It needs a name
    session_expiry   MQTT 5: for so many seconds; None: for ever
    outbox        a folder, made if it is missing: what is published with QoS 1 and 2 survives restarts and power cuts there, in the
                  file NAME.outbox. It needs a name
    outbox_size   bytes, 12 288 and more
    connect_timeout  how long start() waits for the broker, in seconds. 0: not at all; None: for ever
    retry_delay   seconds from and to which attempts are spread at random, later ones more than the first
    way_back      seconds; with several URLs: how often the first is looked at, about
    payload_max   larger messages are left out
    bind_address, proxy  this side's address; socks5h://[USER[:PASSWORD]@]HOST[:PORT]
    """

    def __init__(self, url: str | Sequence[str], *, name: str | None = None, username: str | None = None,
                 password: str | None = None, version: Version = "3.1.1", keep_alive: int = 60, will: Will | None = None,
                 tls: TLS | None = None, keep_session: bool | None = None, session_expiry: int | None = None,
                 outbox: str | os.PathLike[str] | None = None, outbox_size: int = 1 << 20,
                 connect_timeout: float | None = 30.0, retry_delay: tuple[float, float] = (1.0, 30.0),
                 way_back: float = 300.0, payload_max: int = 1 << 26, bind_address: str | None = None,
                 proxy: str | None = None) -> None:
        urls = [url] if isinstance(url, str) else list(url)
        if name is None and (outbox is not None or keep_session):
            raise ValueError("an outbox and keep_session need a name: the broker knows the session by it")
        if connect_timeout is not None and connect_timeout < 0:
            raise ValueError("connect_timeout is 0 or more seconds, or None")
        if payload_max < 0:
            raise ValueError("payload_max is 0 or more bytes")
        self.name = name if name is not None else f"mote-{secrets.token_hex(6)}"
        self.version: Version = version
        self._options = make_options(
            urls, self.name, username=username, password=password, version=version, keep_alive=keep_alive, will=will, tls=tls,
            keep_session=outbox is not None if keep_session is None else keep_session, session_expiry=session_expiry,
            outbox=outbox, outbox_size=outbox_size, retry_delay=retry_delay, way_back=way_back, bind_address=bind_address,
            proxy=proxy)
        self._has_fallbacks = len(urls) > 1
        self._connect_timeout = connect_timeout
        self._payload_max = payload_max
        self._handle: _mote_node.Handle | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._state = State("stopped")
        self._watchers: list[asyncio.Queue[State | None]] = []
        self._publications: Publications | None = None
        self._subscriptions: dict[str, list[weakref.ref[Subscription]]] = {}
        self._wanted: list[_Wanted] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._held = False
        self._answers: dict[bytes, asyncio.Future[Message]] = {}
        self._answer_topic = ""

    # --- Starting and stopping ---

    async def start(self) -> None:
        """Connects. Returns once it is online, or at once with connect_timeout=0. Raises MoteError if that cannot be: at once for what no
        waiting cures, as a wrong password; else with the last reason when the time is up. Then the node is stopped."""
        if self._handle is not None:
            raise RuntimeError("the node is started already")
        loop = asyncio.get_running_loop()
        handle = self._open()
        try:
            engine.add(self)
        except BaseException:
            _mote_node.close(handle)
            raise
        self._handle, self._loop = handle, loop
        self._publications = Publications(handle, self._on_publications)
        self._on_state()
        for wanted in self._wanted:
            self._serve(wanted)
        try:
            await self._come_online()
        except BaseException:
            self._close(MoteError(self._state.reason or "tcp.timeout", self._where()))
            raise

    async def stop(self) -> None:
        """Says goodbye: waits for up to two seconds for what the broker has not taken yet, and disconnects. What is still under way then
        ends with MoteError; with an outbox it is delivered after the next start. Cancelled, it cuts the connection at once."""
        if self._handle is None:
            return
        _mote_node.stop(self._handle)
        engine.wake()
        try:
            async with asyncio.timeout(STOP_S):
                async for state in self.states():
                    if state.name == "stopped":
                        break
        except TimeoutError:
            pass
        finally:
            self._close(MoteError("tcp.reset", self._where(), "the node was stopped before the broker had this"))

    async def __aenter__(self) -> "Node":
        await self.start()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None,
                        trace: TracebackType | None) -> None:
        await self.stop()

    def _open(self) -> _mote_node.Handle:
        options = self._options | {"on_state": self._on_state, "on_published": self._on_published}
        handle = _mote_node.open(options)
        if isinstance(handle, tuple):
            raise MoteError(*handle)
        return handle

    async def _come_online(self) -> None:
        if self._connect_timeout == 0:
            return
        try:
            async with asyncio.timeout(self._connect_timeout):
                async for state in self.states():
                    if state.online:
                        return
                    if state.name == "waiting" and state.reason in LASTING and not self._has_fallbacks:
                        raise self._error(state)
        except TimeoutError:
            raise self._error(self._state) from None

    def _error(self, state: State) -> MoteError:
        return MoteError(state.reason or "tcp.timeout", self._where(), state.words)

    def _where(self) -> str:
        return _mote_node.broker(self._handle) if self._handle is not None else self.name

    def _close(self, error: MoteError) -> None:
        handle, self._handle = self._handle, None
        if handle is None:
            return
        engine.remove(self)
        _mote_node.close(handle)
        if self._publications is not None:
            self._publications.end(error)
        for subscription in self._all_subscriptions():
            subscription.end(None)
        self._subscriptions.clear()
        self._held = False
        self._answer_topic = ""
        for answer in self._answers.values():
            if not answer.done():
                answer.set_exception(error)
        self._tell(State("stopped", self._state.reason, self._state.words))
        for watcher in self._watchers:
            watcher.put_nowait(None)

    # --- State ---

    @property
    def state(self) -> State:
        """How it is now."""
        return self._state

    async def states(self) -> AsyncIterator[State]:
        """How it is now, then each change, until the node has ended."""
        watcher: asyncio.Queue[State | None] = asyncio.Queue()
        self._watchers.append(watcher)
        try:
            yield self._state
            while self._handle is not None or not watcher.empty():
                state = await watcher.get()
                if state is None:
                    return
                yield state
        finally:
            self._watchers.remove(watcher)

    async def wait_online(self) -> None:
        """Returns when it is online. Raises MoteError if the node has ended."""
        async for state in self.states():
            if state.online:
                return
        raise self._error(self._state)

    @property
    def broker(self) -> str:
        """Which broker it is with, or tries, without user and password; "" while it is stopped."""
        return _mote_node.broker(self._handle) if self._handle is not None else ""

    @property
    def kept(self) -> int:
        """How many messages wait in the outbox; 0 without one."""
        return max(0, _mote_node.kept(self._started()))

    def __repr__(self) -> str:
        return " ".join(part for part in ("<Node", repr(self.name), self.broker, f"{self._state}>") if part)

    def _on_state(self) -> None:
        if self._handle is None:
            return
        name, reason, words = _mote_node.state(self._handle)
        if name == "online":
            words = ""  # what there are is of a connection that has failed, whosever it is
        self._tell(State(cast(Name, name), reason or None, words))

    def _tell(self, state: State) -> None:
        if state == self._state:
            return
        self._state = state
        for watcher in self._watchers:
            watcher.put_nowait(state)

    # --- Publishing ---

    async def publish(self, topic: str, payload: bytes | bytearray | memoryview | str = b"", *, qos: int = 0,
                      retain: bool = False, properties: Properties | None = None) -> None:
        """Publishes, and returns when the exchange is complete: with QoS 1 the broker has the message, with QoS 2 it has it exactly once;
        with QoS 0 it is on its way. With QoS 1 and 2 that may take as long as an outage; with QoS 0, offline, MoteError is raised
        with what is wrong. While there is no room it waits; messages leave in the order of the calls.

        If it is cancelled, also by asyncio.timeout(), a message that waited for room is not sent; one that the engine has taken is
        delivered all the same, only nobody is told."""
        check_qos(qos)
        if properties is not None and self.version != "5":
            raise ValueError('properties need version="5"')
        self._started()
        assert self._publications is not None
        publication = Publication(encode_topic(topic), encode_payload(payload), qos, retain,
                                  properties.encode() if properties is not None else None,
                                  asyncio.get_running_loop().create_future())
        engine.wake()  # afterwards
        await self._publications.publish(publication)

    def _on_published(self, packet_id: int, reason: str) -> None:
        if self._publications is not None:
            self._publications.answered(packet_id, reason)

    async def request(self, topic: str, payload: bytes | str = b"", *, qos: int = 1,
                      properties: Properties = Properties()) -> Message:
        """MQTT 5: publishes with a response topic of this node's own, and returns the first response. Without one it waits: use
        asyncio.timeout()."""
        if self.version != "5":
            raise ValueError('requests need version="5"')
        await self._listen_for_answers()
        correlation = secrets.token_bytes(8)
        answer: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
        self._answers[correlation] = answer
        try:
            await self.publish(topic, payload, qos=qos, properties=replace(
                properties, response_topic=self._answer_topic, correlation_data=correlation))
            return await answer
        finally:
            del self._answers[correlation]

    async def _listen_for_answers(self) -> None:
        if not self._answer_topic:
            self._answer_topic = f"{self.name}/response/{secrets.token_hex(6)}"
            self._serve(_Wanted(self._on_answer, self._answer_topic, 1, True, 1000, "wait"))
        for reference in self._subscriptions.get(self._answer_topic, []):
            subscription = reference()
            if subscription is not None:
                await subscription.granted()

    def _on_answer(self, message: Message) -> None:
        answer = self._answers.get(message.properties.correlation_data or b"")
        if answer is not None and not answer.done():
            answer.set_result(message)

    # --- Subscribing ---

    def subscribe(self, topic_filter: str, *, qos: int = 1, retained: bool = True, queue_size: int = 1000,
                  overflow: Overflow = "wait") -> Subscription:
        """Asks for the messages of a topic filter, now and after each reconnect. See Subscription.

        qos         the highest to be used on the way here
        retained    also what the broker has kept; a reconnect brings it again
        queue_size  so many messages wait until the program takes them
        overflow    what happens then: "wait" takes no more from the broker, for the whole node; "drop_oldest", "drop_newest"
        """
        handle = self._started()
        assert self._loop is not None
        subscription = Subscription(self, self._loop, topic_filter, qos=qos, retained=retained, queue_size=queue_size,
                                    overflow=overflow)
        others = self._subscriptions.setdefault(topic_filter, [])
        others.append(weakref.ref(subscription))
        try:
            self._ask_for(handle, topic_filter)
        except MoteError:
            self.leave(subscription)
            subscription.end(None)
            raise
        engine.wake()
        return subscription

    def on(self, topic_filter: str, *, qos: int = 1, retained: bool = True, queue_size: int = 1000,
           overflow: Overflow = "wait") -> Callable[[Handler], Handler]:
        """Has a function called, or a coroutine function awaited, for each message of a topic filter, one after the other; also before the
        node is started. An exception goes to the event loop's exception handler, and the next message comes."""
        def add(handler: Handler) -> Handler:
            wanted = _Wanted(handler, topic_filter, qos, retained, queue_size, overflow)
            self._wanted.append(wanted)
            if self._handle is not None:
                self._serve(wanted)
            return handler
        return add

    def _serve(self, wanted: _Wanted) -> None:
        assert self._loop is not None
        subscription = self.subscribe(wanted.topic_filter, qos=wanted.qos, retained=wanted.retained,
                                      queue_size=wanted.queue_size, overflow=wanted.overflow)
        task = self._loop.create_task(self._call(wanted.handler, subscription))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _call(self, handler: Handler, subscription: Subscription) -> None:
        while True:
            try:
                message = await anext(subscription)
                answer = handler(message)
                if inspect.isawaitable(answer):
                    await answer
            except StopAsyncIteration:
                return
            except Exception as error:
                asyncio.get_running_loop().call_exception_handler(
                    {"message": f"the handler of {subscription.filter!r} of {self!r} has failed", "exception": error})

    def _all_subscriptions(self, topic_filter: str | None = None) -> list[Subscription]:
        references = self._subscriptions.values() if topic_filter is None else [self._subscriptions.get(topic_filter, [])]
        found = (reference() for several in references for reference in several)
        return [subscription for subscription in found if subscription is not None]

    def _ask_for(self, handle: _mote_node.Handle, topic_filter: str) -> None:
        """Several with the same filter are one for the engine, with all that they want."""
        several = self._all_subscriptions(topic_filter)
        options = max(one.qos for one in several) | (WITH_RETAINED if any(one.retained for one in several) else 0)

        def on_message(topic: str, payload: bytes, qos: int, retain: int, duplicate: int, properties: Any) -> None:
            self._deliver(topic_filter, Message(topic, payload, qos, bool(retain), bool(duplicate),
                                                decode_properties(properties)))

        reason = _mote_node.subscribe(handle, topic_filter.encode(), options, self._payload_max, on_message)
        if reason:
            raise MoteError(reason, topic_filter, "this is no topic filter" if reason == "config.invalid" else "")

    def _deliver(self, topic_filter: str, message: Message) -> None:
        for subscription in self._all_subscriptions(topic_filter):
            subscription.put(message)
        self._hold_or_not()

    def leave(self, subscription: Subscription) -> None:
        """For subscriptions that are closed."""
        several = self._subscriptions.get(subscription.filter, [])
        self._subscriptions[subscription.filter] = [one for one in several if one() is not subscription]
        self.forget(subscription.filter)
        self._hold_or_not()

    def forget(self, topic_filter: str) -> None:
        """For subscriptions that are gone: the last one of its filter takes it along."""
        if self._all_subscriptions(topic_filter) or self._subscriptions.pop(topic_filter, None) is None:
            return
        if self._handle is not None:
            _mote_node.unsubscribe(self._handle, topic_filter.encode())
            engine.wake()

    def took(self) -> None:
        """For subscriptions: one has given a message away."""
        if self._held:
            self._hold_or_not()

    # --- Holding back: nothing is taken from the broker that nobody has room for. Who waits for an acknowledgement has to get it, though:
    # it may lie behind any number of messages. ---

    def _on_publications(self) -> None:
        self._hold_or_not()

    def _hold_or_not(self) -> None:
        if self._handle is None or self._publications is None:
            return
        several = self._all_subscriptions()
        if self._held:
            held = not self._publications.is_waiting() and not all(one.has_room() for one in several)
        else:
            held = not self._publications.is_waiting() and any(one.is_full() for one in several)
        if held != self._held:
            self._held = held
            _mote_node.hold(self._handle, held)
            engine.wake()

    # --- The engine ---

    def turn(self) -> int:
        """For the engine's loop."""
        handle = self._handle
        if handle is None:
            return -1
        delay = _mote_node.turn(handle)
        self._look_at_answers(handle)
        return 0 if self._publications is not None and self._publications.turn() else delay

    def abandon(self) -> None:
        """For the engine, when the event loop is closed: nobody can be told."""
        handle, self._handle = self._handle, None
        self._subscriptions.clear()
        self._watchers.clear()
        self._state = State("stopped")
        engine.remove(self)
        if handle is not None:
            _mote_node.close(handle)

    def _look_at_answers(self, handle: _mote_node.Handle) -> None:
        for topic_filter in list(self._subscriptions):
            waiting = [one for one in self._all_subscriptions(topic_filter) if not one.is_granted()]
            if not waiting:
                continue
            answer = _mote_node.subscription(handle, topic_filter.encode())
            for subscription in waiting:
                if answer == GRANTED:
                    subscription.grant()
                elif answer == REFUSED:
                    self.leave(subscription)
                    subscription.end(MoteError("mqtt.not_authorized", topic_filter, "the broker refuses this subscription"))

    def _started(self) -> _mote_node.Handle:
        if self._handle is None:
            raise RuntimeError("the node is not started: use it within `async with`")
        return self._handle
