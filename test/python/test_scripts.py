#!/usr/bin/python3
"""Scripts as users of the ESP8266 write them: what they begin with, sleep with, serve pages with, and what they see when something is wrong."""

import os

import python_test as p
from python_test import ATTEMPT, Peer, check, run, start, write
from mote_test import case, check_equal, free_port, main


def begins(lines, *wanted):
    for text in wanted:
        check(text in lines, f"{text!r} is not in {lines}")


@case("sensor-that-sleeps")
def sleeps_deeply_between_two_measurements(t):
    broker = t.mosquitto()
    heard = broker.subscribe("sensor/#")
    lines = run(t, """
import machine, network, time, ubinascii, ujson
from umqtt.simple import MQTTClient
CLIENT_ID = ubinascii.hexlify(machine.unique_id())
sta = network.WLAN(network.STA_IF)
sta.active(True)
sta.connect('essid', 'password')
while not sta.isconnected():
    time.sleep_ms(5)
rtc = machine.RTC()
n = int(rtc.memory()) if machine.reset_cause() == machine.DEEPSLEEP_RESET else 0
print('cause', machine.reset_cause(), rtc.memory())
c = MQTTClient(CLIENT_ID, 'mqtt.server')
c.connect()
c.publish(b'sensor/light', ujson.dumps({'v': machine.ADC(0).read(), 'n': n}), qos=1)
c.disconnect()
rtc.memory(str(n + 1))
if n == 1:
    machine.deepsleep(10)
if n == 0:
    rtc.irq(trigger=rtc.ALARM0, wake=machine.DEEPSLEEP)
    rtc.alarm(rtc.ALARM0, 20)
    machine.deepsleep()
""", MOTE_HOSTS=p.hosts(broker.port), MOTE_ADC="700")
    check_equal(lines, ["cause 0 b''", "cause 5 b'1'", "cause 5 b'2'"], "what it says")
    for n in range(3):
        heard.wait_line('sensor/light {"v": 700, "n": %d}' % n)


@case("boot-and-main")
def runs_the_files_of_a_board(t):
    boot = write(t, "import esp, uos, gc, webrepl\nesp.osdebug(None)\nuos.dupterm(None, 1)\nwebrepl.start()\ngc.collect()\nSSID = 'essid'\n"
                 "raise ValueError('boot')\n", "boot.py")
    folder = os.path.dirname(boot)
    for name, text in (("main.py", "import machine\nfrom config import PIN\nprint(SSID, PIN, __name__, machine.freq())\n"),
                       ("config.py", "PIN = 2\n")):
        with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
            file.write(text)
    begins(run(t, folder, status=1), "essid 2 __main__ 80000000", "ValueError: boot")
    os.remove(boot)
    begins(run(t, folder, status=1), "NameError: name 'SSID' is not defined")
    os.remove(os.path.join(folder, "main.py"))
    begins(run(t, folder, status=2), f"mote: {folder}: there is neither a boot.py nor a main.py in it (config.invalid)")


@case("page-of-its-own")
def serves_a_page_with_sockets(t):
    port = free_port()
    program = start(t, f"""
import socket
from machine import Pin
led = Pin(2, Pin.OUT)
addr = socket.getaddrinfo('0.0.0.0', {port})[0][-1]
s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(addr)
s.listen(1)
print('listening on', addr)
conn, addr = s.accept()
request = str(conn.recv(1024))
print(request.find('/?led=on'))
conn.send('HTTP/1.1 200 OK\\n')
conn.send('Connection: close\\n\\n')
conn.sendall('<h1>%d</h1>' % led.value())
conn.close()
cl, addr = s.accept()
cl_file = cl.makefile('rwb', 0)
while True:
    line = cl_file.readline()
    print(line)
    if not line or line == b'\\r\\n':
        break
cl_file.write('bye')
""")
    program.wait_line("listening")
    from urllib.request import urlopen
    with urlopen(f"http://127.0.0.1:{port}/?led=on", timeout=60) as answer:
        check_equal(answer.read(), b"<h1>1</h1>", "the page")
    import socket
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(b"GET / HTTP/1.0\r\n\r\nrest")
        check_equal(connection.makefile().read(3), "bye", "the answer")
    check_equal(program.wait_exit(), 0, "exit status")
    check_equal(program.lines[1:], ["6", "b'GET / HTTP/1.0\\r\\n'", "b'\\r\\n'"], "what it says")


