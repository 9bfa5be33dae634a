"""What the table of command lines works with: one broker, and beside it a publisher, a responder and a witness that stay."""

import os
import re
import shlex
import threading

import paho.mqtt.client as mqtt
from cli_pair import Client, command_of, run
from mote_test import TIMEOUT_S, Failure, Test, check
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

NAME = "client-under-test"
EXPIRY = rb"200000000[0-9]"  # a second may pass on the way: the last digit does not count
TAIL = "p/that-is-all"


def message(topic, payload, qos=0, retain=False, properties=None):
    payload = payload.encode() if isinstance(payload, str) else payload
    return {"topic": topic, "payload": payload, "qos": qos, "retain": retain, "properties": properties or {}}


def make_properties(values):
    properties = Properties(PacketTypes.PUBLISH)
    for name, value in values.items():
        setattr(properties, name, value)
    return properties


class Peer:
    """A client of paho that is connected and subscribed. `seen` is what it has received."""

    def __init__(self, port, topic=None, on_message=None):
        self.seen = []
        self.news = threading.Condition()
        self.client = mqtt.Client(protocol=mqtt.MQTTv5)
        ready = threading.Event()
        self.client.on_connect = lambda *_: ready.set()
        self.client.on_message = self._take
        self.react = on_message
        self.client.connect("127.0.0.1", port)
        self.client.loop_start()
        check(ready.wait(TIMEOUT_S), "paho does not connect")
        if topic:
            ready.clear()
            self.client.on_subscribe = lambda *_: ready.set()
            self.client.subscribe(topic, options=mqtt.SubscribeOptions(qos=2, retainAsPublished=True, retainHandling=2))
            check(ready.wait(TIMEOUT_S), "paho gets no SUBACK")

    def _take(self, client, context, arrived):
        properties = {name: value for name, value in arrived.properties.json().items() if name != "TopicAlias"}
        if "MessageExpiryInterval" in properties:
            properties["MessageExpiryInterval"] //= 10
        with self.news:
            self.seen.append((arrived.topic, arrived.payload, arrived.qos, arrived.retain, properties))
            self.news.notify_all()
        if self.react:
            self.react(arrived)

    def publish(self, what):
        sent = self.client.publish(what["topic"], what["payload"], what["qos"], what["retain"],
                                   make_properties(what["properties"]))
        sent.wait_for_publish(TIMEOUT_S)

    def wait(self, done):
        with self.news:
            check(self.news.wait_for(done, TIMEOUT_S), f"only {self.seen!r} has come")

    def close(self):
        self.client.disconnect()
        self.client.loop_stop()


