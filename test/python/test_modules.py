#!/usr/bin/python3
"""The modules that MicroPython's port for the ESP8266 has: names, tuples, bytes, and the words of exceptions."""

import os

import python_test as p
from python_test import ATTEMPT, ROOT, check, environment, run, start
from mote_test import case, check_equal, main

STATION = "import network\nw = network.WLAN(network.STA_IF)\n"


# --- network ---

@case("wlan-words")
def has_the_words_of_the_esp8266(t):
    script = ATTEMPT + STATION + """
a = network.WLAN(network.AP_IF)
print(network.STA_IF, network.AP_IF, network.WLAN() is w, w.active())
attempt(network.WLAN, 2)
attempt(w.connect, 'essid', 'password')
attempt(w.connect)
attempt(w.scan)
attempt(a.scan)
attempt(a.connect, 'x', 'password')
attempt(a.config, essid='ESP-AP')
print(w.active(True), w.active())
attempt(w.config, 'mac', essid='x')
attempt(w.config, 'nonsense')
attempt(w.config, nonsense=1)
attempt(w.config, essid='x')
attempt(w.config, ssid='x')
attempt(w.config)
attempt(a.config, dhcp_hostname='x')
attempt(w.connect, 'x' * 33, 'password')
attempt(w.connect, 5)
print(a.isconnected(), w.isconnected(), a.status(), w.status())
"""
    check_equal(run(t, script), [
        "0 1 True False", "ValueError: ", "OSError: Cannot set STA config", "OSError: Cannot connect to AP",
        "OSError: STA must be active", "OSError: STA required", "OSError: STA required", "OSError: can't set AP config",
        "None True", "TypeError: either pos or kw args are allowed", "ValueError: unknown config param",
        "ValueError: unknown config param", "OSError: AP required", "OSError: AP required",
        "TypeError: can query only one param", "OSError: STA required", "OSError: Cannot set STA config",
        "TypeError: can't convert 'int' object to str implicitly", "False False -1 0"], "what it says")


@case("wlan-scan")
def tells_what_is_in_the_air(t):
    script = STATION + "w.active(True)\nfor found in w.scan(): print(found)\n"
    lines = run(t, script, MOTE_AIR="No,thankyou-2:key:with,all:300,open::5")
    check(lines[0].startswith("(b'No,thankyou-2', b'\\x02AIR"), lines[0])
    check(lines[0].endswith(", 3, 0)") and lines[1].endswith(", 0, 0)"), f"authmodes in {lines}")


@case("wlan-another-network")
def replaces_the_network_that_it_is_about_to_join(t):
    script = STATION + """
w.active(True)
w.connect('slow', 'password')
w.connect('essid', 'password')
while not w.isconnected(): pass
print(w.config('essid'), w.status() == network.STAT_GOT_IP)
"""
    check_equal(run(t, script, MOTE_AIR="slow:password:60000,essid:password:10"), ["essid True"], "what it says")


@case("wlan-status")
def says_why_it_cannot_join(t):
    script = STATION + """
w.active(True)
for name, key in (('away', 'password'), ('essid', 'wrong-key')):
    w.connect(name, key)
    while w.status() in (network.STAT_IDLE, network.STAT_CONNECTING): pass
    print(w.status(), w.isconnected(), w.ifconfig()[0])
"""
    check_equal(run(t, script), ["3 False 0.0.0.0", "2 False 0.0.0.0"], "what it says")


@case("wlan-own-addresses")
def has_the_addresses_that_it_is_given(t):
    script = STATION + """
w.active(True)
w.ifconfig(('10.0.0.7', '255.0.0.0', '10.0.0.1', '9.9.9.9'))
w.connect('essid', 'password')
while not w.isconnected(): pass
print(w.ifconfig())
w.disconnect()
print(w.isconnected(), w.ifconfig())
"""
    check_equal(run(t, script), ["('10.0.0.7', '255.0.0.0', '10.0.0.1', '9.9.9.9')",
                                 "False ('0.0.0.0', '0.0.0.0', '0.0.0.0', '0.0.0.0')"], "what it says")


@case("wlan-addresses-of-each")
def gives_each_interface_its_own_addresses(t):
    script = ATTEMPT + STATION + """
ap = network.WLAN(network.AP_IF)
ap.active(True)
ap.ifconfig(('192.168.0.1', 24, '192.168.0.1', '8.8.8.8'))
print(ap.ifconfig(), ap.status('stations'))
w.active(True)
w.connect('essid', 'password')
while not w.isconnected(): pass
print(w.ifconfig()[0], w.ipconfig('addr4'), w.ipconfig('gw4'), ap.ipconfig('addr4'))
for bad in (('10.0.0.500', 24, '10.0.0.1', '8.8.8.8'), ('10.0.0.5', 33, '10.0.0.1', '8.8.8.8'), ('10.0.0.5', 24, 'x', ''), ()):
    attempt(w.ifconfig, bad)
attempt(ap.ifconfig, 'dhcp')
attempt(w.ifconfig, 'dhcp')
attempt(w.ipconfig, 'x')
attempt(w.config, dhcp_hostname='x' * 33)
attempt(network.WLAN, 'x')
"""
    check_equal(run(t, script), [
        "('192.168.0.1', '255.255.255.0', '192.168.0.1', '8.8.8.8') []",
        "192.168.4.2 ('192.168.4.2', '255.255.255.0') 192.168.4.1 ('192.168.0.1', '255.255.255.0')",
        *["ValueError: invalid arguments"] * 3, "ValueError: requested length 4 but object has length 0",
        "OSError: STA required", "None", "ValueError: unexpected key", "ValueError: a hostname has 1 to 32 bytes",
        "TypeError: can't convert str to int"], "what it says")


