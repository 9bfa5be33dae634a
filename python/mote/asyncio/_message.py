"""Messages, and what MQTT 5 has beside their payload."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

PAYLOAD_FORMAT, EXPIRY, CONTENT_TYPE, RESPONSE_TOPIC, CORRELATION, SUBSCRIPTION = 0x01, 0x02, 0x03, 0x08, 0x09, 0x0B
WILL_DELAY, USER = 0x18, 0x26
SECONDS_MAX = 0xFFFFFFFF

Encoded = list[Any]  # (identifier, number), (identifier, bytes) and (identifier, bytes, bytes)


@dataclass(frozen=True, kw_only=True)
class Properties:
    """What a message of MQTT 5 has beside its payload. Connections of MQTT 3.1.1 have none."""

    content_type: str | None = None
    response_topic: str | None = None  #: where an answer is expected
    correlation_data: bytes | None = None  #: what the answer is to carry, too
    message_expiry: int | None = None  #: seconds; received: what is left of them
    text: bool | None = None  #: says that the payload is UTF-8
    user: Sequence[tuple[str, str]] = ()  #: names and values of the program's own, in their order
    subscription_identifiers: Sequence[int] = ()  #: received only

    def get(self, name: str, default: str | None = None) -> str | None:
        """The first value of the user property with this name."""
        return next((value for key, value in self.user if key == name), default)

    def encode(self) -> Encoded:
        """For the engine."""
        numbers = {EXPIRY: self.message_expiry, PAYLOAD_FORMAT: None if self.text is None else int(self.text)}
        texts = {CONTENT_TYPE: self.content_type, RESPONSE_TOPIC: self.response_topic}
        found: Encoded = [(key, number) for key, number in numbers.items() if number is not None]
        found += [(key, text.encode()) for key, text in texts.items() if text is not None]
        if self.correlation_data is not None:
            found.append((CORRELATION, bytes(self.correlation_data)))
        return found + [(USER, name.encode(), value.encode()) for name, value in self.user]


def decode_properties(encoded: Encoded | None) -> Properties:
    """From the engine, which has checked them."""
    if not encoded:
        return NO_PROPERTIES
    found: dict[int, Any] = {item[0]: item[1] for item in reversed(encoded)}
    return Properties(
        content_type=found[CONTENT_TYPE].decode() if CONTENT_TYPE in found else None,
        response_topic=found[RESPONSE_TOPIC].decode() if RESPONSE_TOPIC in found else None,
        correlation_data=found.get(CORRELATION),
        message_expiry=found.get(EXPIRY),
        text=bool(found[PAYLOAD_FORMAT]) if PAYLOAD_FORMAT in found else None,
        user=tuple((item[1].decode(), item[2].decode()) for item in encoded if len(item) == 3),
        subscription_identifiers=tuple(
            item[1] for item in encoded if item[0] == SUBSCRIPTION))


NO_PROPERTIES = Properties()


@dataclass(frozen=True, slots=True)
class Message:
    """A message that has come."""

    topic: str
    payload: bytes
    qos: int
    retain: bool  #: the broker had kept it: it is not news
    duplicate: bool  #: the broker sends it again, and may have sent it before; never with QoS 2
    properties: Properties = NO_PROPERTIES

    @property
    def text(self) -> str:
        """The payload as UTF-8, with U+FFFD for what is not."""
        return self.payload.decode(errors="replace")


@dataclass(frozen=True, kw_only=True)
class Will:
    """What the broker publishes if the connection ends without a goodbye."""

    topic: str
    payload: bytes | str = b""
    qos: int = 0
    retain: bool = False
    delay: int | None = None  #: MQTT 5: seconds; a node that is back by then is not missed
    properties: Properties = NO_PROPERTIES

    def encode(self) -> tuple[bytes, bytes, int, bool, Encoded]:
        """For the engine, which takes a will without a topic for none."""
        check_qos(self.qos)
        if not self.topic:
            raise ValueError("a will needs a topic")
        properties = self.properties.encode()
        if self.delay is not None:
            if not 0 <= self.delay <= SECONDS_MAX:
                raise ValueError("the will's delay is 0 or more seconds")
            properties.append((WILL_DELAY, self.delay))
        return encode_topic(self.topic), encode_payload(self.payload), self.qos, self.retain, properties


def encode_payload(payload: bytes | bytearray | memoryview | str) -> bytes:
    """Of a number bytes() would make so many zeros."""
    if isinstance(payload, str):
        return payload.encode()
    try:
        return bytes(memoryview(payload))
    except TypeError:
        raise TypeError(f"a payload is bytes or a str, not {type(payload).__name__}") from None


def encode_topic(topic: str) -> bytes:
    """A topic or a filter."""
    if not isinstance(topic, str):
        raise TypeError(f"a topic is a str, not {type(topic).__name__}")
    return topic.encode()


def check_qos(qos: int) -> None:
    if qos not in (0, 1, 2):
        raise ValueError("qos is 0, 1 or 2")
