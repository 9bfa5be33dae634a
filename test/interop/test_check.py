#!/usr/bin/python3
"""mote check: what is said about node files, right and wrong ones: where (line and column), what was expected."""

import os
import re
import subprocess

from mote_test import TIMEOUT_S, case, check, check_equal, main

ERROR = re.compile(r"mote: (?P<file>[^:]*):(?P<place>\d+:\d+): (?P<words>.*: expected .*) \(config\.invalid\)")
SECONDS_MAX = 20

ENTRY = "expected keys and values, `key: value`"
LIST = "expected a list, each entry beginning with `- `"
VALUE = "expected a single value"
FLAG = "expected true or false"
BSSID = "expected the address of an access point, such as 02:00:00:00:01:00"
NAME = "expected a name of 1 to 32 bytes without / + #"
PIN = "expected a pin number of 0 to 65535, gpiochipN/LINE, a line's name or led:NAME"
LEVEL = "expected high or low"
TOPIC = "expected a topic without + and #"
KEY = "expected 8 to 63 characters, or no password for an open network"
YAML = "expected YAML"
ADDRESS = "expected an address with its prefix, such as 192.168.1.7/24, or without it beside a netmask"
SIZE = "expected a size of 12KB to 255MB, such as 1MB"
PLAIN = "expected one line of plain text"
HOST = "expected mqtt://[user[:password]@]host[:port], but the URL has no host"
PORT = "expected mqtt://[user[:password]@]host[:port], but the port in the URL is not a number of 1 to 65535"

RIGHT = {
    "smallest": "node: a\n",
    "brokers": "node: a\nmqtt:\n  url:\n    - mqtt://user:password@first\n    - mqtts://second:8884\n  way_back: 10m\n"
    "  retry_spread: 10s\n",
    "brokers-in-a-line": "node: a\nmqtt: {url: [mqtt://a, b, unix:///c, ws://d]}\n",
    "one-broker-in-a-list": "node: a\nmqtt: {url: [mqtt://a]}\n",
    "brokers-by-an-alias": "node: a\nmqtt: {url: [&a mqtt://a, *a]}\n",
    "every-key": """\
node: ssbun_home_switch_1
wifi:
  networks:
    - {ssid: "No,thankyou-2", password: beijing_newhome_11.3, priority: 255, hidden: true}
    - {ssid: SSBun, password: Bz123456}
    - {ssid: Open}
mqtt:
  url: mqtt://user:password@mqtt.server:1883
  version: 5
  keep_alive: 60s
  keep_session: yes
  session_expiry: 1d
  retry_min: 500ms
  retry_max: 1m
switches:
  - {name: lamp, pin: 2, active: low, boot: keep, command_topic: ssbun_switch_1, obey_retained: false, on_time_max: 30m}
  - {name: fan, pin: gpiochip1/3, active: high, boot: on}
buttons:
  - {name: key, pin: 0, active: low, pull: up, toggles: lamp}
""",
    "every-key-of-wifi": """\
node: a
wifi:
  attempt: 20s
  rescan: 1m
  roam_below: -70
  roam_gain: 12
  networks:
    - {ssid: x, bssid: "02:00:5e:10:00:0F", attempts: 3, address: 192.168.1.7/24, gateway: 192.168.1.1, dns: 9.9.9.9}
    - {ssid: y, address: 192.168.1.7, netmask: 255.255.255.128}
""",
    "never-roams": "node: a\nwifi: {roam_below: never}\n",
    "comments-and-a-directive": "%YAML 1.1\n# a node\n---\nnode: a # its name\n...\n",
    "byte-order-mark": "\ufeffnode: a\n",
    "lines-as-on-dos": "node: a\r\nmqtt:\r\n  keep_alive: 61s\r\n",
    "tab-after-a-colon": "node:\ta\n",
    "empty-lists": "node: a\nwifi: {networks: []}\nswitches: []\nbuttons: []\n",
    "anchors": "node: a\nswitches: [{name: &n x, pin: 2}]\nbuttons: [{name: y, pin: 0, toggles: *n}]\n",
    "longest-names": f"node: {'n' * 64}\nwifi: {{networks: [{{ssid: {'s' * 32}, password: {'p' * 63}}}]}}\n"
                     f"switches: [{{name: {'x' * 32}, pin: 65535}}]\n",
    "setup-by-default": "node: a\nsetup: {}\n",
    "setup": "node: a\nbuttons: [{name: b, pin: 0}]\n"
             "setup: {ssid: s, key: eight888, open_after: never, close_after: 1m, button: b, hold: 3s}\n",
    "outbox-by-default": "node: a\noutbox: {}\n",
    "outbox": "node: a\noutbox:\n  size: 64KB\n  sync: 20ms\n  topics:\n"
              "    - {topic: a/state, policy: latest}\n    - {topic: a/#, policy: expire, expire: 10m}\n"
              "    - {topic: +/log, policy: drop_oldest}\n    - {topic: \"#\", policy: all}\n    - {topic: b}\n"
              "buttons: [{name: bell, pin: 0, event_qos: 2}]\n",
    "outbox-sizes": "node: a\noutbox: {size: 12288}\n",
    "setup-without-a-key": "node: a\nsetup: {open: true}\n",
    "names-of-any-script": "node: 灯\nswitches: [{name: 客厅, pin: 2, command_topic: 家/灯}]\n",
    "eight-networks": "node: a\nwifi: {networks: [" + ", ".join(f"{{ssid: n{i}}}" for i in range(8)) + "]}\n",
}


