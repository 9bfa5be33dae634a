#!/usr/bin/python3
"""`mote broker` under python3-paho-mqtt."""

import queue

from broker_helper import Broker
from mote_test import TIMEOUT_S, Failure, Skip, case, check, check_equal, main

try:
    import paho.mqtt.client as paho
    from paho.mqtt.packettypes import PacketTypes
    from paho.mqtt.properties import Properties
    from paho.mqtt.subscribeoptions import SubscribeOptions
except ImportError:
    paho = None

PROTOCOLS = {"311": 4, "5": 5, "31": 3}


class Client:
    """A paho client with its events in a queue."""

    def __init__(self, broker, client_id="", version="311", clean=True, keep_alive=60, setup=None, **properties):
        if paho is None:
            raise Skip("python3-paho-mqtt is not installed")
        self.events = queue.Queue()
        self.version = version
        arguments = {} if version == "5" else {"clean_session": clean}
        self.paho = paho.Client(client_id=client_id, protocol=PROTOCOLS[version], **arguments)
        self.paho.on_connect = self._on_connect
        self.paho.on_disconnect = lambda c, u, code, p=None: self.events.put(("disconnected", code, p))
        self.paho.on_message = lambda c, u, message: self.events.put(("message", message, None))
        self.paho.on_publish = lambda c, u, mid: self.events.put(("published", mid, None))
        self.paho.on_subscribe = lambda c, u, mid, codes, p=None: self.events.put(("subscribed", codes, p))
        self.paho.on_unsubscribe = self._on_unsubscribe
        if setup:
            setup(self.paho)
        options = {}
        if version == "5":
            options["properties"] = make_properties(PacketTypes.CONNECT, **properties)
            options["clean_start"] = clean
        self.paho.connect("127.0.0.1", broker.port, keep_alive, **options)
        self.paho.loop_start()

    def _on_connect(self, _client, _data, flags, code, properties=None):
        self.flags = flags
        self.code = code if isinstance(code, int) else code.value
        self.properties = properties
        self.events.put(("connected", self.code, properties))

    def _on_unsubscribe(self, _client, _data, _mid, properties=None, codes=None):
        self.events.put(("unsubscribed", codes, properties))

    def wait(self, kind):
        """The next event of a kind; others before it are passed over."""
        while True:
            try:
                event = self.events.get(timeout=TIMEOUT_S)
            except queue.Empty:
                raise Failure(f"nothing was {kind}") from None
            if event[0] == kind:
                return event[1]

    def close(self):
        self.paho.disconnect()
        self.wait("disconnected")
        self.paho.loop_stop()


def make_properties(packet_type, **values):
    properties = Properties(packet_type)
    for name, value in values.items():
        setattr(properties, name, value)
    return properties


def connected(broker, *arguments, **options):
    client = Client(broker, *arguments, **options)
    check_equal(client.wait("connected"), 0, "connect")
    return client


@case("every-version-and-qos")
def every_version_and_qos(t):
    broker = Broker(t)
    for version in PROTOCOLS:
        client = connected(broker, f"c{version}", version=version)
        for qos in range(3):
            client.paho.subscribe(f"t/{qos}", qos)
            codes = client.wait("subscribed")
            check_equal(int(str(codes[0]).replace("Granted QoS ", "")), qos, "granted QoS")
            for sent in range(3):
                client.paho.publish(f"t/{qos}", f"{qos} {sent}", sent)
                message = client.wait("message")
                check_equal((message.payload.decode(), message.qos), (f"{qos} {sent}", min(qos, sent)), version)
        client.paho.unsubscribe("t/0")
        client.wait("unsubscribed")
        client.close()


@case("a-megabyte-both-ways")
def a_megabyte_both_ways(t):
    broker = Broker(t)
    payload = bytes(range(256)) * 4096
    for version in PROTOCOLS:
        client = connected(broker, "large", version=version)
        client.paho.subscribe("large", 2)
        client.wait("subscribed")
        for qos in range(3):
            client.paho.publish("large", payload, qos)
            check(client.wait("message").payload == payload, "the payload is another one")
        client.close()


@case("ten-thousand-of-each-qos")
def ten_thousand(t):
    broker = Broker(t, config="max_queued_messages 20000\nmax_connections 10")
    for version in ("311", "5"):
        for qos in range(3):
            subscriber = connected(broker, "s", version=version)
            subscriber.paho.subscribe("t", qos)
            subscriber.wait("subscribed")
            publisher = connected(broker, "p", version=version)
            publisher.paho.max_queued_messages_set(0)
            for number in range(10000):
                publisher.paho.publish("t", str(number), qos)
            got = [int(subscriber.wait("message").payload) for _ in range(10000)]
            check(got == list(range(10000)), f"MQTT {version}, QoS {qos}: not in order")
            subscriber.close()
            publisher.close()


@case("session-with-everything-open")
def session_with_everything_open(t):
    """A session that is left without a word in the middle of all QoS goes on where it was."""
    broker = Broker(t)
    for version in ("311", "5"):
        kept = {"SessionExpiryInterval": 1000} if version == "5" else {}
        client = connected(broker, "kept", version=version, clean=False, **kept)
        client.paho.subscribe("t/#", 2)
        client.wait("subscribed")
        client.paho.loop_stop()
        client.paho._sock_close()
        publisher = connected(broker, "p")
        for number in range(200):
            publisher.paho.publish("t/x", str(number), 1 + number % 2).wait_for_publish(TIMEOUT_S)
        publisher.close()
        client = connected(broker, "kept", version=version, clean=False, **kept)
        present = client.flags["session present"]
        check_equal(present, 1, "session present")
        got = sorted(int(client.wait("message").payload) for _ in range(200))
        check_equal(got, list(range(200)), "messages")
        client.close()


