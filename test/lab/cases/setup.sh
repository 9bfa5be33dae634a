#!/bin/sh
# A node whose network is not there opens its access point; on the only radio it and the station take turns; once the network
# is there the station joins it, and a telephone has not kept it from trying.
# shellcheck shell=dash source=test/lab/world.sh
. /lab/world.sh

export MOTE_STATE_DIRECTORY=$dir/state MOTE_RUNTIME_DIRECTORY=$dir/run
has_address() { ip addr show dev wlan2 | grep -q 192.168.4.1/24; }
not() { ! "$@"; }
phone() { ip netns exec phone "$@"; }
phone_is_in() { phone wpa_cli -p $dir/phone -i wlan3 status | grep -qx wpa_state=COMPLETED; }

make_world 4
ip netns add phone
iw phy phy3 set netns name phone
write_node '{ssid: Near, password: key of Near}'
printf 'setup: {open_after: 5s, close_after: 10s}\n' >>node.yaml
key=$(wifi --qr --json ap node.yaml | sed 's/.*"key":"\([^"]*\)".*/\1/')
start_mote
check setup-opens says 'access point lab-setup is open'
check setup-on-the-air has_address

printf 'ctrl_interface=%s/phone\nfreq_list=2437\nnetwork={\n ssid="lab-setup"\n psk="%s"\n}\n' $dir "$key" >phone.conf
mark
phone wpa_supplicant -B -D nl80211 -i wlan3 -c phone.conf -f phone.log -t >/dev/null
check setup-telephone-joins phone_is_in
phone ip addr add 192.168.4.50/24 dev wlan3
page() { printf 'GET / HTTP/1.1\r\nHost: 192.168.4.1\r\nConnection: close\r\n\r\n' | phone busybox nc -w 5 192.168.4.1 80 | grep -q '^HTTP/1.1 200'; }
check setup-page-answers page

# Somebody is joined to it, and still the network is found behind it.
mark
start_ap Near wlan1 6
check setup-station-comes-back online
check setup-joined in_network Near
check setup-off-the-air-meanwhile not has_address
check setup-obeys obeys on 0
check setup-closes says 'access point lab-setup is closed'
stop_mote
exit $failed
