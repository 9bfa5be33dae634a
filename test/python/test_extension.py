#!/usr/bin/python3
"""The extension itself: its memory, its lock, its signals, and what it is given that it cannot use."""

import os
import signal
import subprocess

import python_test as p
from python_test import Peer, check, client, publish, run, start
from mote_test import ROOT, TIMEOUT_S, case, check_equal, main
from tls_files import make_authority, make_certificate

MESSAGES = 1_000_000

# Bytes of the heap that are in use: with the sanitizer to the byte, else what the C library says.
ALLOCATED = """
import ctypes, gc
process = ctypes.CDLL(None)
def allocated():
    gc.collect()
    if hasattr(process, '__sanitizer_get_current_allocated_bytes'):
        f = process.__sanitizer_get_current_allocated_bytes
        f.restype = ctypes.c_size_t
        return f()
    class Info(ctypes.Structure):
        _fields_ = [(name, ctypes.c_size_t) for name in ('arena', 'ordblks', 'smblks', 'hblks', 'hblkhd', 'usmblks', 'fsmblks', 'uordblks', 'fordblks', 'keepcost')]
    f = process.mallinfo2
    f.restype = Info
    info = f()
    return info.uordblks + info.hblkhd
"""


def connected(t, script, **env):
    peer = Peer()
    program = start(t, script, **peer.env(), **env)
    connection = peer.connection()
    connection.accept()
    program.wait_line("^session ")
    return program, connection


# --- Memory ---

@case("a-million-messages")
def needs_no_more_memory_for_a_million_messages(t):
    flood = os.path.join(t.directory(), "flood")
    subprocess.run(["gcc", "-O2", "-Wall", "-Werror", os.path.join(ROOT, "test", "python", "flood.c"), "-o", flood], check=True,
                   timeout=TIMEOUT_S)
    broker = t.start(flood, MESSAGES)
    port = broker.wait_line(r"^port (\d+)$")[1]
    script = ALLOCATED + client(f"""
c.subscribe('a', 1)
while count < {MESSAGES}:
    c.wait_msg()
    c.check_msg()
print('flat', marks[-1] - marks[0])
c.disconnect()
""", callback=False, after_connect=f"""
count, marks = 0, []
def cb(topic, msg):
    global count
    count += 1
    assert topic == b'a' and msg[:-1] == b'message', (topic, msg)
    if count % {MESSAGES // 4} == 0:
        marks.append(allocated())
allocated(), allocated()
c.set_callback(cb)
c.cb = cb
""")
    program = start(t, script, MOTE_HOSTS=p.hosts(port))
    grown = int(program.wait_line(r"^flat (-?\d+)$", 300)[1])
    check_equal(program.wait_exit(), 0, "exit status")
    check(abs(grown) < 4096, f"{grown} bytes more after {MESSAGES} messages than after a quarter")


@case("publications")
def needs_no_more_memory_for_many_publications(t):
    broker = t.mosquitto("log_type error\n")
    script = ALLOCATED + client("""
def some(count):
    for i in range(count):
        c.publish('a/%d' % i, bytes(i % 3 * 5000), qos=i % 3)
        c.subscribe('b/%d' % i)
        c.unsubscribe('b/%d' % i)
some(300)
before = allocated()
some(3000)
print('flat', allocated() - before)
""")
    lines = run(t, script, MOTE_HOSTS=p.hosts(broker.port))
    check(abs(int(lines[-1].split()[1])) < 4096, lines[-1])


@case("clients")
def gives_back_what_clients_have_had(t):
    broker = t.mosquitto("log_type error\n")
    script = ALLOCATED + """
from umqtt.simple import MQTTClient
class Holder: pass
def some(count):
    for i in range(count):
        holder = Holder()
        holder.client = MQTTClient('c%d' % i, 'mqtt.server', user='joe', password='secret')
        holder.client.set_callback(lambda topic, msg: holder)
        holder.client.set_last_will('will', 'gone', qos=1)
        holder.client.set_last_will('will', 'away', qos=1)
        if i % 2: holder.client.connect()
        if i % 2: holder.client.subscribe('a')
        if i % 4 == 3: holder.client.publish('a', bytes(20000), qos=1)
some(40)
before = allocated()
some(200)
print('flat', allocated() - before)
"""
    lines = run(t, script, MOTE_HOSTS=p.hosts(broker.port))
    check(abs(int(lines[-1].split()[1])) < 8192, lines[-1])


