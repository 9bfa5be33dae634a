# The device's own access point, opened by hand: what the label says is what a telephone joins with; the telephone gets an
# address and reaches the device; nothing is left behind, also of a program that is killed.
#
#   phy3  wlan3  the telephone, in network namespace "phone"
. /lab/world.sh

export MOTE_STATE_DIRECTORY=$dir/state MOTE_RUNTIME_DIRECTORY=$dir/run
phone() { ip netns exec phone "$@"; }
phone_is_in() { phone wpa_cli -p $dir/phone -i wlan3 status | grep -qx wpa_state=COMPLETED; }
has_address() { ip addr show dev wlan2 | grep -q 192.168.4.1/24; }
not() { ! "$@"; }
open_point() {
    mark
    : >out
    MOTE_WPA_CTRL=$dir/ctrl /opt/mote wifi ap lamp >out 2>>mote.log &
    mote=$!
}
opened() { grep -q 'access point lamp-setup is open' out; }

make_world 4
ip netns add phone
iw phy phy3 set netns name phone
start_ap Near wlan1 6
sta add_network
sta set_network 0 ssid '"Near"'
sta set_network 0 psk '"key of Near"'
sta enable_network 0
mark
check access-point-station-before in_network Near

wifi --qr --json ap lamp >label || failed=1
key=$(sed 's/.*"key":"\([^"]*\)".*/\1/' label)
open_point
check access-point-opens opened
check access-point-address has_address
check access-point-key-is-no-argument not grep -q "$key" /proc/$mote/cmdline

printf 'ctrl_interface=%s/phone\nfreq_list=2437\nnetwork={\n ssid="lamp-setup"\n psk="%s"\n}\n' $dir "$key" >phone.conf
mark
phone wpa_supplicant -B -D nl80211 -i wlan3 -c phone.conf -f phone.log -t >/dev/null
check access-point-telephone-joins phone_is_in
# shellcheck disable=SC2016
printf '#!/bin/sh\n[ "$1" != bound ] || { ip addr replace "$ip/$mask" dev "$interface"; echo "$ip $router $dns" >%s/lease; }\n' $dir >lease.sh
chmod +x lease.sh
lease() {
    phone busybox udhcpc -i wlan3 -n -q -t 5 -T 2 -s $dir/lease.sh &&
        grep -q '^192\.168\.4\.[0-9]* 192.168.4.1 192.168.4.1' $dir/lease
}
mark
check access-point-telephone-has-address lease
check access-point-telephone-reaches-it phone ping -c 1 -W 5 192.168.4.1

# One radio, and it is the access point's: others are heard all the same, and the telephone is not lost by that.
sta bss_flush 0
heard() { wifi scan | grep -q Near; }
mark
check access-point-hears-others heard
check access-point-telephone-is-still-in phone_is_in
check access-point-telephone-reaches-it-again phone ping -c 1 -W 5 192.168.4.1

stop_mote
mark
check access-point-closes not has_address
check access-point-no-dnsmasq-left not grep -q 192.168.4.10 /proc/[0-9]*/cmdline
check access-point-station-after in_network Near

# The next one finds and takes away what a killed one has left.
open_point
check access-point-opens-again opened
serves_without_rights() {
    for process in $(busybox pidof dnsmasq); do
        grep -q 192.168.4.10 "/proc/$process/cmdline" && grep -q '^Uid:[[:space:]]*65534' "/proc/$process/status" && return
    done
    return 1
}
check access-point-dnsmasq-gives-up-its-rights serves_without_rights
kill -9 $mote
mark
check access-point-dnsmasq-goes-along not grep -q 192.168.4.10 /proc/[0-9]*/cmdline
open_point
check access-point-opens-after-a-crash opened
one_block() { [ "$(sta list_networks | grep -c lamp-setup)" = 1 ]; }
check access-point-only-one-block one_block
stop_mote
mark
check access-point-station-after-all in_network Near
exit $failed