@case("wlan-off-cuts-the-links")
def has_no_connection_without_its_network(t):
    broker = t.mosquitto()
    script = STATION + """
from umqtt.simple import MQTTClient
c = MQTTClient('t', 'mqtt.server')
c.connect()
w.active(True)
try:
    MQTTClient('u', 'mqtt.server', timeout=0.3).connect()
except OSError as e:
    print('no', e.args[0])
w.connect('essid', 'password')
while not w.isconnected(): pass
c.publish('a', 'b', qos=1)
print('there')
"""
    check_equal(run(t, script, MOTE_HOSTS=p.hosts(broker.port)), ["no 110", "there"], "what it says")


@case("board-linux")
def uses_this_machines_network_on_linux(t):
    broker = t.mosquitto()
    script = ATTEMPT + STATION + f"""
from machine import Pin
attempt(Pin('gpiochip99/3').irq, print)
attempt(w.connect, 'essid', 'password')
w.active(True)
w.connect('essid', 'password')
print(w.isconnected(), len(w.ifconfig()), len(w.config('mac')), w.ifconfig()[0] != '0.0.0.0')
from umqtt.simple import MQTTClient
MQTTClient('t', '127.0.0.1', {broker.port}).connect()
print('there')
"""
    check_equal(run(t, script, options=("--board", "linux")), ["OSError: gpiochip99/3: No such file or directory",
                "OSError: Cannot set STA config", "True 4 6 True", "there"], "what it says")


# --- The rest ---

@case("small-modules")
def has_the_small_ones(t):
    script = """
import ubinascii, ujson, utime, time, upip
print(ubinascii.hexlify(b'ab'), ujson.loads('{"a": [1]}'), ujson.dumps([1]))
print(utime.ticks_diff(utime.ticks_add(5, -10), 5), time.ticks_diff(time.ticks_ms(), time.ticks_ms()) <= 0)
time.sleep_ms(1); utime.sleep_us(1); utime.sleep(0)
upip.install(['micropython-umqtt.robust', 'micropython-uasyncio', 'nonsense'])
"""
    lines = run(t, script)
    for wanted in ("b'6162' {'a': [1]} [1]", "-10 True", "micropython-umqtt.robust is already built in",
                   "micropython-uasyncio is already built in", "Error installing 'nonsense': there is no such module in Mote"):
        check(wanted in lines, f"{wanted!r} is not in {lines}")


@case("names-of-the-board")
def has_what_scripts_for_the_board_begin_with(t):
    script = """
import esp, gc, machine, micropython, sys
import uos, usys, ustruct, ure, urandom, uhashlib, uio, ucollections, uerrno, uselect, usocket, ussl, uzlib, uheapq
from micropython import const
esp.osdebug(None)
gc.collect()
gc.threshold(gc.mem_free() // 4 + gc.mem_alloc())
print(const(5), micropython.native(const)(6), ure.match('a+', 'aab').group(0), ustruct.pack('>H', 1), uerrno.ENOENT)
micropython.alloc_emergency_exception_buf(100)
try:
    raise ValueError('x')
except ValueError as e:
    sys.print_exception(e)
done = []
micropython.schedule(done.append, 1)
while not done: pass
print(done)
"""
    lines = run(t, script)
    check_equal([line for line in lines if not line.startswith(" ")], [
        "5 6 aa b'\\x00\\x01' 2", "Traceback (most recent call last):", "ValueError: x", "[1]"], "what it says")


@case("shadows-nothing")
def has_its_modules_only_in_run(t):
    words = "import mote\nfor name in ('network', 'machine', 'umqtt', 'uasyncio', 'upip', 'ujson', 'utime'):\n" \
        "    try:\n        __import__(name)\n        print('there is', name)\n    except ImportError:\n        pass\nprint('none')\n"
    program = t.start(p.PYTHON, "-W", "error", "-c", words, env=environment())
    check_equal(program.wait_exit(), 0, "exit status")
    check_equal(program.lines, ["none"], "what it says")