@case("timers-and-tasks")
def gives_back_what_timers_and_tasks_have_had(t):
    script = ALLOCATED + """
import uasyncio as asyncio
from machine import Timer
async def one(i):
    await asyncio.sleep_ms(i % 3)
async def some(count):
    for i in range(count):
        await asyncio.gather(one(i), one(i + 1))
        try:
            await asyncio.wait_for_ms(asyncio.Event().wait(), 1)
        except asyncio.TimeoutError:
            pass
        Timer(-1, period=100, callback=print).deinit()
asyncio.run(some(30))
before = allocated()
asyncio.run(some(300))
print('flat', allocated() - before)
"""
    lines = run(t, script)
    check(abs(int(lines[-1].split()[1])) < 8192, lines[-1])


# --- Signals ---

def interrupt(program):
    program.process.send_signal(signal.SIGINT)


@case("ctrl-c-in-wait-msg")
def leaves_wait_msg_by_ctrl_c(t):
    script = client("try:\n    c.wait_msg()\nexcept KeyboardInterrupt:\n    print('interrupted')\nc.publish('a', 'goes on')\nc.wait_msg()")
    program, connection = connected(t, script)
    interrupt(program)
    program.wait_line("^interrupted$")
    check_equal(connection.expect(p.PUBLISH).payload, b"goes on", "what is published")
    interrupt(program)
    check_equal(program.wait_exit(), -signal.SIGINT, "exit status")
    check(not any("Traceback" in line for line in program.lines), f"{program.lines}")


@case("ctrl-c-elsewhere")
def leaves_everything_else_that_waits(t):
    station = "import network\nw = network.WLAN()\nw.active(True)\n"
    loop = "import uasyncio as a\nasync def f():\n    print('begin')\n    await a.sleep(3600)\na.run(f())\n"
    waits = {"isconnected": station + "print('begin')\nwhile not w.isconnected(): pass\n",
             "scan": station + "print('begin')\nwhile True: w.scan()\n",
             "uasyncio": loop,
             "connect": "from umqtt.simple import MQTTClient\nprint('begin')\nMQTTClient('t', 'mqtt.server', timeout=None).connect()\n",
             "publish": client("print('begin')\nc.publish('a', 'b', qos=1)", arguments="timeout=None"),
             "lightsleep": "import machine\nprint('begin')\nmachine.lightsleep()\n"}
    for name, script in waits.items():
        peer = Peer()
        program = start(t, script, **peer.env())
        if name == "publish":
            connection = peer.connection()
            connection.accept()
            connection.expect(p.PUBLISH)
        program.wait_line("^begin$")
        interrupt(program)
        check_equal(program.wait_exit(), -signal.SIGINT, f"exit status of {name}")


@case("others-run-meanwhile")
def lets_other_threads_run_while_it_waits(t):
    script = client("""
import threading
def other():
    try:
        c.publish('a', 'b')
    except RuntimeError as e:
        print(e)
    print('other thread', sum(range(1000)))
threading.Thread(target=other).start()
c.wait_msg()
""")
    program, connection = connected(t, script)
    program.wait_line("^Mote is called from one thread only, as on the chip$")
    program.wait_line("^other thread 499500$")
    connection.send(publish("a", "end"))
    check_equal(program.wait_exit(), 0, "exit status")


# --- Exceptions of callbacks ---

