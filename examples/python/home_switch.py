#!/usr/bin/python3
"""The home switch for those who begin afresh: `on` to ssbun_switch_1 lights the lamp, anything else puts it out.

    PYTHONPATH=build/python python3 examples/python/home_switch.py [URL]

Try it with: mosquitto_pub -t ssbun_switch_1 -m ON
The lamp is a line of text here; where one can be had it is a line of /sys/class/leds, as in `--led ACT`."""

import argparse
import asyncio

from mote.asyncio import Message, MoteError, Node, Will

TOPIC = "ssbun_switch_1"


def set_lamp(led: str | None, on: bool) -> None:
    print("on" if on else "off", flush=True)
    if led is not None:
        with open(f"/sys/class/leds/{led}/brightness", "w", encoding="ascii") as file:
            file.write("1" if on else "0")


# While it was away the broker has published the will.
async def tell_states(node: Node) -> None:
    async for state in node.states():
        print(f"{node.name}: {state}", flush=True)
        if state.online:
            await node.publish(f"{TOPIC}/status", "online", qos=1, retain=True)


async def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("url", nargs="?", default="mqtt://user:password@mqtt.server:1883")
    parser.add_argument("--led")
    options = parser.parse_args()

    node = Node(options.url, name="ssbun_home_switch_1", connect_timeout=None,
                will=Will(topic=f"{TOPIC}/status", payload="offline", qos=1, retain=True))

    # What the broker has kept is not obeyed: a reconnect must not switch anything.
    @node.on(TOPIC, retained=False)
    async def switch(message: Message) -> None:
        on = message.text.lower() == "on"
        set_lamp(options.led, on)
        await node.publish(f"{TOPIC}/state", "on" if on else "off", qos=1, retain=True)

    async with node:
        await tell_states(node)


if __name__ == "__main__":
    try:
        asyncio.run(main())
    except KeyboardInterrupt:
        pass
    except MoteError as error:
        raise SystemExit(f"home_switch: {error}. {error.next_step}") from None
