from umqtt.simple import MQTTClient

def main(server="iot.eclipse.org"):
    client = MQTTClient("publisher", server)
    client.connect()
    client.publish(b"foo_topic", b"Hello RT-Thread !!!")
    client.disconnect()

if __name__ == "__main__":
    main()