@case("callback-raises")
def passes_on_what_a_callback_raises(t):
    script = """
from umqtt.simple import MQTTClient
def cb(topic, msg):
    print('got', msg)
    if msg != b'good': raise KeyError(msg.decode())
c = MQTTClient('t', 'mqtt.server')
c.set_callback(cb)
print('session', c.connect())
for call in (c.wait_msg, c.wait_msg, lambda: c.subscribe('a'), c.wait_msg):
    try:
        print(call())
    except KeyError as e:
        print('raised', e)
"""
    program, connection = connected(t, script)
    connection.send(publish("a", "first", 1, 5))
    check_equal(connection.expect(p.PUBACK).packet_id, 5, "PUBACK of")
    connection.send(publish("a", "second"))
    subscribe = connection.expect(p.SUBSCRIBE)
    connection.send(publish("a", "third"), p.packet(0x90, subscribe.body[:2], b"\0"), publish("a", "good"))
    check_equal(program.wait_exit(), 0, "exit status")
    check_equal([line for line in program.lines if "raised" in line], ["raised 'first'", "raised 'second'", "raised 'third'"], "exceptions")
    check_equal(program.lines[-2:], ["got b'good'", "48"], "the end")


@case("callback-leaves")
def may_disconnect_in_its_callback(t):
    script = client("c.wait_msg()\nprint(c.connected)").replace("    got.append", "    c.disconnect()\n    got.append")
    program, connection = connected(t, script)
    connection.send(publish("a", "go"))
    connection.expect(p.DISCONNECT)
    program.wait_line("^False$")


@case("exit-in-callback")
def ends_by_sys_exit_in_a_callback(t):
    script = client("c.wait_msg()").replace("    got.append", "    sys.exit(7)\n    got.append")
    program, connection = connected(t, script)
    connection.send(publish("a", "go"))
    check_equal(program.wait_exit(), 7, "exit status")


# --- What it cannot use ---

@case("bad-inputs")
def refuses_what_it_cannot_use(t):
    script = """
from umqtt.simple import MQTTClient
from mote import _mote
import machine, network, uasyncio
def attempt(f, *args, **kw):
    try:
        f(*args, **kw)
        print('nothing is wrong with', args, kw)
    except (TypeError, ValueError, OverflowError, RuntimeError, AssertionError, UnicodeError) as e:
        pass
new = lambda *args, **kw: MQTTClient('t', 'mqtt.server', *args, **kw)
for port in (-1, 65536, 2 ** 70, 'x', 1.5, b''): attempt(new, port)
for alive in (-1, 65536, 2 ** 40, 'x'): attempt(new, 0, None, None, alive)
attempt(MQTTClient), attempt(MQTTClient, 5, 'x'), attempt(MQTTClient, 't', 5), attempt(MQTTClient, 't', b'\\xff'), attempt(MQTTClient, 't', 'a\\0b'), attempt(MQTTClient, None, 'x')
attempt(new, user=5, password='x'), attempt(new, password='x'), attempt(new, buffer=1), attempt(new, buffer=2 ** 40)
attempt(new, version=6), attempt(new, timeout=-1), attempt(new, timeout='x'), attempt(new, ssl=object())
attempt(new, ssl=True, ssl_params={'server_hostname': 'other'}), attempt(new, ssl=True, ssl_params={'nonsense': 1})
c = new()
attempt(c.publish), attempt(c.publish, 'a'), attempt(c.publish, 'a', 5), attempt(c.publish, None, 'x'), attempt(c.publish, 'a', 'x', qos=3)
attempt(c.publish, 'a', 'x', qos=-1), attempt(c.publish, 'a', 'x', qos=2 ** 40), attempt(c.publish, '\\ud800', 'x')
attempt(c.subscribe, 'a'), attempt(c.unsubscribe, 5), attempt(c.set_last_will, 'a', 5), attempt(c.set_last_will, 'a', 'b', qos=9)
attempt(c.connect, True, -1), attempt(c.connect, True, 'x')
attempt(_mote.Client), attempt(_mote.Timer), attempt(_mote.Timer, print, False, 5), attempt(_mote.Timer(print, False).start, -1)
attempt(_mote.Timer(print, False).start, 2 ** 40), attempt(_mote.start, 'sim', None), attempt(_mote.pin_find, 2 ** 40), attempt(_mote.pin_find, [])
for pin in (-1, 64, 2 ** 31 - 1, -2 ** 31):
    attempt(_mote.pin_init, pin, 1, 0, 0), attempt(_mote.pin_write, pin, 1), attempt(_mote.pin_read, pin), attempt(_mote.pin_irq, pin, 1, print)
attempt(_mote.pin_drive, 99, 1), attempt(_mote.pin_drive, -1, 1), attempt(_mote.wlan_connect, 0, 5, None, None)
attempt(_mote.wlan_connect, 0, 'a', 'b', b'short'), attempt(_mote.wlan_set_addresses, 'x' * 99, '', '', '')
attempt(network.WLAN, 5), attempt(network.WLAN().ifconfig, (1, 2)), attempt(uasyncio.create_task, 5), attempt(machine.freq, 7)
for role in (-1, 2, 99): attempt(_mote.wlan_is_active, role), attempt(_mote.wlan_addresses, role), attempt(_mote.wlan_mac, role)
print('end')
"""
    check_equal(run(t, script), ["end"], "what it says")


