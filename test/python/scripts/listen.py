import time
from umqtt.simple import MQTTClient

def callback(topic, message):
    print((topic, message))

def main(server="iot.eclipse.org"):
    client = MQTTClient("listener", server)
    client.set_callback(callback)
    client.connect()
    client.subscribe(b"foo_topic")
    while True:
        if True:
            client.wait_msg()
        else:
            client.check_msg()
            time.sleep(1)

    client.disconnect()

if __name__ == "__main__":
    main()