@case("robust")
def waits_for_its_broker_as_umqtt_robust_does(t):
    broker = t.mosquitto()
    script = p.client("c.subscribe('a', 1)\nprint('ready')\nwhile not got: c.check_msg()\nprint(c.reconnect())\nc.disconnect()")
    program = start(t, script.replace("umqtt.simple import MQTTClient, MQTTException", "umqtt.robust import MQTTClient"),
                    MOTE_HOSTS=p.hosts(broker.port))
    program.wait_line("^ready$")
    broker.kill()
    broker.start()
    broker.program.wait_line("Sending SUBACK")
    broker.publish("a", "back", "-q", "1")
    program.wait_line("^got b'a' b'back'$")
    check_equal(program.wait_exit(), 0, "exit status")


# --- The command ---

@case("usage")
def says_what_is_wrong(t):
    for words, status, line in (
            (["run", "/nowhere/x.py"], 2, "mote: /nowhere/x.py: No such file or directory (config.invalid)"),
            (["run", "--air", "/nowhere/air", os.path.join(ROOT, "test/python/scripts/station.py")], 2,
             "mote: /nowhere/air: No such file or directory (config.invalid)"),
            ([], 1, "usage: python3 -m mote run")):
        program = t.start(p.PYTHON, "-W", "error", "-m", "mote", *words, env=environment())
        check_equal(program.wait_exit(), status, f"exit status of {words}")
        check(program.lines[0].startswith(line), f"{program.lines[0]!r}")
    for name, value in (("MOTE_AIR", "essid"), ("MOTE_AIR", "essid:password:x"), ("MOTE_HOSTS", "a"), ("MOTE_HOSTS", "a:x=b"),
                        ("MOTE_HOSTS", "=b"), ("MOTE_PIN_LOG", "/nowhere/log"), ("MOTE_BOARD", "toaster")):
        lines = run(t, "print('no')", status=2, **{name: value})
        check(len(lines) == 1 and name in lines[0] and lines[0].endswith("(config.invalid)"), f"{name}: {lines}")


@case("air-file")
def reads_the_air_from_a_file(t):
    air = p.write(t, "# what is there\nhome, sweet:password:5\n\nopen::5\n", "air")
    script = STATION + "w.active(True)\nprint([found[0] for found in w.scan()])\n"
    check_equal(run(t, script, options=("--air", air)), ["[b'home, sweet', b'open']"], "what it says")
    script = STATION + "w.active(True)\nw.connect('play', 'key')\nwhile not w.isconnected(): pass\n"
    check_equal(run(t, script, MOTE_AIR="play:key:1"), [], "a key that is short")


@case("hosts-port-first")
def leads_a_port_elsewhere_than_the_rest_of_the_host(t):
    broker = t.mosquitto()
    script = """
from umqtt.simple import MQTTClient
print(MQTTClient('a', 'mqtt.server').connect())
try:
    MQTTClient('a', 'mqtt.server', 1884).connect()
except OSError as e:
    print(e.args[0])
"""
    right = f"mqtt.server:1883=127.0.0.1:{broker.port}"
    for said in (f"{right},mqtt.server=127.0.0.1:1", f"mqtt.server=127.0.0.1:1,{right}"):
        check_equal(run(t, script, MOTE_HOSTS=said), ["0", "111"], said)


@case("client-arguments")
def says_what_of_a_client_cannot_be(t):
    broker = t.mosquitto()
    script = ATTEMPT + """
from umqtt.simple import MQTTClient
c = MQTTClient('a', b'mqtt.server')
attempt(c.connect)
attempt(c.set_last_will, '', 'gone')
attempt(MQTTClient, 'a', '')
attempt(MQTTClient('b', '127.0.0.1', 1).connect)
attempt(MQTTClient('x' * 70000, 'mqtt.server').connect)
"""
    lines = run(t, script, MOTE_HOSTS=p.hosts(broker.port))
    check_equal(lines[:3], ["0", "ValueError: topic", "ValueError: server"], "what it says")
    check("refused" in lines[3], lines[3])
    check(lines[4].startswith("ValueError") and "refused" not in lines[4], lines[4])


@case("imports")
def finds_modules_beside_the_script_and_in_its_lib(t):
    folder = t.directory()
    os.mkdir(os.path.join(folder, "lib"))
    for name, text in (("beside.py", "x = 1\n"), ("lib/below.py", "y = 2\n"), ("machine.py", "raise ImportError\n"),
                       ("main.py", "import beside, below, machine\nprint(beside.x, below.y, machine.PWRON_RESET)\n")):
        with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
            file.write(text)
    check_equal(run(t, os.path.join(folder, "main.py")), ["1 2 0"], "what it says")


@case("traceback")
def shows_the_scripts_own_frames(t):
    lines = run(t, "def f():\n    raise ValueError('x')\nf()\n", status=1)
    check_equal(len([line for line in lines if line.lstrip().startswith("File")]), 2, f"frames in {lines}")
    check_equal(run(t, "import sys\nsys.exit(3)", status=3), [], "what it says")


if __name__ == "__main__":
    main("python/modules")