@case("sockets-as-streams")
def has_sockets_that_are_streams(t):
    peer = Peer()
    program = start(t, f"""
import socket, uselect, uerrno
s = socket.socket()
s.connect(socket.getaddrinfo('example.org', 80)[0][-1])
print(s.write('hello '), s.write(b'world', 3))
print(s.readline(), s.read(3), s.readinto(bytearray(2)))
s.setblocking(False)
print(s.read(5), s.readline())
poller = uselect.poll()
poller.register(s, uselect.POLLIN)
print(poller.poll(0))
s.write('go')
for found, event in poller.poll():
    print(found is s, event == uselect.POLLIN, s.read(4))
s.settimeout(0.01)
try:
    s.recv(1)
except OSError as e:
    print(e.args[0] == uerrno.ETIMEDOUT)
s.setblocking(True)
s.write('end')
print(s.read())
""", MOTE_HOSTS=f"example.org=127.0.0.1:{peer.port}")
    connection = peer.connection()
    check_equal(connection.read(9), b"hello wor", "what was written")
    connection.send(b"line\nabcde")
    check_equal(connection.read(2), b"go", "what comes when there was nothing")
    connection.send(b"data")
    check_equal(connection.read(3), b"end", "what comes at the end")
    connection.send(b"rest")
    connection.close()
    check_equal(program.wait_exit(), 0, "exit status")
    check_equal(program.lines, ["6 3", "b'line\\n' b'abc' 2", "None None", "[]", "True True b'data'", "True", "b'rest'"], "what it says")


@case("requests")
def asks_by_http(t):
    peer = Peer()
    program = start(t, ATTEMPT + """
import urequests
r = urequests.get('http://example.org/a?b=c', headers={'X': 'y'})
print(r.status_code, r.reason, r.json()['t'], r.text)
print(urequests.post('http://example.org/p', json={'v': 1}).content)
attempt(urequests.get, 'ftp://example.org/')
""", MOTE_HOSTS=f"example.org:80=127.0.0.1:{peer.port}")
    for wanted, answer in (("GET /a?b=c HTTP/1.1", '{"t": 21}'), ("POST /p HTTP/1.1", "taken")):
        connection = peer.connection()
        request = b""
        while not request.endswith(b"\r\n\r\n"):
            request += connection.read(1)
        check(request.startswith(wanted.encode()) and b"Host: example.org\r\n" in request, f"request {request}")
        if wanted.startswith("POST"):
            check_equal(connection.read(8), b'{"v": 1}', "the body")
        connection.send(f"HTTP/1.1 200 OK\r\nContent-Length: {len(answer)}\r\n\r\n{answer}".encode())
        connection.close()
    check_equal(program.wait_exit(), 0, "exit status")
    check_equal(program.lines, ["200 b'OK' 21 {\"t\": 21}", "b'taken'", "ValueError: Unsupported protocol: ftp:"], "what it says")


@case("clock")
def has_a_clock_as_the_chip(t):
    lines = run(t, """
import machine, ntptime, time, utime
rtc = machine.RTC()
print(time.gmtime(0), time.mktime((2000, 1, 2, 0, 0, 1, 0, 0)), time is utime)
now = time.time()
print(type(now) is int, len(time.localtime()), abs(time.mktime(time.localtime()) - now) <= 1)
rtc.datetime((2030, 5, 6, 0, 12, 30, 15, 0))
print(rtc.datetime()[:6], time.localtime()[:5], time.strftime('%Y-%m-%d', time.localtime()))
ntptime.settime()
print(abs(time.time() - ntptime.time()) <= 1, time.localtime()[0] < 2030 or time.time() - now < 1000)
import logging  # others' time is theirs
logging.warning('%s', type(logging.time.time()))
""", TZ="Asia/Shanghai")
    check_equal(lines[:4], ["(2000, 1, 1, 0, 0, 0, 5, 1) 86401 True", "True 8 True",
                            "(2030, 5, 6, 0, 12, 30) (2030, 5, 6, 12, 30) 2030-05-06", "True True"], "what it says")
    begins(lines, "WARNING:root:<class 'float'>")


