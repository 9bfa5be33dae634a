#!/usr/bin/python3
"""The nineteen limits of umqtt.simple (docs/MICROPYTHON.md), each with a script that meets it, and a peer that leads it there."""

import socket
import struct
import threading

import python_test as p
from python_test import Peer, check, client, packet, publish, run, start
from mote_test import case, check_equal, main


def limit(number, name):
    return case(f"limit-{number}-{name}")


def meet(t, script, **env):
    """A peer, the script, and its connection, which has been accepted."""
    peer = Peer()
    program = start(t, script, **peer.env(), **env)
    connection = peer.connection()
    connection.accept()
    program.wait_line("^session ")
    return peer, program, connection


def ended(program):
    check_equal(program.wait_exit(), 0, f"exit status, after {program.lines[-3:]}")


@limit(1, "qos-2")
def has_qos_2_both_ways(t):
    script = client("c.subscribe('in', 2)\nwhile len(got) < 2: c.wait_msg()\nc.publish('out', 'payload', qos=2)\nprint('released')")
    _, program, connection = meet(t, script)
    connection.accept_subscription(2)
    release = packet(0x62, struct.pack(">H", 7))
    connection.send(publish("in", "once", 2, 7), publish("in", "once", 2, 7, dup=True), release, publish("in", "twice", 2, 7), release)
    for kind in (p.PUBREC, p.PUBREC, p.PUBCOMP, p.PUBREC, p.PUBCOMP):
        check_equal(connection.expect(kind).packet_id, 7, "answer to")
    out = connection.expect(p.PUBLISH)
    check_equal((out.topic, out.payload, out.head & 6), (b"out", b"payload", 4), "the publication")
    connection.acknowledge(out, 0x50)
    connection.acknowledge(connection.expect(p.PUBREL), 0x70)
    program.wait_line("^released$")
    ended(program)
    check_equal([line for line in program.lines if "got" in line], ["got b'in' b'once'", "got b'in' b'twice'"], "messages")


@limit(2, "every-packet-is-read-whole")
def reads_acknowledgements_that_nobody_waits_for(t):
    _, program, connection = meet(t, client("for _ in range(2): print(c.wait_msg())"))
    connection.send(packet(0x40, b"\x00\x07"), packet(0xd0), publish("a", "first"),
                    packet(0x40, b"\x00\x07"), publish("a", "second"))
    ended(program)
    check_equal(program.lines[1:], ["got b'a' b'first'", "48", "got b'a' b'second'", "48"], "what it says")


def acknowledge_all(connection, packet_ids, count):
    """Takes PUBLISHes of 7 bytes each, as many as there are."""
    rest = b""
    while len(packet_ids) < count:
        rest += connection.socket.recv(65536)
        whole = len(rest) // 7
        ids = [rest[at * 7 + 5:at * 7 + 7] for at in range(whole)]
        rest = rest[whole * 7:]
        packet_ids += [struct.unpack(">H", two)[0] for two in ids]
        connection.send(*(packet(0x40, two) for two in ids))


@limit(3, "identifiers-wrap")
def never_uses_identifier_0(t):
    count = 65600
    _, program, connection = meet(t, client(f"for _ in range({count}): c.publish('t', '', qos=1)\nprint('done')"))
    ids = []
    acknowledge_all(connection, ids, count)
    program.wait_line("^done$")
    check(0 not in ids, "identifier 0")
    check(len(set(ids)) < count, "it has not come round")


@limit(4, "lengths-are-bytes")
def counts_bytes_of_its_strings(t):
    _, program, connection = meet(t, client("c.publish('topic/é/à', 'ü')\nc.publish('second', 'x')"))
    first = connection.expect(p.PUBLISH)
    check_equal((first.topic.decode(), first.payload.decode()), ("topic/é/à", "ü"), "the first")
    second = connection.expect(p.PUBLISH)
    check_equal((second.topic, second.payload), (b"second", b"x"), "the second")
    ended(program)


@limit(5, "user-without-password")
def connects_with_a_user_alone(t):
    peer = Peer()
    program = start(t, client("", arguments="user='joe'"), **peer.env())
    connection = peer.connection()
    flags = connection.accept().body[7]
    check_equal(flags & 0xc0, 0x80, "the flags of user and password")
    ended(program)
    lines = run(t, client("", arguments="password='secret'"), status=1, **peer.env())
    check_equal(lines[-1], "ValueError: a password without a user: not before MQTT 5", "the exception")


@limit(6, "asks-by-itself")
def notices_a_broker_that_is_silent(t):
    script = client("try:\n    c.wait_msg()\nexcept OSError as e:\n    print('lost', e.args[0], c.reason)",
                    arguments="keepalive=1, strict=True")
    _, program, connection = meet(t, script)
    connection.send(publish("a", "b", 0)[:1])  # somebody is there, but never says anything whole
    connection.expect(p.PINGREQ)
    program.wait_line(r"^lost 110 mqtt\.no_pingresp$")
    ended(program)


