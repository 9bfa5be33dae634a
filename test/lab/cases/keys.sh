#!/bin/sh
# Wrong keys: told soon, hardly tried again while there is another network, and put right at once.
# shellcheck shell=dash source=test/lab/world.sh
. /lab/world.sh
make_world
start_ap Near wlan1 6

write_node '{ssid: Near, password: not the key}'
start_mote
check wrong-key-wpa2 says wifi.wrong_key
stop_mote
write_node '{ssid: Near, password: key of Near}'
start_mote
check corrected-key-wpa2 online
stop_mote

# While there is another one, it is tried once more.
start_ap Far wlan0 1
signal wlan0 -60
signal wlan1 -40
refusals() { grep -c 'reason=WRONG_KEY' sta.log; }
before=$(refusals)
forget
write_node '{ssid: Near, password: not the key}' '{ssid: Far, password: key of Far}'
start_mote
check wrong-key-then-another online
verify wrong-key-then-another-joined in_network Far
mark
stop_ap wlan0
check wrong-key-alone says wifi.wrong_key
mark
start_ap Far wlan0 1
check wrong-key-alone-and-back online
mark
stop_ap wlan0
check wrong-key-again says wifi.lost
start_ap Far wlan0 1
check wrong-key-again-and-back online
verify wrong-key-two-attempts [ $(($(refusals) - before)) -le 2 ]
stop_mote
stop_ap wlan0

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
