#!/usr/bin/python3
"""`mote broker` under Debian's mosquitto_pub and mosquitto_sub."""

import hashlib
import os
import subprocess

from broker_helper import VERSIONS, Broker, check_done, need, run
from mote_test import TIMEOUT_S, case, check, check_equal, main


# No extension is needed to work with others' clients.
# [MQTT3-7.0.0-2]
@case("every-version-and-qos")
def every_version_and_qos(t):
    broker = Broker(t)
    for version in VERSIONS:
        for qos in "012":
            subscriber = broker.subscribe("a/+", options=("-q", qos), version=version)
            for other in VERSIONS:
                for sent in "012":
                    check_done(broker.publish("a/b", f"{other} {sent}", "-q", sent, version=other))
                    subscriber.wait_line(f"^{min(qos, sent)} 0 a/b {other} {sent}$")
            subscriber.stop()


@case("retained")
def retained(t):
    broker = Broker(t)
    for version in VERSIONS:
        check_done(broker.publish("kept/1", "one", "-r", version=version))
        check_done(broker.publish("kept/2", "two", "-r", "-q", "1", version=version))
        check_equal(broker.retained("kept/#", version=version), ["kept/1 one", "kept/2 two"], "retained")
        check_done(broker.publish("kept/1", "other", "-r", "-q", "2", version=version))
        check_equal(broker.retained("kept/+", version=version), ["kept/1 other", "kept/2 two"], "replaced")
        check_done(broker.publish("kept/1", None, "-r", version=version))
        check_equal(broker.retained("#", version=version), ["kept/2 two"], "one cleared")
        check_done(broker.publish("kept/2", None, "-r", version=version))


@case("will-after-kill")
def will_after_kill(t):
    broker = Broker(t)
    watcher = broker.subscribe("will/#")
    for version in VERSIONS:
        client = broker.subscribe("x", version=version, options=(
            "-i", f"w{version}", "--will-topic", f"will/{version}", "--will-payload", "gone", "--will-qos", "2",
            "--will-retain"))
        client.kill()
        watcher.wait_line(f"^2 0 will/{version} gone$")
        check_equal(broker.retained(f"will/{version}"), [f"will/{version} gone"], "the retained will")
        client = broker.subscribe("x", version=version, options=(
            "-i", f"w{version}", "--will-topic", f"will/end/{version}", "--will-payload", "x"))
        client.stop()
    check_done(broker.publish("will/end", "x"))
    watcher.wait_line("will/end x$")
    got = [line for line in watcher.lines if line.startswith("0 0 will/end/")]
    check_equal(got, ["0 0 will/end/5 x"], "wills after a goodbye: with MQTT 5 mosquitto_sub asks for it")


@case("kept-sessions")
def kept_sessions(t):
    broker = Broker(t)
    for version in VERSIONS:
        keep = ("-c", "-i", f"me{version}", "-q", "2") + (("-x", "1000") if version == "5" else ())
        broker.subscribe("s/#", options=keep, version=version).stop()
        for qos in "012":
            check_done(broker.publish("s/t", f"while away {qos}", "-q", qos))
        client = broker.subscribe("s/#", options=keep, version=version)
        check_done(broker.publish("s/t", "back", "-q", "1"))
        wanted = ["1 0 s/t back", "1 0 s/t while away 1", "2 0 s/t while away 2"]
        for line in wanted:  # in whatever order: each QoS keeps its own
            if line not in client.lines[:client.at]:
                client.wait_line(f"^{line}$")
        client.stop()
        got = [line for line in client.lines if " s/t " in line and line[1] == " "]
        check_equal(sorted(got), wanted, version)


@case("a-megabyte")
def a_megabyte(t):
    broker = Broker(t)
    path = os.path.join(t.directory(), "large")
    payload = os.urandom(1000000)
    with open(path, "wb") as file:
        file.write(payload)
    for version in VERSIONS:
        for qos in "012":
            need("mosquitto_sub")
            name = f"large/{version}/{qos}"
            with open(os.path.join(t.directory(), "got"), "w+b") as got:
                receiver = subprocess.Popen(["mosquitto_sub", "-p", str(broker.port), "-V", version, "-t", name, "-q", qos,
                                             "-C", "1", "-N"], stdout=got)
                broker.wait_log(f"subscribed to '{name}'")
                check_done(run("mosquitto_pub", "-p", broker.port, "-V", version, "-t", name, "-q", qos, "-f", path))
                check_equal(receiver.wait(TIMEOUT_S), 0, "mosquitto_sub")
                got.seek(0)
                check_equal(hashlib.sha256(got.read()).hexdigest(), hashlib.sha256(payload).hexdigest(), name)