@limit(7, "timeouts-stay")
def waits_for_no_answer_for_ever(t):
    script = client("for call in (lambda: c.subscribe('a'), lambda: c.publish('a', 'b', qos=1)):\n    try:\n        call()\n"
                    "    except OSError as e:\n        print(type(e).__name__, e.args[0])", arguments="timeout=0.2")
    _, program, connection = meet(t, script)
    connection.send(publish("a", "in between"))
    ended(program)
    check_equal([line for line in program.lines if "110" in line], ["TimeoutError 110"] * 2, f"in {program.lines}: calls")


@limit(8, "check-msg-never-waits")
def goes_on_while_half_a_packet_is_there(t):
    script = client("import select\nselect.select([c.sock], [], [])\nprint(c.check_msg())\nprint('free')\n"
                    "while not got:\n    c.check_msg()\n    time.sleep(0.01)")
    _, program, connection = meet(t, script)
    whole = publish("a", "whole")
    connection.send(whole[:-2])
    program.wait_line("^None$")
    program.wait_line("^free$")
    check_equal([line for line in program.lines if "got" in line], [], "messages")
    connection.send(whole[-2:])
    program.wait_line("^got b'a' b'whole'$")
    ended(program)


@limit(9, "check-msg-takes-all")
def takes_all_that_has_come(t):
    script = client("import select\nprint('ready')\nselect.select([c.sock], [], [])\nc.check_msg()\nprint('messages', len(got))")
    _, program, connection = meet(t, script)
    program.wait_line("^ready$")
    connection.send(*(publish("a", str(i)) for i in range(5)))
    program.wait_line("^messages 5$")
    ended(program)


@limit(10, "end-within-a-packet")
def says_that_the_connection_is_lost(t):
    script = client("try:\n    c.wait_msg()\nexcept OSError as e:\n    print('lost', e.args[0])", arguments="strict=True")
    _, program, connection = meet(t, script)
    connection.send(publish("a", "half")[:-2])
    connection.close()
    program.wait_line("^lost -1$")
    ended(program)


@limit(11, "protocol-errors")
def raises_os_error_for_what_is_not_mqtt(t):
    script = client("try:\n    c.wait_msg()\nexcept OSError as e:\n    print('lost', e.args[0], e)", arguments="strict=True")
    for wrong in (b"\x00\x00", b"\xf0\x00", packet(0x36, p.text("a"), b"\x00\x01"), packet(0x30, b"\x00\x09a")):
        _, program, connection = meet(t, script)
        connection.send(wrong)
        program.wait_line(r"^lost -1 .*\(mqtt\.protocol\)$")
        ended(program)


@limit(12, "connects-again")
def sends_again_what_was_not_acknowledged(t):
    peer = Peer()
    script = client("").replace("c.connect()", "c.connect(False)") + "c.subscribe('a', 1)\nc.publish('out', 'kept', qos=1)\nprint('taken')\nc.wait_msg()\n"
    program = start(t, script, **peer.env())
    first = peer.connection()
    first.accept()
    first.accept_subscription()
    lost = first.expect(p.PUBLISH)
    first.close()
    second = peer.connection()
    second.accept(1)
    again = second.expect(p.PUBLISH)
    check_equal((again.packet_id, again.payload, again.head & 8), (lost.packet_id, b"kept", 8), "sent again")
    second.acknowledge(again)
    program.wait_line("^taken$")
    second.close()
    third = peer.connection()
    third.accept(0)
    check_equal(third.accept_subscription().body[2:], p.text("a") + b"\x01", "subscribed again")
    third.send(publish("a", "back"))
    program.wait_line("^got b'a' b'back'$")
    ended(program)


@limit(13, "short-writes")
def writes_all_and_a_packet_at_once(t):
    size = 3_000_000
    whole = publish("t", "at once")
    _, program, connection = meet(t, client(f"c.publish('t', 'at once')\nc.publish('t', bytes({size}))"))
    check_equal(connection.socket.recv(len(whole)), whole, "what comes at once")
    large = connection.expect(p.PUBLISH)
    check_equal(len(large.payload), size, "bytes of the large one")
    ended(program)


@limit(14, "sizes")
def takes_what_it_can_and_counts_the_rest(t):
    script = client("while len(got) < 3: c.wait_msg()\nprint([len(m) for _, m in got], c.dropped)")
    script = script.replace("print('got', topic, msg)", "pass")
    _, program, connection = meet(t, script)
    connection.send(publish("a", bytes(1_000_000)), publish("a", ""), publish("a", bytes(17_000_000)),
                    publish("t" * 60000, "topic over the buffer"), publish("a", "last"))
    program.wait_line(r"^\[1000000, 0, 4\] 2$")
    ended(program)


