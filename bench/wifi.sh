#!/bin/sh
# Inside the lab's guest: an access point goes and comes back; how long until the broker has acknowledged a subscription again?
# Prints a line "back CLIENT KIND SECONDS" for each return.
#
#   warm  all has been running, and has been in this network before
#   cold  all was started while the access point was away, and knows of no lease
# shellcheck shell=dash source=test/lab/world.sh
. /lab/world.sh
rounds=$3 only=$4 # which client

hundredths() { read -r t _ </proc/uptime && echo "${t%.*}${t#*.}"; }
# The broker tells of each thing that it does; the moment of each SUBACK is kept.
start_broker() {
    printf 'listener 1883 %s\nallow_anonymous true\nlog_type all\n' $broker >mosquitto.conf
    ip netns exec ap mosquitto -c mosquitto.conf 2>&1 | while read -r line; do
        case $line in *"Sending SUBACK to $client"*) hundredths >>subacks ;; esac
    done &
}
write_plain() {
    {   printf 'ctrl_interface=%s/ctrl\n' $dir
        printf 'network={\nssid="%s"\npsk="key of %s"\n}\n' Far Far Near Near; } >sta.conf
}
start_wpa() {
    if [ $client = plain ]; then write_plain; else printf 'ctrl_interface=%s/ctrl\n' $dir >sta.conf; fi
    wpa_supplicant -B -P $dir/sta.pid -D nl80211 -i wlan2 -c sta.conf -f sta.log -t >/dev/null && await sta ping
}
start_system() {
    start_wpa
    dhcpcd -B -4 --noarp --noipv4ll -f /dev/null wlan2 >dhcpcd.log 2>&1 &
    dhcpcd=$!
}
start_client() {
    if [ $client = lab ]; then
        start_mote
        return
    fi
    while :; do mosquitto_sub -h $broker -i plain -k 5 -t lamp >/dev/null 2>&1; sleep 1; done &
    mote=$!
}
stop_all() {
    kill -9 $mote $dhcpcd "$(cat sta.pid)"
    killall -q -9 mosquitto_sub dhcpcd
    ip addr flush dev wlan2
    rm -f /var/lib/dhcpcd/*.lease leases
}
answered() { [ "$(wc -l <subacks)" -gt "$1" ]; }
# They have noticed, and are somewhere in their waiting: not always at the same point of it.
away() { sleep "$((12 + $1 % 7)).$(($1 * 37 % 100))"; }
back() { # KIND
    before=$(wc -l <subacks)
    from=$(hundredths)
    start_ap Near wlan1 6 wpa_key_mgmt=WPA-PSK beacon_int=100
    if await answered "$before"; then
        took=$(($(tail -n 1 subacks) - from))
        echo "back $client $1 $((took / 100)).$(printf %02d $((took % 100)))"
    else
        failed=1
        tell
    fi
    sleep 35 # so long that it counts as having held
}

client=none
make_world
killall -q -9 mosquitto wpa_supplicant dhcpcd
write_node '{ssid: Far, password: key of Far}' '{ssid: Near, password: key of Near}'
client=$only
: >subacks
start_broker
for round in $(seq 1 "$rounds"); do
    start_system
    start_client
    away "$round"
    back cold
    stop_ap wlan1
    [ "$round" = "$rounds" ] || stop_all
done
for round in $(seq 1 "$rounds"); do
    away "$round"
    back warm
    stop_ap wlan1
done
exit $failed
