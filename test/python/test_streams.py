#!/usr/bin/python3
"""uasyncio's streams: connections and servers on Mote's own loop, beside tasks, clients and pins' handlers."""

import os
import subprocess

import python_test as p
from python_test import Peer, check, run, start
from mote_test import case, check_equal, free_port, main

BEGIN = """
import uasyncio
async def serve(cb):
    for port in PORTS:
        try:
            return await uasyncio.start_server(cb, '127.0.0.1', port), port
        except OSError:
            pass
"""


def run_main(t, body, status=0, **env):
    """Runs the body of main(); a server takes the first of these ports that is free."""
    lines = "".join(f"    {line}\n" for line in body.strip().splitlines())
    ports = [free_port() for _ in range(3)]
    return run(t, f"PORTS = {ports}\n{BEGIN}async def main():\n{lines}uasyncio.run(main())\n", status=status, **env)


def peer_script(peer, body):
    lines = "".join(f"    {line}\n" for line in body.strip().splitlines())
    return f"import uasyncio\nasync def main():\n    r, w = await uasyncio.open_connection('127.0.0.1', {peer.port})\n{lines}uasyncio.run(main())\n"


@case("echo")
def talks_both_ways(t):
    check_equal(run_main(t, """
async def echo(r, w):
    print('peer', r.get_extra_info('peername')[0])
    while line := await r.readline():
        w.write(b'<' + line)
        await w.drain()
    w.close()
    await w.wait_closed()
    closed.set()
closed = uasyncio.Event()
server, port = await serve(echo)
r, w = await uasyncio.open_connection('127.0.0.1', port)
print(r is w, w.get_extra_info('peername') == ('127.0.0.1', port))
w.write(b'one\\ntwo')
await w.drain()
print(await r.readline())
await w.awrite('!\\n')
print(await r.readexactly(2), await r.read(1), await r.read(100))
buf = bytearray(4)
w.write(b'abc\\n')
await w.drain()
print(await r.readinto(buf), buf, await r.readline())
w.s.shutdown(1)
print(await r.read(), await r.read(), await r.readline())
try:
    await r.readexactly(1)
except EOFError as e:
    print(repr(e))
await w.aclose()
await closed.wait()
server.close()
await server.wait_closed()
"""), ["True True", "peer 127.0.0.1", "b'<one\\n'", "b'<t' b'w' b'o!\\n'", "4 bytearray(b'<abc') b'\\n'",
       "b'' b'' b''", "EOFError()"], "what it says")


@case("many-at-once")
def serves_many_at_once(t):
    check_equal(run_main(t, """
async def double(r, w):
    w.write(b'%d' % (2 * int(await r.readline())))
    await w.drain()
    await w.wait_closed()
async def ask(i):
    r, w = await uasyncio.open_connection('127.0.0.1', port)
    w.write(b'%d\\n' % i)
    await w.drain()
    answer = int(await r.read(-1))
    await w.wait_closed()
    return answer
server, port = await serve(double)
async with server:
    print(await uasyncio.gather(*[ask(i) for i in range(20)]))
try:
    await uasyncio.open_connection('127.0.0.1', port)
except OSError as e:
    print(e.args[0])
"""), [str([2 * i for i in range(20)]), "111"], "what it says")


@case("more-than-the-socket-takes")
def drains_what_the_socket_does_not_take(t):
    check_equal(run_main(t, """
SIZE = 30000000
async def count(r, w):
    await go.wait()
    total = 0
    while data := await r.read(50000):
        total += len(data)
    print(total)
    done.set()
go, done = uasyncio.Event(), uasyncio.Event()
server, port = await serve(count)
r, w = await uasyncio.open_connection('127.0.0.1', port)
w.write(b'x' * SIZE)
print(0 < len(w.out_buf) < SIZE)
go.set()
await w.drain()
print(len(w.out_buf))
await w.wait_closed()
await done.wait()
"""), ["True", "0", "30000000"], "what it says")


@case("nobody-waits-for-a-stream")
def lets_others_run_meanwhile(t):
    peer = Peer()
    program = start(t, peer_script(peer, """
async def ticks():
    for i in range(5):
        print('tick', i)
        await uasyncio.sleep_ms(1)
    w.write(b'ticked\\n')
uasyncio.create_task(ticks())
print(await r.readline())
"""))
    connection = peer.connection()
    check_equal(connection.read(7), b"ticked\n", "what comes when all ticks have been")
    connection.send(b"an")
    connection.send(b"swer\n")
    check_equal(program.wait_exit(), 0, "exit status")
    check_equal(program.lines, [*[f"tick {i}" for i in range(5)], "b'answer\\n'"], "what it says")


@case("lines-torn-apart")
def puts_lines_together(t):
    peer = Peer()
    program = start(t, peer_script(peer, "while line := await r.readline(): print(line)"))
    connection = peer.connection()
    for byte in b"one\ntwo\n\nthr":
        connection.send(bytes([byte]))
    connection.close()
    check_equal(program.wait_exit(), 0, "exit status")
    check_equal(program.lines, ["b'one\\n'", "b'two\\n'", "b'\\n'", "b'thr'"], "what it says")


