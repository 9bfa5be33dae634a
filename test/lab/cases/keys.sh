#!/bin/sh
# Wrong keys: told soon, hardly tried again while there is another network, and put right at once.
# shellcheck shell=dash source=test/lab/world.sh
. /lab/world.sh
make_world
start_ap Near wlan1 6

handshakes() { grep -c "possible PSK mismatch\|$1" "$2"; }

write_node '{ssid: Near, password: not the key}'
start_mote
check wrong-key-wpa2 says wifi.wrong_key
stop_mote
write_node '{ssid: Near, password: key of Near}'
start_mote
check corrected-key-wpa2 online
stop_mote

start_ap Safe wlan0 11 wpa_key_mgmt=SAE ieee80211w=2
write_node '{ssid: Safe, password: not the key}'
start_mote
check wrong-key-sae says wifi.wrong_key
stop_mote
write_node '{ssid: Safe, password: key of Safe}'
start_mote
check joins-sae online
check sae in_network Safe
stop_mote
exit $failed