@case("topic-aliases")
def topic_aliases(t):
    broker = Broker(t)
    client = connected(broker, version="5", TopicAliasMaximum=10)
    check_equal(client.properties.TopicAliasMaximum, 16, "Topic Alias Maximum")
    client.paho.subscribe("a/long/topic/name")
    client.wait("subscribed")
    for number, topic in enumerate(("a/long/topic/name", "", "", "a/long/topic/name")):
        properties = make_properties(PacketTypes.PUBLISH, TopicAlias=2)
        client.paho.publish(topic, str(number), 0, properties=properties)
        message = client.wait("message")
        check_equal(message.payload.decode(), str(number), "payload")
    client.close()


@case("properties-of-messages")
def properties_of_messages(t):
    broker = Broker(t)
    client = connected(broker, version="5")
    client.paho.subscribe("t", options=SubscribeOptions(qos=1), properties=make_properties(
        PacketTypes.SUBSCRIBE, SubscriptionIdentifier=1234))
    client.wait("subscribed")
    sent = make_properties(PacketTypes.PUBLISH, PayloadFormatIndicator=1, MessageExpiryInterval=500, ContentType="text",
                           ResponseTopic="answer", CorrelationData=b"\x00\x01",
                           UserProperty=[("a", "1"), ("b", "2"), ("a", "3")])
    client.paho.publish("t", "x", 1, properties=sent)
    got = client.wait("message").properties
    for name in ("PayloadFormatIndicator", "MessageExpiryInterval", "ContentType", "ResponseTopic", "CorrelationData",
                 "UserProperty"):
        check_equal(getattr(got, name), getattr(sent, name), name)
    check_equal(got.SubscriptionIdentifier, [1234], "SubscriptionIdentifier")
    client.close()


@case("subscribe-options")
def subscribe_options(t):
    broker = Broker(t)
    other = connected(broker, "other")
    other.paho.publish("kept", "old", 1, retain=True).wait_for_publish(TIMEOUT_S)
    client = connected(broker, "me", version="5")
    client.paho.subscribe("kept", options=SubscribeOptions(qos=1, retainHandling=2, noLocal=True))
    client.wait("subscribed")
    client.paho.publish("kept", "own", 1)
    client.wait("published")
    other.paho.publish("kept", "other's", 1, retain=True)
    message = client.wait("message")
    check_equal((message.payload, message.retain), (b"other's", 0), "the first message")
    client.paho.subscribe("kept", options=SubscribeOptions(qos=1, retainHandling=1))
    client.wait("subscribed")
    client.paho.subscribe("kept", options=SubscribeOptions(qos=1, retainHandling=0))
    client.wait("subscribed")
    message = client.wait("message")
    check_equal((message.payload, message.retain), (b"other's", 1), "the retained message")
    check(client.events.empty(), "one message too many")
    client.close()
    other.close()


@case("will-with-delay")
def will_with_delay(t):
    broker = Broker(t)
    watcher = connected(broker, "watcher", version="5")
    watcher.paho.subscribe("will/#", 1)
    watcher.wait("subscribed")
    wills = (("at-once", 0, 1000), ("later", 1, 1000), ("with-the-session", 1000, 1))
    clients = []
    for name, delay, expiry in wills:
        def set_will(client, name=name, delay=delay):
            client.will_set("will/" + name, "gone", 1, properties=make_properties(
                PacketTypes.WILLMESSAGE, WillDelayInterval=delay, ContentType="text"))
        clients.append(connected(broker, name, version="5", setup=set_will, SessionExpiryInterval=expiry))
    for client in clients:
        client.paho.loop_stop()
        client.paho._sock_close()
    got = [watcher.wait("message") for _ in wills]
    check_equal(got[0].topic, "will/at-once", "the first will")
    check_equal(sorted(message.topic for message in got), sorted("will/" + name for name, _, _ in wills), "wills")
    check_equal(got[1].properties.ContentType, "text", "a will's property")
    watcher.close()


@case("receive-maximum-of-one")
def receive_maximum_of_one(t):
    broker = Broker(t)
    client = connected(broker, "s", version="5", ReceiveMaximum=1)
    client.paho.subscribe("t", 2)
    client.wait("subscribed")
    publisher = connected(broker, "p")
    for number in range(50):
        publisher.paho.publish("t", str(number), 1 + number % 2)
    got = [int(client.wait("message").payload) for _ in range(50)]
    check_equal(got, list(range(50)), "messages")
    client.close()
    publisher.close()


@case("many-clients")
def many_clients(t):
    """A hundred clients that all talk to all of them."""
    broker = Broker(t)
    clients = [connected(broker, f"c{number}", version=("311", "5")[number % 2]) for number in range(100)]
    for client in clients:
        client.paho.subscribe("all", 1)
        client.wait("subscribed")
    for number, client in enumerate(clients):
        client.paho.publish("all", str(number), 1)
    for client in clients:
        got = sorted(int(client.wait("message").payload) for _ in range(100))
        check_equal(got, list(range(100)), "messages")
    for client in clients:
        client.close()


@case("goodbye-when-it-stops")
def goodbye_when_it_stops(t):
    broker = Broker(t)
    client = connected(broker, "me", version="5")
    old = connected(broker, "old")
    check_equal(broker.stop(), 0, "exit status")
    code = client.wait("disconnected")
    check_equal(getattr(code, "value", code), 0x8B, "reason code")
    old.wait("disconnected")
    broker.start()
    check_equal(client.wait("connected"), 0, "paho comes back")
    client.close()
    old.paho.loop_stop()


main("interop/broker-paho")
