"""MQTT for asyncio programs, by Mote's engine: it connects, comes back by itself, restores subscriptions, and loses nothing.

    import asyncio
    from mote.asyncio import Node

    async def main():
        async with Node("mqtt://broker.lan", name="lamp") as node:
            await node.publish("hello", b"hi", qos=2)
            async for message in node.subscribe("cmd/#"):
                print(message.topic, message.text)

    asyncio.run(main())

docs/PYTHON-ASYNCIO.md is the manual.
"""

from ._error import MoteError
from ._message import Message, Properties, Will
from ._node import Node, State
from ._subscription import Subscription
from ._tls import TLS

__all__ = ["TLS", "Message", "MoteError", "Node", "Properties", "State", "Subscription", "Will"]