@case("bytes-like")
def takes_whatever_has_bytes(t):
    broker = t.mosquitto()
    script = client("""
c.subscribe(bytearray(b'a'))
for payload in ('text', b'bytes', bytearray(b'array'), memoryview(b'a view')[2:]):
    c.publish(memoryview(b'a'), payload, True, 1)
while len(got) < 4: c.wait_msg()
""")
    lines = run(t, script, MOTE_HOSTS=p.hosts(broker.port))
    check_equal(lines[1:], ["got b'a' b'text'", "got b'a' b'bytes'", "got b'a' b'array'", "got b'a' b'view'"], "what it says")


@case("no-board")
def says_that_there_is_no_board(t):
    words = "from mote import _mote\ntry:\n    _mote.poll()\nexcept RuntimeError as e:\n    print(e)\n"
    program = t.start(p.PYTHON, "-W", "error", "-c", words, env=p.environment())
    check_equal(program.wait_exit(), 0, "exit status")
    check_equal(program.lines, ["there is no board yet: python3 -m mote run FILE"], "what it says")


@case("connect-refused")
def raises_what_has_gone_wrong(t):
    script = """
from umqtt.simple import MQTTClient, MQTTException
import sys
for port in sys.argv[1:]:
    try:
        MQTTClient('t', '127.0.0.1', int(port)).connect()
    except OSError as e:
        print(e.args[0], e.args[1].endswith('(tcp.refused)'))
    except MQTTException as e:
        print(repr(e))
try:
    MQTTClient('t', 'nowhere.invalid').connect()
except OSError as e:
    print(e.args[0])
"""
    nobody, refuser = Peer(), Peer()
    nobody.close()
    program = start(t, script, str(nobody.port), str(refuser.port), MOTE_HOSTS="nowhere.invalid=a..b")
    connection = refuser.connection()
    connection.expect(p.CONNECT)
    connection.send(b"\x20\x02\x00\x05")
    check_equal(program.wait_exit(), 0, "exit status")
    check_equal(program.lines, ["111 True", "MQTTException(5)", "-2"], "what it says")


@case("tls")
def looks_at_the_certificate(t):
    files = t.directory()
    make_authority(files, "authority")
    make_authority(files, "other")
    make_certificate(files, "server", "authority")
    broker = t.mosquitto("".join(f"{what} {files}/{name}\n" for what, name in
                                 (("cafile", "authority.pem"), ("certfile", "server.pem"), ("keyfile", "server.key"))))
    script = """
import sys
from umqtt.simple import MQTTClient
port, files = int(sys.argv[1]), sys.argv[2]
for params in ({'cafile': files + '/authority.pem', 'server_hostname': '127.0.0.1'}, {'cafile': files + '/other.pem'}, {}, {'cert_reqs': 0},
               {'cafile': files + '/none.pem'}):
    c = MQTTClient('t', '127.0.0.1', port, ssl=True, ssl_params=params)
    try:
        c.connect()
        c.publish('a', 'b', qos=1)
        print('there')
        c.disconnect()
    except (OSError, ValueError) as e:
        print(type(e).__name__, c.reason, 'No such file' in str(e))
"""
    lines = run(t, script, str(broker.port), files)
    check_equal(lines, ["there", "OSError tls.untrusted False", "OSError tls.untrusted False", "there", "ValueError config.invalid True"], "what it says")


if __name__ == "__main__":
    main("python/extension")
