#!/bin/sh
# What an air may be like: weak, lossy, hidden, without addresses, without a broker.
# shellcheck shell=dash source=test/lab/world.sh
. /lab/world.sh
far=02:00:00:00:00:00 near=02:00:00:00:01:00
make_world

# --- One name, two access points ---

start_ap Home wlan0 1 bridge=br0
start_ap Home wlan1 6 bridge=br0
signal wlan0 -60
signal wlan1 -40
write_node '{ssid: Home, password: key of Home}'
start_mote
check joins-the-nearer online
verify the-nearer at_point $near
check lamp-before obeys on 0
mark
signal wlan1 -90
check roams at_point $far
verify roams-not-lost [ "$(new | grep -c '(wifi\.')" = 0 ] # dhcpcd takes the address away for a moment
verify roams-lamp-unmoved pin_is 2 0
check roams-obeys obeys off 1
stop_mote
signal wlan1 -40
write_node "{ssid: Home, password: key of Home, bssid: $far}"
start_mote
check pinned online
verify pinned-to at_point $far
stop_mote
stop_ap wlan1
stop_ap wlan0

# --- Hidden ---

start_ap Secret wlan1 6 ignore_broadcast_ssid=1
write_node '{ssid: Secret, password: key of Secret, hidden: true}'
start_mote
check hidden online
verify hidden-joined in_network Secret
mark
stop_ap wlan1
check hidden-lost says wifi.lost
mark
start_ap Secret wlan1 6 ignore_broadcast_ssid=1
check hidden-and-back online
stop_mote
stop_ap wlan1

# --- Loss and delay ---

start_ap Near wlan1 6
write_node '{ssid: Near, password: key of Near}'
start_mote
check before-loss online
tc qdisc add dev wlan2 root netem delay 100ms loss 10%
in_ap tc qdisc add dev wlan1 root netem delay 100ms loss 10%
before=$(disconnects)
mark
check lossy-on obeys on 0
check lossy-off obeys off 1
check lossy-on-again obeys on 0
tc qdisc del dev wlan2 root
in_ap tc qdisc del dev wlan1 root
check after-loss obeys off 1

# --- No broker: that is none of WiFi's business ---

refused() { in_ap awk '$1 == "Tcp:" && $2 ~ /[0-9]/ {print $15}' /proc/net/snmp; }
kill -9 $broker_process
check no-broker says 'lab: .*(tcp\|(mqtt'
check no-broker-tried is_at_least $(($(refused) + 4)) refused
mark
start_broker
check broker-back online
verify no-broker-no-disconnects [ "$(disconnects)" = "$before" ]

# --- No addresses ---

stop_mote
kill $dhcp
rm -f leases
stop_ap wlan1
start_ap Near wlan1 6
start_mote
check no-lease says dhcp.no_lease
verify no-lease-nothing-else [ "$(new | grep -c '(wifi\.')" = 0 ]
mark
start_dhcp
check lease online
check lease-obeys obeys on 0
stop_mote
exit $failed