class Desk:
    """Opened by the first row that needs it."""

    def __init__(self):
        self.test = None

    def _open(self):
        if self.test is not None:
            return
        self.test = Test()
        self.socket = os.path.join(self.test.directory(), "socket")
        self.broker = self.test.mosquitto(f"listener 0 {self.socket}\nallow_anonymous true\n")
        self.publisher = Peer(self.broker.port)
        self.witness = Peer(self.broker.port, "p/#")
        self.responder = Peer(self.broker.port, "ask/#", self._respond)

    def close(self):
        if self.test is not None:
            for peer in (self.publisher, self.witness, self.responder):
                peer.close()
            self.test.end()

    def _respond(self, request):
        given = request.properties.json()
        topic = given.get("ResponseTopic", "answer/fixed")
        own = {"ContentType": "text/plain"}
        if hasattr(request.properties, "CorrelationData"):
            own["CorrelationData"] = request.properties.CorrelationData
        answers = {"ask/echo": [own], "ask/two": [own, own], "ask/strange": [{"CorrelationData": b"other's"}, own]}
        for number, properties in enumerate(answers.get(request.topic, [])):
            payload = b"re %d: " % number + request.payload
            self.responder.client.publish(topic, payload, request.qos, False, make_properties(properties))

    def _command(self, t, tool, verb, words, file=None):
        self._open()
        if file is not None:
            path = os.path.join(t.directory(), "payload")
            with open(path, "wb") as stream:
                stream.write(file)
        places = {"ID": NAME, "SOCKET": self.socket, "FILE": path if file is not None else None}
        words = [places.get(word, word.replace("PORT", str(self.broker.port))) for word in words]
        if verb != "pub" and not {"-i", "--id", "-I"} & set(words):
            words = ["-i", NAME, *words]
        return [*command_of(t, tool, verb), *([] if "-L" in words else ["-p", str(self.broker.port)]), *words]

    def _wait_line(self, client, pattern):
        """Waits for the broker to say so, or for the client's end."""
        while client.is_running():
            try:
                self.broker.program.wait_line(pattern, 1)
                return
            except Failure:
                check(self.broker.program.is_running(), "the broker has ended")

    def _subscriber(self, t, tool, words, stdout=None):
        command = self._command(t, tool, "sub", words)
        if stdout:
            command = ["sh", "-c", f"exec {shlex.join(command)} > {stdout}"]
        client = Client(t, command)
        self._wait_line(client, f"Sending SUBACK to {NAME}$")
        return client

    def _clear(self, messages):
        for topic in {what["topic"] for what in messages if what["retain"]}:
            self.publisher.publish(message(topic, b"", 1, True))

    def _forget(self, topic):
        """The same for a topic that the witness looks at."""
        start = len(self.witness.seen)
        self._clear([message(topic, b"", retain=True)])
        self._since(start)

    def _kept(self, topic):
        """What the broker keeps."""
        peer = Peer(self.broker.port)
        peer.client.subscribe(topic, 1)
        peer.client.subscribe(TAIL, 1)
        peer.publish(message(TAIL, b"", 1))
        peer.wait(lambda: any(seen[0] == TAIL for seen in peer.seen))
        peer.close()
        return sorted(seen[:2] for seen in peer.seen if seen[0] != TAIL)

    def _since(self, start, count=0):
        """What the witness has seen from `start` on: so many messages, and whatever came with them."""
        self.witness.wait(lambda: len(self.witness.seen) >= start + count)
        self.publisher.publish(message(TAIL, b"", 2))  # as slow as anything before it
        self.witness.wait(lambda: any(seen[0] == TAIL for seen in self.witness.seen[start:]))
        return [seen for seen in self.witness.seen[start:] if seen[0] != TAIL]

    @staticmethod
    def _normal(output, mask, in_any_order, keep_times):
        output = re.sub(EXPIRY, b"2000000000", output)
        if not keep_times:
            output = re.sub(rb'"tst":(\s*)"[^"]*"', rb'"tst":\1""', output)
        output = mask(output) if mask else output
        return sorted(output.split(b"\n")) if in_any_order else output

    def subscribe(self, t, tool, words, messages, mask=None, kept=(), in_any_order=False, look=None, stdout=None,
                  keep_times=False):
        """Exit status, output, whether there is something on stderr, and with `look` what the broker keeps of it."""
        self._open()
        for what in kept:
            self.publisher.publish({**what, "qos": 1})
        try:
            client = self._subscriber(t, tool, words, stdout)
            for what in messages:
                self.publisher.publish(what)
            status = client.wait()
            output = self._normal(client.stdout(), mask, in_any_order, keep_times)
            return status, output, client.stderr() != "", self._kept(look) if look else None
        finally:
            self._clear([*kept, *messages])

    def publish(self, t, tool, words, count, stdin, file=None):
        """Exit status, output, whether there is something on stderr, and what was published."""
        command = self._command(t, tool, "pub", words, file)
        start = len(self.witness.seen)
        status, output, errors = run(t, command, stdin)
        seen = self._since(start, count if status == 0 else 0)
        self._forget("p/a")
        return status, output, errors != "", seen

    def kill(self, t, tool, words):
        """A subscriber is killed: what is published then."""
        self._open()
        start = len(self.witness.seen)
        client = self._subscriber(t, tool, words)
        client.process.kill()
        client.wait()
        self.broker.program.wait_line(f"Client {NAME} (closed|disconnected)")
        seen = self._since(start)
        self._forget("p/will")
        return client.stdout(), seen

    def ask(self, t, tool, words, kept=(), file=None, watch=False):
        """Exit status, output, whether there is something on stderr, and what was asked; with `watch` also what is
        published at the end."""
        command = self._command(t, tool, "rr", words, file)
        for what in kept:
            self.publisher.publish({**what, "qos": 1})
        start, asked = len(self.witness.seen), len(self.responder.seen)
        status, output, errors = run(t, command)
        if watch:
            self.broker.program.wait_line(f"Client {NAME} (closed|disconnected)")
        seen = self._since(start) if watch else None
        self._clear(kept)
        return status, self._normal(output, None, False, False), errors != "", self.responder.seen[asked:], seen

    def run(self, t, tool, verb, line):
        """Exit status, output, whether there is something on stderr."""
        status, output, errors = run(t, self._command(t, tool, verb, shlex.split(line)))
        return status, output, errors != ""