@case("imports")
def has_the_modules_of_the_firmware(t):
    lines = run(t, """
import ubinascii, ujson, utime, ustruct, uos, ure, urandom, uhashlib, usocket, ussl, ucollections, uio, uerrno, uselect, uzlib, uheapq
import sys, gc, math, os, esp, machine, micropython, network, uasyncio, upip, urequests, ntptime, webrepl
from micropython import const
print(const(3), sys.platform, sys.implementation.name, sys.stdout is __import__('sys').stdout)
print(ubinascii.hexlify(b'\\x01\\xff', ':'), ujson.loads(b'{"a": null}'), ure.compile('[, ]').split('a,b'))
with open('x.txt', 'w') as file:
    file.write('hello')
print(list(uos.ilistdir('.'))[0][::3], uos.stat('x.txt')[6], gc.mem_free() > 0)
uos.remove('x.txt')
try:
    open('x.txt')
except OSError as e:
    print(e.args[0] == uerrno.ENOENT)
""".replace("'x.txt'", "'PLACE/x.txt'").replace("'.'", "'PLACE'").replace("PLACE", t.directory()))
    check_equal(lines, ["3 esp8266 micropython True", "b'01:ff' {'a': None} ['a', 'b']", "('x.txt', 5) 5 True", "True"], "what it says")


@case("what-the-board-has-not")
def says_what_it_has_not(t):
    lines = run(t, ATTEMPT + """
from machine import ADC, I2C, SPI, UART, Pin, time_pulse_us
attempt(I2C, scl=Pin(5), sda=Pin(4))
attempt(time_pulse_us, Pin(4), 1)
attempt(ADC, 2)
print(ADC(0), ADC(0).read(), ADC(1).read())
try:
    import dht
except ImportError as e:
    print(e)
import onewire
""", status=1)
    check_equal(lines[:4], ["OSError: [Errno 19] I2C: this board has none", "OSError: [Errno 19] time_pulse_us: this board has none",
                            "ValueError: ADC(2) doesn't exist", "ADC(0) 0 3300"], "what it says")
    check("no module named 'dht'" in lines, "it does not say that there is no dht")  # before the trace, or in it: two streams
    check_equal(lines[-1], "ImportError: no module named 'onewire'", "the last")
    lines = run(t, ATTEMPT + "from machine import ADC\nattempt(ADC, 0)\n", options=("--board", "linux"))
    check_equal(lines, ["OSError: this board has no ADC"], "on Linux")


@case("traces")
def shows_the_scripts_own_lines(t):
    """Of our modules' insides, of other modules' and of exceptions before there is no word, as on MicroPython."""
    lines = run(t, """
import uasyncio, ujson
from machine import Pin, Timer
async def dies():
    await uasyncio.sleep_ms(1)
    {}['task']
async def main():
    uasyncio.create_task(dies())
    fired = []
    def fire(timer):
        fired.append(1)
        raise ValueError('timer')
    Timer(-1).init(mode=Timer.ONE_SHOT, period=1, callback=fire)
    while not fired:
        await uasyncio.sleep_ms(1)
    await uasyncio.sleep_ms(5)
    try:
        Pin(2).value(1, 2)
    except TypeError:
        ujson.loads('{')
uasyncio.run(main())
""", status=1)
    text = "\n".join(lines)
    begins(lines, "ValueError: timer", "Task exception wasn't retrieved", "KeyError: 'task'")
    check("JSONDecodeError" in lines[-1] and "TypeError" not in text, f"the last exception in {lines}")
    files = {line.split('"')[1] for line in lines if line.startswith("  File ")}
    check(len(files) == 1 and files.pop().endswith("script.py"), f"files in {lines}")
    check_equal(text.count("Traceback"), 3, "traces")


@case("watchdog")
def is_reset_by_the_watchdog(t):
    lines = run(t, """
import machine, time
print(machine.reset_cause() == machine.WDT_RESET)
if machine.reset_cause() != machine.WDT_RESET:
    machine.WDT().feed()
    while True:
        time.sleep_ms(10)
""")
    check_equal(lines, ["False", "True"], "what it says")


@case("pulses")
def takes_pulses_in_every_way(t):
    lines = run(t, """
from machine import PWM, Pin
led = PWM(Pin(2), 1000, 512)
print(led, led.duty_u16(), led.duty_ns())
led.duty_u16(32768)
print(led.duty())
led.duty_ns(250000)
print(led.duty())
led.deinit()
print(led)
""")
    check_equal(lines, ["PWM(2, freq=1000, duty=512) 32767 500000", "512", "256", "PWM(2)"], "what it says")


if __name__ == "__main__":
    main("python/scripts")
