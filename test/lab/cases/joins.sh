#!/bin/sh
# Into the network, and back into it whatever becomes of it.
# shellcheck shell=dash source=test/lab/world.sh
. /lab/world.sh
block() { for switch in /sys/class/net/wlan2/phy80211/rfkill*/soft; do echo "$1" >"$switch"; done; }

make_world
start_ap Far wlan0 1
start_ap Near wlan1 6
signal wlan0 -60
signal wlan1 -40

write_node '{ssid: Far, password: key of Far}' '{ssid: Near, password: key of Near}'
start_mote
check joins-and-is-online online
check the-stronger-of-two in_network Near
verify told-in-one-line says 'joined Near, channel 6'
mark
check lamp-on obeys on 0
check lamp-off obeys off 1
check lamp-on-again obeys on 0
press
check button-pressed heard lab/button/state on
release
check button-released heard lab/button/state off

mark
stop_ap wlan1
check another-network online
check in-the-other-network in_network Far
check another-network-obeys obeys on 0

mark
stop_ap wlan0
check lost says wifi.lost
check no-network-in-reach says wifi.no_network
mark
start_ap Near wlan1 6
check gone-and-back online
verify lamp-unmoved pin_is 2 0
check gone-and-back-obeys obeys off 1

mark
kill_ap wlan1
check killed says wifi.lost
mark
start_ap Near wlan1 6
check killed-and-back online
verify killed-lamp-unmoved pin_is 2 1
check killed-and-back-obeys obeys on 0

group=/sys/kernel/debug/ieee80211/phy2/hwsim/group
mark
echo 2 >$group
check out-of-range says wifi.lost
mark
echo 1 >$group
check in-range-again online
check in-range-again-obeys obeys off 1

mark
kill -9 "$(cat sta.pid)"
check supplicant-killed says wifi.inactive
mark
start_supplicant all
check supplicant-back online
check supplicant-back-obeys obeys on 0

mark
ip link set wlan2 down
check interface-down-and-up online

mark
block 1
check blocked says wifi.inactive
check blocked-in-words says 'rfkill unblock'
mark
block 0
check unblocked online
check unblocked-obeys obeys off 1

# A scan takes its time now: of all channels that there are.
mark
stop_ap wlan1
check all-channels-lost says wifi.no_network
mark
start_ap Near wlan1 6
check all-channels-and-back online
stop_mote
exit $failed