def node(more):
    return "node: a\n" + more


def network(fields):
    return node(f"wifi: {{networks: [{{ssid: x, {fields}}}]}}\n")


def mqtt(field):
    return node(f"mqtt: {{{field}}}\n")


def switch(fields):
    return node(f"switches: [{{name: x, pin: 2, {fields}}}]\n")


def outbox_topic(fields):
    return node(f"outbox: {{topics: [{{topic: a, {fields}}}]}}\n")


def button(fields):
    return node(f"buttons: [{{name: x, pin: 2, {fields}}}]\n")


# Each: the file, then every complaint that it is to bring: line:column, and words that must stand there.
WRONG = {
    "nothing-but-a-comment": ("\n\n# nothing\n", "1:1 the file says nothing: expected at least `node: NAME`"),
    "no-mapping": ("42\n", f"1:1 {ENTRY}"),
    "no-mapping-but-a-list": ("- node\n- wifi\n", f"1:1 {ENTRY}"),
    "null": ("---\n", f"1:1 {ENTRY}"),
    "no-node": ("wifi: {}\n", "1:7 the key 'node' is missing: expected it at the beginning of the file"),

    "unknown-key": (node("mqt: {}\n"), "2:1 unknown key 'mqt': expected node, wifi, mqtt, setup, outbox, switches or "
                    "buttons"),
    "unknown-key-of-setup": (
        node("setup: {keys: x}\n"), "2:9 unknown key 'keys': expected ssid, key, open, open_after, close_after, button or "
                                    "hold"),
    "setup-with-a-short-key": (node("setup: {key: short}\n"), "2:14 setup.key: expected 8 to 63 characters"),
    "setup-that-is-open-and-has-a-key": (
        node("setup: {key: long enough, open: true}\n"), "2:33 setup.open: expected no key beside it"),
    "setup-with-a-long-name": (node(f"setup: {{ssid: {'n' * 33}}}\n"), "2:15 setup.ssid: expected a name of 1 to 32 bytes"),
    "setup-that-opens-sometime": (
        node("setup: {open_after: sometime}\n"), "2:21 setup.open_after: expected a duration of 1s to 1d, such as 5m, or never"),
    "setup-that-closes-at-once": (node("setup: {close_after: 0s}\n"), "2:22 setup.close_after: expected a duration of 10s"),
    "setup-with-no-such-button": (
        node("setup: {button: x}\n"), "2:17 setup.button: expected the name of a button of this file"),
    "unknown-key-of-wifi": (node("wifi:\n  network: []\n"), "3:3 unknown key 'network': expected networks"),
    "unknown-key-of-a-network": (
        network("pasword: whatever1"), "2:29 unknown key 'pasword': expected ssid, password, priority, hidden, bssid, attempts, address, netmask, gateway or dns"),
    "unknown-key-of-mqtt": (mqtt("user: x"), "2:8 unknown key 'user': expected url, version, keep_alive, keep_session, "
                                             "session_expiry, retry_min, retry_max, retry_spread, way_back, tls, proxy or "
                                             "bind_address"),
    "unknown-key-of-a-switch": (
        switch("on: 1"), "2:30 unknown key 'on': expected name, pin, active, boot, command_topic, obey_retained or "
                         "on_time_max"),
    "unknown-key-of-a-button": (
        button("boot: on"), "2:29 unknown key 'boot': expected name, pin, active, pull, toggles or event_qos"),
    "unknown-key-that-is-a-value-before": (
        "node: mqt\nswitches: []\nmqt: {}\n", "3:1 unknown key 'mqt'"),
    "unknown-key-of-the-second-entry": (
        node("switches:\n  - {name: x, pin: 2}\n  - {name: y, pin: 4, pn: 5}\n"), "4:23 unknown key 'pn'"),
    "merge-key": (node("mqtt: &m {keep_alive: 60s}\n<<: *m\n"), "3:1 unknown key '<<'"),
    "key-twice": ("node: a\nnode: b\n", "1:7 the key 'node' is here a second time: expected it once"),
    "key-twice-in-an-entry": (
        network("password: 12345678, password: 87654321"),
        "2:39 the key 'password' is here a second time: expected it once"),

    "node-is-a-list": ("node: [a]\n", f"1:7 node: {VALUE}"),
    "node-is-a-mapping": ("node: {a: b}\n", f"1:7 node: {VALUE}"),
    "node-is-missing-its-name": ("node:\n", "1:6 node: expected a name of 1 to 64 bytes without / + #"),
    "node-with-a-slash": ("node: a/b\n", "1:7 node: expected a name of 1 to 64 bytes without / + #"),
    "node-with-a-wildcard": ("node: a#\n", "1:7 node: expected a name of 1 to 64 bytes without / + #"),
    "node-too-long": (f"node: {'n' * 65}\n", "1:7 node: expected a name of 1 to 64 bytes without / + #"),

    "wifi-is-a-value": (node("wifi: x\n"), f"2:7 wifi: {ENTRY}"),
    "wifi-is-a-list": (node("wifi: []\n"), f"2:7 wifi: {ENTRY}"),
    "wifi-is-empty": (node("wifi:\n"), f"2:6 wifi: {ENTRY}"),
    "bssid-of-other-letters": (network('bssid: "02:00:5e:10:00:0g"'), f"2:36 bssid: {BSSID}"),
    "bssid-with-blanks": (network('bssid: " 2:00:5e:10:00:01"'), f"2:36 bssid: {BSSID}"),
    "attempts-no-number": (network("attempts: x"),
                           "2:39 attempts: expected a number of 1 to 255, at one access point in a row"),
    "address-without-prefix": (network("address: 192.168.1.7"), f"2:38 address: {ADDRESS}"),
    "address-of-prefix-0": (network("address: 192.168.1.7/0"), f"2:38 address: {ADDRESS}"),
    "address-of-prefix-33": (network("address: 192.168.1.7/33"), f"2:38 address: {ADDRESS}"),
    "address-too-long": (network("address: 192.168.100.1777/24"), f"2:38 address: {ADDRESS}"),
    "address-with-both": (network("address: 192.168.1.7/24, netmask: 255.255.255.0"), f"2:38 address: {ADDRESS}"),
    "address-with-holes": (network("address: 192.168.1.7, netmask: 255.0.255.0"),
                           "2:60 netmask: expected a netmask, such as 255.255.255.0"),
    "gateway-no-address": (network("address: 1.2.3.4/8, gateway: x"),
                           "2:58 gateway: expected an address, such as 192.168.1.1"),
    "gateway-alone": (network("gateway: 1.2.3.4"), "2:38 gateway: expected also the station's own, as address"),
    "roam-below-above": (node("wifi: {roam_below: 5}\n"),
                         "2:20 roam_below: expected a signal of -100 to -1 (dBm), such as -75, or never"),
    "attempts-none": (network("attempts: 0"), "2:39 attempts: expected a number of 1 to 255, at one access point in a row"),
    "roam-gain-none": (node("wifi: {roam_gain: 0}\n"), "2:19 roam_gain: expected a number of 1 to 50 (dB), such as 8"),
    "roam-gain-too-much": (node("wifi: {roam_gain: 51}\n"), "2:19 roam_gain: expected a number of 1 to 50 (dB), such as 8"),
    "attempt-too-short": (node("wifi: {attempt: 10ms}\n"), "2:17 attempt: expected a duration of 1s to 1h, such as 15s"),
    "rescan-no-duration": (node("wifi: {rescan: often}\n"), "2:16 rescan: expected a duration of 1s to 1h, such as 3s"),
    "networks-is-a-value": (node("wifi: {networks: x}\n"), f"2:18 networks: {LIST}"),
    "networks-is-a-mapping": (node("wifi: {networks: {ssid: x}}\n"), f"2:18 networks: {LIST}"),
    "network-is-a-value": (node("wifi: {networks: [x]}\n"), f"2:19 networks: {ENTRY}"),
    "nine-networks": (
        node("wifi: {networks: [" + ", ".join(f"{{ssid: n{i}}}" for i in range(9)) + "]}\n"),
        "2:18 networks: expected at most 8"),
    "ssid-missing": (
        node("wifi: {networks: [{password: 12345678}]}\n"),
        "2:30 the key 'ssid' is missing: expected it in this entry"),
    "ssid-empty": (node('wifi: {networks: [{ssid: ""}]}\n'), "2:26 ssid: expected a network's name of 1 to 32 bytes"),
    "ssid-too-long": (
        node(f"wifi: {{networks: [{{ssid: {'s' * 33}}}]}}\n"), "2:26 ssid: expected a network's name of 1 to 32 bytes"),
    "password-too-short": (network("password: 1234567"), f"2:39 password: {KEY}"),
    "password-too-long": (network(f"password: {'1' * 64}"), f"2:39 password: {KEY}"),
    "password-is-a-list": (network("password: [12345678]"), f"2:39 password: {VALUE}"),
    "priority-too-high": (
        network("priority: 256"), "2:39 priority: expected a number of 0 to 255, higher is tried first"),
    "priority-negative": (network("priority: -1"), "2:39 priority: expected a number of 0 to 255"),
    "priority-is-a-word": (network("priority: high"), "2:39 priority: expected a number of 0 to 255"),
    "bssid-is-short": (network("bssid: 02:00:00:00:01"), f"2:36 bssid: {BSSID}"),
    "hidden-is-maybe": (network("hidden: maybe"), f"2:37 hidden: {FLAG}"),

    "mqtt-is-a-value": (node("mqtt: mqtt://host\n"), f"2:7 mqtt: {ENTRY}"),
    "url-empty": (mqtt('url: ""'), f"2:13 mqtt.url: {HOST}"),
    "url-without-a-host": (mqtt('url: "mqtt://user:password@"'), f"2:13 mqtt.url: {HOST}"),
    "url-with-a-wrong-port": (mqtt('url: "mqtt://host:99999"'), f"2:13 mqtt.url: {PORT}"),
    "url-of-another-kind": (mqtt('url: "http://host"'), "2:13 mqtt.url: expected mqtt://"),
    "url-of-no-file": (mqtt('url: "unix://run/socket"'), "2:13 mqtt.url: expected mqtt://"),
    "unknown-key-of-tls": (mqtt("tls: {cafile: x}"), "2:14 unknown key 'cafile': expected ca_file, ca_path, "
                                                     "system_authorities, certificate_file, key_file, key_password, "
                                                     "ciphers, version, alpn, psk, psk_identity or insecure"),
    "tls-that-is-a-file": (mqtt("tls: ca.pem"), "2:13 tls: expected keys and values"),
    "ca-file-that-is-not-there": (mqtt("tls: {ca_file: no.pem}"), "2:23 mqtt.tls.ca_file: expected a file that can be "
                                                                  "read, but /"),
    "ca-file-that-is-a-folder": (mqtt("tls: {ca_file: .}"), "2:23 mqtt.tls.ca_file: expected a file"),
    "ca-path-that-is-a-file": (mqtt("tls: {ca_path: /etc/passwd}"), "2:23 mqtt.tls.ca_path: expected a folder that can be "
                                                                    "read, but /etc/passwd: Not a directory"),
    "certificate-without-key": (mqtt("tls: {certificate_file: /etc/passwd}"),
                                "2:32 mqtt.tls.certificate_file: expected also the certificate's private key, as key_file"),
    "key-without-certificate": (mqtt("tls: {key_file: /etc/passwd}"),
                                "2:24 mqtt.tls.key_file: expected also the key's certificate"),
    "psk-without-identity": (mqtt("tls: {psk: 12ab}"), "2:19 mqtt.tls.psk: expected also the key's name, as psk_identity"),
    "identity-without-psk": (mqtt("tls: {psk_identity: joe}"), "2:28 mqtt.tls.psk_identity: expected also the key, as psk"),
    "psk-that-is-no-number": (mqtt("tls: {psk: 0x12, psk_identity: joe}"), "2:19 mqtt.tls.psk: expected a key in "
                                                                           "hexadecimal digits"),
    "tls-version": (mqtt("tls: {version: tlsv1.1}"), "2:23 mqtt.tls.version: expected tlsv1.2 or tlsv1.3"),
    "insecure": (mqtt("tls: {insecure: maybe}"), "2:24 mqtt.tls.insecure: expected true or false"),
    "proxy": (mqtt("proxy: socks4://host"), "2:15 mqtt.proxy: expected socks5h://[user[:password]@]host[:port], but"),
    "bind-address": (mqtt("bind_address: host"), "2:22 mqtt.bind_address: expected an address of this machine"),
    "url-is-an-empty-list": (mqtt("url: []"), "2:13 mqtt.url: expected at least one URL"),
    "url-is-wrong-in-a-list": (mqtt("url: [mqtt://host, http://other]"), "2:27 mqtt.url[1]: expected mqtt://"),
    "url-is-too-long-a-list": (mqtt("url: [a, b, c, d, e]"), "2:26 mqtt.url: expected at most 4 URLs"),
    "url-is-a-list-of-entries": (mqtt("url: [{a: b}]"), f"2:14 url: {VALUE}"),
    "url-is-a-mapping": (mqtt("url: {a: b}"), f"2:13 url: {VALUE}"),
    "url-is-much-too-long-in-a-list": (mqtt(f"url: [mqtt://{'h' * 5000}]"), "2:14 url: expected a shorter value"),
    "unknown-key-beside-a-list": (mqtt("url: [a], user: x"), "2:18 unknown key 'user': expected url, version,"),
    "way-back": (mqtt("way_back: soon"), "2:18 mqtt.way_back: expected a duration of 1s to 1d, such as 5m"),
    "way-back-zero": (mqtt("way_back: 0s"), "2:18 mqtt.way_back: expected a duration of 1s to 1d, such as 5m"),
    "retry-spread": (mqtt("retry_spread: much"), "2:22 mqtt.retry_spread: expected a duration of 1ms to 1d, such as 10s"),
    "url-too-long": (mqtt(f"url: mqtt://{'h' * 300}"), "2:13 mqtt.url: expected mqtt://"),
    "url-much-too-long": (mqtt(f"url: mqtt://{'h' * 5000}"), "2:13 url: expected a shorter value"),
    "version-4": (mqtt("version: 4"), "2:17 mqtt.version: expected 3.1.1, 5 or 3.1"),
    "keep-alive-of-nothing": (mqtt("keep_alive: 0"), "2:20 mqtt.keep_alive: expected a duration of 1s to 65535s"),
    "keep-alive-below-a-second": (
        mqtt("keep_alive: 0.5s"), "2:20 mqtt.keep_alive: expected a duration of 1s to 65535s"),
    "keep-alive-too-long": (mqtt("keep_alive: 65536"), "2:20 mqtt.keep_alive: expected a duration of 1s to 65535s"),
    "keep-alive-of-no-unit": (mqtt("keep_alive: 60x"), "2:20 mqtt.keep_alive: expected a duration of 1s to 65535s"),
    "keep-session-is-a-number": (mqtt("keep_session: 1"), f"2:22 mqtt.keep_session: {FLAG}"),
    "session-expiry-never": (mqtt("session_expiry: never"), "2:24 mqtt.session_expiry: expected a duration"),
    "session-expiry-below-a-second": (
        mqtt("session_expiry: 500ms"), "2:24 mqtt.session_expiry: expected a duration of 1s"),
    "retry-min-too-long": (mqtt("retry_min: 2h"), "2:19 mqtt.retry_min: expected a duration of 1ms to 1h"),
    "retry-min-of-nothing": (mqtt("retry_min: 0"), "2:19 mqtt.retry_min: expected a duration of 1ms to 1h"),
    "retry-max-too-long": (mqtt("retry_max: 2d"), "2:19 mqtt.retry_max: expected a duration of 1ms to 1d"),
    "retry-max-below-min": (
        mqtt("retry_min: 1m, retry_max: 1s"), "2:34 mqtt.retry_max: expected a duration no shorter than retry_min"),

    "switches-is-a-mapping": (node("switches: {name: x, pin: 2}\n"), f"2:11 switches: {LIST}"),
    "switch-is-a-value": (node("switches: [lamp]\n"), f"2:12 switches: {ENTRY}"),
    "switch-without-a-name": (
        node("switches: [{pin: 2}]\n"), "2:18 the key 'name' is missing: expected it in this entry"),
    "switch-without-a-pin": (
        node("switches: [{name: x}]\n"), "2:19 the key 'pin' is missing: expected it in this entry"),
    "switch-with-an-empty-name": (node('switches: [{name: "", pin: 2}]\n'), f"2:19 name: {NAME}"),
    "switch-with-a-slash": (node("switches: [{name: a/b, pin: 2}]\n"), f"2:19 name: {NAME}"),
    "switch-with-a-long-name": (node(f"switches: [{{name: {'x' * 33}, pin: 2}}]\n"), f"2:19 name: {NAME}"),
    "pin-too-high": (node("switches: [{name: x, pin: 65536}]\n"), f"2:27 pin: {PIN}"),
    "pin-negative": (node("switches: [{name: x, pin: -2}]\n"), f"2:27 pin: {PIN}"),
    "pin-empty": (node('switches: [{name: x, pin: ""}]\n'), f"2:27 pin: {PIN}"),
    "pin-begins-as-a-number": (node("switches: [{name: x, pin: 2x}]\n"), f"2:27 pin: {PIN}"),
    "pin-is-a-list": (node("switches: [{name: x, pin: [2]}]\n"), f"2:27 pin: {VALUE}"),
    "active-in-capitals": (switch("active: LOW"), f"2:38 active: {LEVEL}"),
    "boot-is-maybe": (switch("boot: maybe"), "2:36 boot: expected off, on or keep"),
    "command-topic-empty": (switch('command_topic: ""'), f"2:45 command_topic: {TOPIC}"),
    "command-topic-is-a-filter": (switch('command_topic: "a/#"'), f"2:45 command_topic: {TOPIC}"),
    "command-topic-too-long": (switch(f"command_topic: {'t' * 2000}"), "2:45 command_topic: expected a shorter topic"),
    "obey-retained-is-a-number": (switch("obey_retained: 2"), f"2:45 obey_retained: {FLAG}"),
    "on-time-too-long": (switch("on_time_max: 50d"), "2:43 on_time_max: expected a duration of at most 49d"),
    "on-time-forever": (switch("on_time_max: forever"), "2:43 on_time_max: expected a duration"),
    "too-many-switches": (
        node("switches:\n" + "".join(f"  - {{name: s{i}, pin: {i}}}\n" for i in range(17))),
        "3:3 switches: expected at most 16"),

    "buttons-is-a-value": (node("buttons: key\n"), f"2:10 buttons: {LIST}"),
    "button-without-a-pin": (
        node("buttons: [{name: x}]\n"), "2:18 the key 'pin' is missing: expected it in this entry"),
    "button-active-is-a-number": (button("active: 1"), f"2:37 active: {LEVEL}"),
    "pull-sideways": (button("pull: sideways"), "2:35 pull: expected none, up or down"),
    "event-qos-of-three": (button("event_qos: 3"), "2:40 event_qos: expected 0, 1 or 2"),
    "outbox-is-a-value": (node("outbox: 1MB\n"), f"2:9 outbox: {ENTRY}"),
    "unknown-key-of-outbox": (node("outbox: {sizes: 1}\n"), "2:10 unknown key 'sizes': expected size, sync or topics"),
    "outbox-too-small": (node("outbox: {size: 11KB}\n"), f"2:16 outbox.size: {SIZE}"),
    "outbox-too-large": (node("outbox: {size: 256MB}\n"), f"2:16 outbox.size: {SIZE}"),
    "outbox-of-many-bytes": (node("outbox: {size: 4294979584}\n"), f"2:16 outbox.size: {SIZE}"),
    "outbox-of-many-megabytes": (node("outbox: {size: 4097MB}\n"), f"2:16 outbox.size: {SIZE}"),
    "outbox-in-gigabytes": (node("outbox: {size: 1GB}\n"), f"2:16 outbox.size: {SIZE}"),
    "outbox-size-without-a-number": (node("outbox: {size: MB}\n"), f"2:16 outbox.size: {SIZE}"),
    "outbox-sync-never": (node("outbox: {sync: 0s}\n"), "2:16 outbox.sync: expected a duration of 1ms to 1m"),
    "outbox-topic-without-a-topic": (
        node("outbox: {topics: [{policy: all}]}\n"), "2:28 the key 'topic' is missing: expected it in this entry"),
    "unknown-key-of-an-outbox-topic": (
        outbox_topic("policies: all"), "2:30 unknown key 'policies': expected topic, policy or expire"),
    "outbox-topic-is-no-filter": (
        node("outbox: {topics: [{topic: a#}]}\n"), "2:27 topic: expected a topic filter"),
    "outbox-policy-keep": (
        outbox_topic("policy: keep"), "2:38 policy: expected all, latest, drop_oldest or expire"),
    "outbox-latest-of-many": (
        node("outbox: {topics: [{topic: a/+, policy: latest}]}\n"),
        "2:27 topic: expected a topic without + and #: only of one topic there is a latest message"),
    "outbox-expire-never": (
        outbox_topic("policy: expire"), "2:38 policy: expected also how long, as `expire: 10m`"),
    "outbox-expire-at-once": (
        outbox_topic("policy: expire, expire: 10ms"), "2:54 expire: expected a duration of 1s to 49d, such as 10m"),
    "outbox-expire-without-its-policy": (
        outbox_topic("expire: 10m"), "2:38 expire: expected `policy: expire` beside it"),
    "outbox-second-topic-is-wrong": (
        node("outbox:\n  topics:\n    - {topic: a}\n    - {topic: b, policy: x}\n"),
        "5:26 policy: expected all, latest, drop_oldest or expire"),

    "toggles-nobody": (button("toggles: lamp"), "2:38 toggles: expected the name of a switch of this file"),

    "two-switches-of-one-name": (
        node("switches:\n  - {name: x, pin: 2}\n  - {name: x, pin: 4}\n"),
        "4:12 name: expected a name that no other thing of this file has"),
    "two-switches-on-one-pin": (
        node("switches:\n  - {name: x, pin: 2}\n  - {name: y, pin: 2}\n"),
        "4:20 pin: expected a pin that no other thing of this file has"),
    "two-switches-on-one-line": (
        node("switches:\n  - {name: x, pin: gpiochip0/3}\n  - {name: y, pin: gpiochip0/3}\n"),
        "4:20 pin: expected a pin that no other thing of this file has"),
    "button-with-a-switch-s-name-and-pin": (
        node("switches: [{name: x, pin: 2}]\nbuttons: [{name: x, pin: 2}]\n"),
        "3:18 name: expected a name that no other thing of this file has",
        "3:26 pin: expected a pin that no other thing of this file has"),

    "tab-as-indentation": (node("mqtt:\n\tkeep_alive: 60s\n"), f"3:1 {YAML}"),
    "tab-at-the-beginning": ("\tnode: a\n", f"1:1 {YAML}"),
    "quote-left-open": ('node: "a\n', f"2:1 {YAML}"),
    "bracket-left-open": ("node: a\nswitches: [\n", f"3:1 {YAML}"),
    "undefined-alias": (mqtt("url: *x"), f"2:13 {YAML}"),
    "second-document": ("node: a\n---\nnode: b\n", "2:1 a second document begins: expected one in a file"),
    "text-behind-the-end": ("node: a\n...\nrubbish\n", f"3:1 {YAML}"),
    "nul-in-a-name": ('node: "a\\0b"\n', f"1:7 {PLAIN}"),
    "escape-in-a-key": ('node: a\n"\\e[31m": x\n', f"2:1 {PLAIN}"),
    "two-lines-in-a-name": ("node: |\n  a\n  b\n", f"1:7 {PLAIN}"),
    "binary-rubbish": (bytes(range(256)) * 16, f"1:1 {YAML}"),
    "utf-16-rubbish": (b"\xff\xfe\x00\x01rubbish\x00\x01", f"1:1 {YAML}"),
    "picture": (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", f"1:1 {YAML}"),
    # A parser whose work grows with the square of the depth takes longer for these than a person waits.
    "brackets-without-end": ("[" * 60000, "1:17 nested too deeply"),
    "mappings-without-end": ("node: " + "[{a: " * 10000, "1:43 nested too deeply"),

    "several-mistakes": (
        """\
node: a/b
wifi:
  networks:
    - {ssid: Home, password: short}
mqtt:
  url: mqtt://host:0
  keep_alive: soon
switches:
  - {name: lamp, pin: 2, active: lo}
buttons:
  - {name: key, pin: 0, pull: left, toggles: lmap}
""",
        "1:7 node", f"4:30 password: {KEY}", f"6:8 mqtt.url: {PORT}", "7:15 mqtt.keep_alive", f"9:34 active: {LEVEL}",
        "11:31 pull", "11:46 toggles"),
}

SECRET = "tOpSeCrEt"

# Files that are wrong in or around a secret: none of it may be told.
SECRETIVE = {
    "password-too-long": network(f"password: {SECRET * 8}"),
    "password-much-too-long": network(f"password: {SECRET * 600}"),
    "password-too-short": network(f"password: {SECRET[:7]}"),
    "password-is-a-list": network(f"password: [{SECRET}]"),
    "password-is-a-mapping": network(f"password: {{{SECRET}: 1}}"),
    "password-twice": network(f"password: {SECRET}, password: {SECRET}"),
    "password-unquoted": node(f"wifi:\n  networks:\n    - ssid: x\n      password: {SECRET}: {SECRET}\n"),
    "password-with-a-control-character": network(f'password: "{SECRET}\\x01"'),
    "password-of-no-network": node(f"wifi: {{networks: [{{password: {SECRET}}}]}}\n"),
    "url-of-a-file": mqtt(f'url: "unix://user:{SECRET}@host/socket"'),
    "psk": mqtt(f'tls: {{psk: "{SECRET}", psk_identity: joe}}'),
    "psk-that-is-a-list": mqtt(f'tls: {{psk: ["{SECRET}"]}}'),
    "key-password": mqtt(f'tls: {{key_password: "{SECRET}", ca_file: none}}'),
    "proxy": mqtt(f'proxy: "socks4://user:{SECRET}@host"'),
    "proxy-with-a-path": mqtt(f'proxy: "socks5h://user:{SECRET}@host/path"'),
    "url-of-another-kind": mqtt(f'url: "http://user:{SECRET}@host"'),
    "url-without-a-host": mqtt(f'url: "mqtt://user:{SECRET}@"'),
    "url-with-a-slash-in-the-password": mqtt(f'url: "mqtt://user:a/{SECRET}@host"'),
    "url-with-a-wrong-port": mqtt(f'url: "mqtt://user:{SECRET}@host:x"'),
    "url-with-a-wrong-escape": mqtt(f'url: "mqtt://user:{SECRET}%zz@host"'),
    "url-too-long": mqtt(f'url: "mqtt://user:{SECRET * 30}@host"'),
    "url-much-too-long": mqtt(f'url: "mqtt://user:{SECRET * 600}@host"'),
    "url-in-a-list": mqtt(f'url: [mqtt://host, "http://user:{SECRET}@host"]'),
    "url-in-a-list-much-too-long": mqtt(f'url: [mqtt://host, "mqtt://user:{SECRET * 600}@host"]'),
    "url-in-a-mapping": mqtt(f'url: {{a: "mqtt://user:{SECRET}@host"}}'),
    "mqtt-is-the-url": node(f"mqtt: mqtt://user:{SECRET}@host\n"),
    "quote-left-open": node(f'mqtt: {{url: "mqtt://user:{SECRET}@host\n'),
}


def mote_check(t, *files):
    run = subprocess.run([t.build("mote"), "check", *files], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                         timeout=SECONDS_MAX, check=False)
    check(run.returncode in (0, 1), f"exit status {run.returncode}: {run.stderr[-2000:]}")
    return run


def write(t, text, name="node.yaml"):
    path = os.path.join(t.directory(), name)
    with open(path, "wb") as file:
        file.write(text if isinstance(text, bytes) else text.encode())
    return path


def right(t, text):
    path = write(t, text)
    run = mote_check(t, path)
    check_equal((run.returncode, run.stderr), (0, ""), "exit status and stderr")
    check(run.stdout.startswith(f"{path}: right: node "), f"on stdout {run.stdout!r}")


def complaints_of(t, *files):
    run = mote_check(t, *files)
    check_equal((run.returncode, run.stdout), (1, ""), "exit status and stdout")
    return run.stderr


def wrong(t, text, *complaints):
    path = write(t, text)
    told = complaints_of(t, path)
    found = [ERROR.fullmatch(line) for line in told.splitlines()]
    check(all(found), f"not of the form FILE:LINE:COLUMN: ... expected ... (config.invalid): {told}")
    check(all(match["file"] == path for match in found), told)
    check(len(found) == len(complaints), f"expected {len(complaints)} complaints, not: {told}")
    for match, complaint in zip(found, complaints):
        place, words = complaint.split(" ", 1)
        check(match["place"] == place and words in match["words"], f"expected {complaint!r}, not {match[0]!r}")


def tells_no_secret(t, text):
    told = complaints_of(t, write(t, text))
    check(SECRET[:4].lower() not in told.lower(), f"it is told: {told}")


def add(name, function, *arguments):
    case(name)(lambda t: function(t, *arguments))


for row_name, row_text in RIGHT.items():
    add(f"right-{row_name}", right, row_text)
for row_name, row in WRONG.items():
    add(f"wrong-{row_name}", wrong, *row)
for row_name, row_text in SECRETIVE.items():
    add(f"secret-{row_name}", tells_no_secret, row_text)


@case("empty-file")
def empty_file(t):
    path = write(t, "")
    check_equal(complaints_of(t, path),
                f"mote: {path}: the file is empty; expected at least `node: NAME` (config.invalid)\n", "stderr")


@case("two-megabytes")
def two_megabytes(t):
    path = write(t, "node: a\n" + "# more of it\n" * 170000)
    check_equal(complaints_of(t, path),
                f"mote: {path}: larger than a configuration file may be (64 KiB) (config.invalid)\n", "stderr")


@case("missing-file")
def missing_file(t):
    path = os.path.join(t.directory(), "missing.yaml")
    check_equal(complaints_of(t, path), f"mote: {path}: No such file or directory (config.invalid)\n", "stderr")


@case("directory")
def directory(t):
    path = t.directory()
    check_equal(complaints_of(t, path), f"mote: {path}: Is a directory (config.invalid)\n", "stderr")


def openssl(folder, *words):
    subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True, timeout=TIMEOUT_S)


