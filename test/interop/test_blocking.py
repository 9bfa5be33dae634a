#!/usr/bin/python3
"""The calls that wait, mote_mqtt_...(), against Debian's mosquitto: large payloads, and a broker that dies or freezes."""

import signal

from mote_test import case, check_equal, free_port, main

MEGABYTES = 3_000_000
VERSIONS = ("4", "5")


def sum_of(size):
    rounds, rest = divmod(size, 251)
    return (rounds * sum(range(251)) + sum(range(rest))) & 0xFFFFFFFF


def probe(t, url, *words):
    """Starts the probe; the word URL stands for the broker's."""
    if not hasattr(t, "probe"):
        t.probe = t.compile(t.source("test", "interop", "blocking_probe.c"))
    return t.start(t.probe, *(url if word == "URL" else word for word in words))


@case("large")
def sends_and_receives_payloads_of_megabytes(t):
    for version in VERSIONS:
        broker = t.mosquitto()
        for qos in range(3):
            client = probe(t, broker.url, "-V", version, "URL", "sub", f"pub={qos}:{MEGABYTES}", "wait=600000")
            client.wait_line(f"^got q{qos} size {MEGABYTES} sum {sum_of(MEGABYTES)}$")
            client.at = 0
            client.wait_line(f"^pub={qos}:{MEGABYTES}: ok$")
            client.kill()


@case("both-ways")
def talks_with_itself(t):
    broker = t.mosquitto()
    client = probe(t, broker.url, "URL", "sub", "pub=0:2", "wait=200", "unsub", "pub=1:2", "pub=2:2", "ping")
    check_equal(client.wait_exit(), 0, "exit status")
    check_equal([line.strip() for line in client.lines if line.startswith("got")], ["got q0 size 2 sum 1"], "messages")


def dies_during(t, word):
    broker = t.mosquitto()
    client = probe(t, broker.url, "-t", "60000", "URL", "sub", word)
    client.wait_line("^sub: ok$")
    client.wait_line(rf"^{word}\.\.\.$")
    broker.program.send_signal(signal.SIGSTOP)
    broker.kill()
    client.wait_line(f"^{word}: tcp.reset$")
    check_equal(client.wait_exit(), 1, "exit status")


@case("dies-wait")
def a_broker_that_dies_ends_the_wait(t):
    dies_during(t, "wait")


@case("dies-large")
def a_broker_that_dies_ends_a_large_publication(t):
    broker = t.mosquitto()
    client = probe(t, broker.url, "-t", "60000", "URL", "ping", "pub=0:4000000", "pub=1:4000000")
    client.wait_line("^ping: ok$")
    broker.kill()
    client.wait_line("^pub=1:4000000: tcp.reset$")
    check_equal(client.wait_exit(), 1, "exit status")


@case("freezes")
def a_broker_that_freezes_ends_each_call(t):
    for word in ("sub", "unsub", "ping", "pub=1:2", "pub=2:2", "pub=0:30000000", "pub=1:30000000"):
        broker = t.mosquitto()
        client = probe(t, broker.url, "-t", "1000", "URL", "ping", "wait=300", word)
        client.wait_line(r"^wait=300\.\.\.$")
        broker.program.send_signal(signal.SIGSTOP)
        client.wait_line(f"^{word}: mqtt.no_pingresp$")
        check_equal(client.wait_exit(), 1, "exit status")
        broker.program.send_signal(signal.SIGCONT)


@case("refused")
def nobody_there(t):
    client = probe(t, f"mqtt://127.0.0.1:{free_port()}", "URL", "ping")
    client.wait_line("^connect: tcp.refused$")
    client.wait_line("^ping: tcp.refused$")


@case("bad-password")
def a_wrong_password(t):
    directory = t.directory()
    passwords = f"{directory}/passwords"
    with open(passwords, "w", encoding="ascii") as file:
        file.write("nobody:$7$101$AAAA$AAAA\n")
    broker = t.mosquitto(f"allow_anonymous false\npassword_file {passwords}\n")
    for version in VERSIONS:
        client = probe(t, broker.url.replace("//", "//joe:wrong@"), "-V", version, "URL", "ping")
        client.wait_line("^connect: mqtt.(bad_auth|not_authorized)$")
        check_equal(client.wait_exit(), 1, "exit status")


main("interop/blocking")