@case("shared-subscriptions")
def shared_subscriptions(t):
    broker = Broker(t)
    members = [broker.subscribe("$share/group/work/#", version="5") for _ in range(3)]
    plain = broker.subscribe("work/+")
    for number in range(30):
        check_done(broker.publish("work/x", f"job {number}", "-q", "1"))
    plain.wait_line("job 29$")
    for member in members:
        for _ in range(10):
            member.wait_line("job [0-9]+$")
        member.stop()
    got = sorted(line for member in members for line in member.lines if "job" in line)
    check_equal(got, sorted(line for line in plain.lines if "job" in line), "jobs")


@case("properties")
def properties(t):
    broker = Broker(t)
    subscriber = broker.subscribe("p", version="5", layout="%C|%D|%E|%F|%P|%R|%S|%p", options=(
        "-q", "1", "-D", "subscribe", "subscription-identifier", "77"))
    check_done(broker.publish(
        "p", "x", "-q", "1", "-D", "publish", "content-type", "text/plain", "-D", "publish", "correlation-data", "id1",
        "-D", "publish", "message-expiry-interval", "300", "-D", "publish", "payload-format-indicator", "1",
        "-D", "publish", "user-property", "name", "value", "-D", "publish", "response-topic", "answer", version="5"))
    subscriber.wait_line(r"^text/plain\|id1\|300\|1\|name:value\|answer\|77\|x$")


@case("message-expiry")
def message_expiry(t):
    broker = Broker(t)
    keep = ("-c", "-i", "me", "-q", "1", "-x", "1000")
    broker.subscribe("e", options=keep, version="5").stop()
    for topic, payload, seconds in (("e", "short", "1"), ("e", "long", "1000"), ("probe", "x", "1")):
        check_done(broker.publish(topic, payload, "-q", "1", "-r", "-D", "publish", "message-expiry-interval", seconds,
                                  version="5"))
    while broker.retained("probe", version="5"):  # until the broker's own clock says that it is over
        pass
    client = broker.subscribe("e", options=keep, version="5")
    client.wait_line("e long$")
    check(not any(line.endswith("e short") for line in client.lines), "a message after its time")


@case("overlapping-subscriptions")
def overlapping_subscriptions(t):
    broker = Broker(t)
    subscriber = broker.subscribe("o/#", "o/+", "o/x", "#")
    check_done(broker.publish("o/x", "once", "-q", "2"))
    check_done(broker.publish("o/y", "end", "-q", "2"))
    subscriber.wait_line("o/y end$")
    check_equal(sum(line.endswith("o/x once") for line in subscriber.lines), 1, "copies")


@case("retain-as-published")
def retain_as_published(t):
    broker = Broker(t)
    as_published = broker.subscribe("r", version="5", options=("--retain-as-published",))
    plain = broker.subscribe("r", version="5", options=("-q", "0"))
    check_done(broker.publish("r", "new", "-r", version="5"))
    as_published.wait_line("^0 1 r new$")
    plain.wait_line("^0 0 r new$")


@case("many-lines")
def many_lines(t):
    """A flood of each QoS arrives whole and in order."""
    broker = Broker(t, config="max_queued_messages 10000")
    for version in ("311", "5"):
        for qos in "012":
            count = 3000
            subscriber = broker.subscribe("flood", options=("-q", qos, "-C", count), version=version, layout="%p")
            data = "".join(f"line {number}\n" for number in range(count))
            check_done(run("mosquitto_pub", "-p", broker.port, "-V", version, "-t", "flood", "-q", qos, "-l", data=data))
            check_equal(subscriber.wait_exit(), 0, "mosquitto_sub")
            got = [line for line in subscriber.lines if line.startswith("line ")]
            check_equal(got, data.splitlines(), f"MQTT {version}, QoS {qos}")


@case("taken-over")
def taken_over(t):
    broker = Broker(t)
    first = broker.subscribe("x", options=("-i", "same"), version="5")
    broker.subscribe("x", options=("-i", "same", "-q", "1"), version="5")
    broker.wait_log("'same' disconnected.*mqtt.taken_over")
    first.wait_line("142|Session taken over")
    first.stop()


@case("refusals")
def refusals(t):
    broker = Broker(t)
    result = broker.publish("$SYS/broker/x", "x", "-q", "1", version="5")
    check("Not authorized" in result.stderr + result.stdout or result.returncode != 0, "published to $SYS")
    result = run("mosquitto_sub", "-p", broker.port, "-t", "$SYS/broker/version", "-C", "1", "-W", "20")
    check(result.stdout.startswith("mote "), f"version: {result.stdout}")


main("interop/broker-mosquitto")
