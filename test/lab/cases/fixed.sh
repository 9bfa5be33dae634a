#!/bin/sh
# A fixed address, without a DHCP client: there while the node is in that network, and gone with it.
# shellcheck shell=dash source=test/lab/world.sh
. /lab/world.sh
make_world
start_ap Near wlan1 6
killall -q dhcpcd
ip addr flush dev wlan2

has_address() { ip -4 addr show dev wlan2 | grep -q "inet 192.168.51.77/24"; }
write_node '{ssid: Near, password: key of Near, address: 192.168.51.77, netmask: 255.255.255.0, gateway: 192.168.51.1}'
start_mote
check fixed-address online
verify fixed-address-is-there has_address
verify fixed-address-obeys obeys on 0
mark
stop_ap wlan1
check fixed-address-lost says wifi.lost
start_ap Near wlan1 6
check fixed-address-back online
stop_mote
exit $failed
