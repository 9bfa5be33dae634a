from machine import Pin
import uasyncio as asyncio
from umqtt.simple import MQTTClient

TOPIC = b'ssbun_switch_1'

lamp = Pin(2, Pin.OUT)

def on_message(topic, message):
    message = message.lower()
    print(message)
    if topic == TOPIC:
        if message == b"on":
            lamp.value(0)
        else:
            lamp.value(1)

async def check_message(mqtt):
    while True:
        mqtt.check_msg()
        await asyncio.sleep(1)

async def ping_server(mqtt):
    while True:
        mqtt.ping()
        print("ping server ...")
        await asyncio.sleep(30)

def main():
    mqtt = MQTTClient('ssbun_home_switch_1', 'mqtt.server', 1883, "user", "password", 60)
    mqtt.set_callback(on_message)
    mqtt.connect()
    mqtt.subscribe(TOPIC)

    loop = asyncio.get_event_loop()
    loop.create_task(check_message(mqtt))
    loop.create_task(ping_server(mqtt))
    loop.run_forever()

if __name__ == "__main__":
    main()