# What a file of certificates holds is looked at, too; its name is relative to that of the YAML file.
@case("certificates")
def certificates(t):
    path = write(t, mqtt("url: mqtts://host, tls: {ca_file: ca.pem, certificate_file: own.pem, key_file: own.key}"))
    folder = os.path.dirname(path)
    for name in ("ca", "own", "other"):
        openssl(folder, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj",
                f"/CN={name}", "-keyout", f"{name}.key", "-out", f"{name}.pem")
    run = mote_check(t, path)
    check_equal((run.returncode, run.stderr), (0, ""), "exit status and stderr")
    os.replace(os.path.join(folder, "other.key"), os.path.join(folder, "own.key"))
    told = complaints_of(t, path)
    check(told.startswith(f"mote: {path}: ") and "own.key: this private key does not belong" in told, told)


@case("which-file")
def which_file(t):
    check("which file?" in complaints_of(t), "it does not ask")


@case("several-files")
def several_files(t):
    good, bad = write(t, "node: a\n", "good.yaml"), write(t, "nod: a\n", "bad.yaml")
    run = mote_check(t, good, bad, good)
    check_equal((run.returncode, run.stdout.count(f"{good}: right")), (1, 2), "exit status and right ones")
    check(f"{bad}:1:1: unknown key 'nod'" in run.stderr, run.stderr)
    check_equal(mote_check(t, good, good).returncode, 0, "exit status of two right ones")


@case("example")
def example(t):
    run = mote_check(t, t.source("examples", "home-switch.yaml"))
    check_equal((run.returncode, run.stderr), (0, ""), "exit status and stderr")
    check("node ssbun_home_switch_1, 1 switches" in run.stdout, run.stdout)


@case("help")
def help_text(t):
    run = mote_check(t, "--help")
    check_equal((run.returncode, run.stderr), (0, ""), "exit status and stderr")
    check(run.stdout.startswith("Usage: mote check ") and "Exit status" in run.stdout, run.stdout)


main("interop/check")