@case("cancelled")
def can_be_cancelled(t):
    peer = Peer()
    program = start(t, peer_script(peer, """
for wait in (r.readline, lambda: r.readexactly(4)):
    try:
        await uasyncio.wait_for_ms(wait(), 20)
    except uasyncio.TimeoutError:
        print('timeout')
w.write(b'go\\n')
print(await r.readexactly(6))
reader = uasyncio.create_task(r.read(1))
await uasyncio.sleep_ms(1)
await w.wait_closed()
try:
    await reader
except OSError as e:
    print(e.args[0])
try:
    await r.read(1)
except OSError as e:
    print(e.args[0])
"""))
    connection = peer.connection()
    connection.send(b"abc")
    check_equal(connection.read(3), b"go\n", "what comes after two timeouts")
    connection.send(b"def")
    check_equal(program.wait_exit(), 0, f"exit status, with {program.lines}")
    check_equal(program.lines, ["timeout", "timeout", "b'abcdef'", "9", "9"], "what it says")


@case("who-is-not-there")
def says_who_is_not_there(t):
    check_equal(run_main(t, f"""
for host, port in ('127.0.0.1', {free_port()}), ('nobody.invalid', 80):
    try:
        await uasyncio.open_connection(host, port)
    except OSError as e:
        print(type(e).__name__, e.args[0])
""")[0], "ConnectionRefusedError 111", "what it says")


@case("led-elsewhere")
def follows_the_detours(t):
    peer = Peer()
    program = start(t, """
import uasyncio
async def main():
    r, w = await uasyncio.open_connection('example.org', 80)
    w.write('GET / HTTP/1.0\\r\\n\\r\\n')
    await w.drain()
    print(await r.read())
uasyncio.run(main())
""", MOTE_HOSTS=f"example.org:80=127.0.0.1:{peer.port}")
    connection = peer.connection()
    check_equal(connection.read(18), b"GET / HTTP/1.0\r\n\r\n", "the request")
    connection.send(b"hello")
    connection.close()
    check_equal(program.wait_exit(), 0, "exit status")
    check_equal(program.lines, ["b'hello'"], "what it says")


@case("beside-a-client-and-a-pin")
def runs_beside_a_client_and_a_pin(t):
    """A page that switches the lamp, as scripts for the ESP8266 have it: one loop for the page, the broker and a button."""
    broker, port = t.mosquitto(), free_port()
    heard = broker.subscribe("state")
    program = start(t, f"""
import uasyncio
from machine import Pin
from mote import _mote
from umqtt.simple import MQTTClient
flag = uasyncio.ThreadSafeFlag()
button = Pin(0, Pin.IN, Pin.PULL_UP)
button.irq(lambda pin: flag.set(), Pin.IRQ_FALLING)
c = MQTTClient('t', 'mqtt.server')
c.set_callback(lambda topic, msg: print('got', msg))
async def page(r, w):
    request = await r.readline()
    while await r.readline() != b'\\r\\n': pass
    w.write('HTTP/1.0 200 OK\\r\\n\\r\\n')
    w.write(request)
    await w.drain()
    await w.wait_closed()
    _mote.pin_drive(0, 0)
async def listen():
    while True:
        c.check_msg()
        await uasyncio.sleep_ms(5)
async def main():
    c.connect()
    c.subscribe(b'set')
    uasyncio.create_task(listen())
    await uasyncio.start_server(page, '127.0.0.1', {port})
    print('ready')
    await flag.wait()
    print('pressed')
    c.publish(b'state', b'pressed', qos=1)
    button.irq(None)
uasyncio.run(main())
""", MOTE_HOSTS=p.hosts(broker.port))
    program.wait_line("^ready")
    broker.publish("set", "on", "-q", "1")
    program.wait_line("got b'on'")
    from urllib.request import urlopen
    with urlopen(f"http://127.0.0.1:{port}/lamp", timeout=60) as answer:
        check_equal(answer.read(), b"GET /lamp HTTP/1.1\r\n", "the page")
    heard.wait_line("state pressed")
    check_equal(program.wait_exit(), 0, "exit status")


@case("server-that-is-cancelled")
def ends_a_server_with_its_task(t):
    lines = run_main(t, """
async def nobody(r, w):
    pass
server, port = await serve(nobody)
server.task.cancel()
try:
    await server.task
except uasyncio.CancelledError:
    print('cancelled')
again = await uasyncio.start_server(nobody, '127.0.0.1', port)
again.close()
await again.wait_closed()
print('closed')
try:
    await uasyncio.start_server(nobody, '192.0.2.1', port)
except OSError as e:
    print(e.args[0])
""")
    check_equal(lines, ["cancelled", "closed", "99"], "what it says")


@case("tls")
def speaks_tls(t):
    directory = t.directory()
    key, certificate = (os.path.join(directory, name) for name in ("key.pem", "certificate.pem"))
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate, "-days", "3650",
                    "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"], check=True, capture_output=True)
    check_equal(run_main(t, f"""
import ssl
async def upper(r, w):
    w.write((await r.readline()).upper() * 20000)
    await w.drain()
    await w.wait_closed()
server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
server.load_cert_chain({certificate!r}, {key!r})
port = PORTS[0]
await uasyncio.start_server(upper, '127.0.0.1', port, ssl=server)
client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
client.load_verify_locations({certificate!r})
r, w = await uasyncio.open_connection('localhost', port, ssl=client)
w.write(b'hello\\n')
await w.drain()
print(len(await r.read()))
await w.wait_closed()
try:
    await uasyncio.open_connection('127.0.0.1', port, ssl=True, server_hostname='localhost')
except OSError as e:
    print('certificate' in str(e))
"""), ["120000", "True"], "what it says")


if __name__ == "__main__":
    main("python/streams")