@limit(15, "what-a-message-is")
def tells_the_callback_more(t):
    script = client("for _ in range(2): c.wait_msg()").replace("print('got', topic, msg)", "print(c.qos, c.retain, c.dup)")
    _, program, connection = meet(t, script)
    connection.send(publish("a", "b", 1, 9, retain=True, dup=True), publish("a", "b"))
    program.wait_line("^1 True True$")
    program.wait_line("^0 False False$")
    ended(program)


def serve_names(server, addresses):
    """Answers each question for an IPv4 address with all of them, any other with none."""
    while True:
        try:
            query, asker = server.recvfrom(512)
        except OSError:
            return
        end = query.index(b"\0", 12) + 5
        found = addresses if query[end - 4:end - 2] == b"\0\1" else []
        answers = b"".join(b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4" + socket.inet_aton(address) for address in found)
        server.sendto(query[:2] + b"\x81\x80\0\1" + struct.pack(">H", len(found)) + b"\0\0\0\0" + query[12:end] + answers, asker)


@limit(16, "each-address")
def tries_each_address_of_a_name(t):
    addresses = ["127.0.0.2", "127.0.0.3"]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as names:
        names.bind(("127.0.0.1", 0))
        threading.Thread(target=serve_names, args=(names, addresses), daemon=True).start()
        for address in addresses:
            peer = Peer(address)
            script = client("print('there')", arguments=f"port={peer.port}").replace("mqtt.server", "broker.example")
            program = start(t, script, MOTE_NAME_SERVERS=f"127.0.0.1:{names.getsockname()[1]}")
            connection = peer.connection()
            connection.accept()
            program.wait_line("^there$")
            ended(program)


@limit(17, "publishing-in-the-callback")
def does_not_recurse(t):
    script = client("for _ in range(3): c.wait_msg()\nprint('deepest', deepest)")
    script = script.replace("    got.append", "    global depth, deepest\n    depth += 1\n    deepest = max(depth, deepest)\n"
                            "    c.publish('echo', msg, qos=1)\n    depth -= 1\n    got.append")
    _, program, connection = meet(t, "depth = deepest = 0\n" + script)
    connection.send(*(publish("a", str(i), 1, i + 1) for i in range(3)))
    echoes = []
    while len(echoes) < 3:
        came = connection.next()
        if came.kind == p.PUBLISH:
            echoes.append(came.payload)
    check_equal(echoes, [b"0", b"1", b"2"], "echoes")
    program.wait_line("^deepest 1$")
    ended(program)


@limit(18, "everything-is-checked")
def refuses_what_mqtt_does_not_have(t):
    calls = "('', 'x'), ('a/#', 'x'), ('a\\0b', 'x')"
    script = client(f"for a in ({calls}):\n    try:\n        c.publish(*a)\n    except ValueError as e:\n        print('no:', e)\n"
                    "try:\n    c.subscribe('a#')\nexcept ValueError as e:\n    print('no:', e)\nc.publish('good', 'x')")
    _, program, connection = meet(t, script)
    check_equal(connection.expect(p.PUBLISH).topic, b"good", "the first that is sent")
    ended(program)
    check_equal(program.lines[1:], ["no: not valid in MQTT (config.invalid)"] * 4, "what it says")
    for connack in (b"\x20\x03\x00\x00\x00", b"\x20\x02\x02\x00", b"\x20\x80\x80\x80\x80\x01", b"\x30\x00"):
        peer = Peer()
        program = start(t, client(""), **peer.env())
        connection = peer.connection()
        connection.expect(p.CONNECT)
        connection.send(connack)
        check_equal(program.wait_exit(), 1, "exit status")
        check(program.lines[-1].startswith("OSError: [Errno -1]"), program.lines[-1])


@limit(18, "mqtt-5")
def speaks_mqtt_5(t):
    broker = t.mosquitto()
    script = client("c.subscribe('a', 2)\nc.publish('a', 'five', qos=2)\nwhile not got: c.wait_msg()", arguments="version=5")
    lines = run(t, script, MOTE_HOSTS=p.hosts(broker.port))
    check_equal(lines, ["session 0", "got b'a' b'five'"], "what it says")
    broker.program.wait_line(r"as t \(p5,")


@limit(19, "after-disconnect")
def can_connect_again(t):
    peer = Peer()
    script = client("c.disconnect()\nprint(c.sock)\nfor call in (c.ping, c.check_msg, lambda: c.publish('a', 'b')):\n    try:\n"
                    "        call()\n    except OSError as e:\n        print('no', e.args[0])\nprint('session', c.connect())\nc.publish('a', 'again')")
    program = start(t, script, **peer.env())
    first = peer.connection()
    first.accept()
    first.expect(p.DISCONNECT)
    second = peer.connection()
    second.accept()
    check_equal(second.expect(p.PUBLISH).payload, b"again", "published")
    ended(program)
    check_equal(program.lines[1:], ["None", "no -1", "no -1", "no -1", "session 0"], "what it says")


if __name__ == "__main__":
    main("python/umqtt_limits")
