#!/bin/sh
# mote wifi, by hand.
# shellcheck shell=dash source=test/lab/world.sh
. /lab/world.sh
make_world
start_ap Far wlan0 1
start_ap Near wlan1 6
signal wlan0 -60
signal wlan1 -40
mark

# The strongest first.
scan() {
    wifi scan --json >scan.json 2>scan.err
    grep -q '^\[{"ssid":"Near","bssid":"02:00:00:00:01:00","rssi_dbm":-40,"channel":6,"open":false},{"ssid":"Far","bssid":"02:00:00:00:00:00","rssi_dbm":-60,"channel":1,"open":false}\]$' scan.json
}
status() { # STATE, then what else the line is to have
    wifi status --json >status.json 2>status.err
    code=$?
    grep -q "^{\"state\":\"$1\".*$2" status.json && [ $code = "$3" ]
}
connect() { # KEY WORDS CODE
    echo "$1" | wifi connect Near --json >connect.json 2>connect.err
    code=$?
    cat connect.json connect.err >>mote.log
    grep -q "$2" connect.json connect.err && [ $code = "$3" ]
}
joined='"ssid":"Near","bssid":"02:00:00:00:01:00","rssi_dbm":-40,"channel":6,"address":"192\.168\.51\.[0-9]*","reason":"ok"'

check scan scan
mark
check status-apart status idle '"ssid":null,"bssid":null,"rssi_dbm":null,"channel":null,"address":null' 1
mark
check connect-wrong-key connect 'not the key' '(wifi.wrong_key)' 1
mark
check connect-corrected connect 'key of Near' "$joined" 0
verify connect-key-is-not-told sh -c '! grep -q "key of Near" connect.json connect.err'
mark
check status-joined status connected "$joined" 0
mark
wifi forget
check forget status idle '"ssid":null' 1
exit $failed
