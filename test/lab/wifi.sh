#!/bin/sh
# Runs inside the lab's guest, as root: `mote run` with real WiFi, DHCP, MQTT and GPIO, all of it simulated by the kernel.
#
#   phy0  wlan0  access point "Far"   \ network namespace "ap", with DHCP, and a broker at 10.9.9.9
#   phy1  wlan1  access point "Near"  /
#   phy2  wlan2  the device: wpa_supplicant, dhcpcd, mote
#
# It waits for events, and gives them time: the machine may be slow. Prints a line for each case, and how long it took.
set -u
dir=/tmp/lab
mkdir -p $dir && cd $dir || exit 1
export ASAN_OPTIONS=detect_leaks=0:exitcode=99
patience=${1:-90} # seconds
failed=0 mote=

# --- Helpers ---

tenths() { read -r t _ </proc/uptime && echo "${t%.*}$(echo "${t#*.}" | cut -c1)"; }
await() { # COMMAND...: until it succeeds
    stop=$(($(tenths) + patience * 10))
    until "$@"; do
        [ "$(tenths)" -lt $stop ] || return 1
        sleep 0.1
    done
}
begin() { began=$(tenths); }
check() { # NAME COMMAND...
    name=$1
    shift
    if await "$@" >/dev/null 2>&1; then
        took=$(($(tenths) - began))
        echo "ok lab/$name"
        echo "#   $((took / 10)).$((took % 10)) s" >&2
    else
        echo "not ok lab/$name - $* (run alone: script/lab)"
        failed=1
        for log in mote.log sta.log dhcpcd.log; do echo "--- $log" && tail -n 25 $log; done >&2
        sta status >&2
    fi
}
in_ap() { ip netns exec ap "$@"; }
sta() { wpa_cli -p $dir/ctrl -i wlan2 "$@"; }
in_network() { sta status | grep -qx "ssid=$1"; }

# A scan listens for 30 ms on a channel, and hostapd may be too slow to answer in that time: so beacons come every 20 ms.
start_ap() { # NAME INTERFACE CHANNEL [LINES...]: with a key "key of NAME"
    name=$1 interface=$2
    { printf 'interface=%s\nssid=%s\nchannel=%s\nhw_mode=g\ndriver=nl80211\nbeacon_int=20\nwpa=2\nrsn_pairwise=CCMP\n' "$2" "$1" "$3"
      printf 'wpa_passphrase=key of %s\n' "$1"
      shift 3
      printf '%s\n' "${@:-wpa_key_mgmt=WPA-PSK}"; } >"$name.conf"
    in_ap hostapd -B -P $dir/$name.pid -f "$name.log" "$name.conf" >/dev/null
    in_ap ip addr replace "192.168.5${interface#wlan}.1/24" dev "$interface"
}
stop_ap() {
    kill "$(cat "$1.pid")" && await test ! -e "$1.pid"
}
signal() { in_ap iw dev "$1" set txpower fixed "$2"; } # in hundredths of dBm

write_node() { # LINES...: its networks
    {   echo 'node: lab'
        echo 'wifi:'
        echo '  networks:'
        printf '    - %s\n' "$@"
        echo 'mqtt: {url: "mqtt://10.9.9.9", keep_alive: 5s}'
        echo 'switches:'
        echo '  - {name: lamp, pin: 2, active: low, command_topic: lamp}'; } >node.yaml
}
start_mote() {
    MOTE_WPA_CTRL=$dir/ctrl /opt/mote run --board linux node.yaml >mote.log 2>&1 &
    mote=$!
}
stop_mote() {
    kill -TERM $mote && wait $mote
    status=$?
    [ $status -eq 0 ] || { echo "not ok lab/exit-status - mote ended with $status (run alone: script/lab)" && failed=1 && cat mote.log >&2; }
}
online() { [ "$(grep -c 'lab: online' mote.log)" -ge "$1" ]; }
says() { grep -q "($1)" mote.log; }
pin() { cat "/sys/devices/platform/$(cat $board/dev_name)/$(cat $board/bank0/chip_name)/sim_gpio2/value"; }
pin_is() { [ "$(pin)" = "$1" ]; }
# A command that is obeyed shows that all of it works: WiFi, address, broker, subscription, pin.
obeys() { # on 0, off 1: the lamp is on when its pin is low
    in_ap mosquitto_pub -h 10.9.9.9 -q 1 -t lamp -m "$1" && sleep 0.2 && pin_is "$2"
}

# --- The world ---

modprobe mac80211_hwsim radios=3 && modprobe gpio-sim || exit 1
mount -t configfs none /sys/kernel/config
board=/sys/kernel/config/gpio-sim/board
mkdir -p $board/bank0/line2 && echo 8 >$board/bank0/num_lines && echo 1 >$board/live
ip netns add ap
in_ap ip link set lo up
in_ap ip addr add 10.9.9.9/32 dev lo
iw reg set ID # few channels: scans are short
iw phy phy0 set netns name ap
iw phy phy1 set netns name ap
start_ap Far wlan0 1
start_ap Near wlan1 6
signal wlan0 0
signal wlan1 2000
in_ap dnsmasq --keep-in-foreground --port=0 --no-ping --interface=wlan0 --interface=wlan1 \
    --dhcp-range=192.168.50.10,192.168.50.50,1h --dhcp-range=192.168.51.10,192.168.51.50,1h \
    --dhcp-leasefile=$dir/leases >dnsmasq.log 2>&1 &
printf 'listener 1883 10.9.9.9\nallow_anonymous true\n' >mosquitto.conf
in_ap mosquitto -c mosquitto.conf >mosquitto.log 2>&1 &
echo "ctrl_interface=$dir/ctrl" >sta.conf
start_supplicant() { wpa_supplicant -B -P $dir/sta.pid -D nl80211 -i wlan2 -c sta.conf -f sta.log -t >/dev/null; }
start_supplicant
await sta ping >/dev/null
dhcpcd -B -d -4 --noarp --noipv4ll -f /dev/null wlan2 >dhcpcd.log 2>&1 &

# --- The cases ---

write_node '{ssid: Far, password: key of Far}' '{ssid: Near, password: key of Near}'
begin
start_mote
check joins-and-is-online online 1
check the-stronger-of-two in_network Near
begin
check lamp-on obeys on 0
check lamp-off obeys off 1
check lamp-on-again obeys on 0

begin
stop_ap Near
check another-network online 2
check in-the-other-network in_network Far
check another-network-obeys obeys on 0

stop_ap Far
check lost says wifi.lost
begin
start_ap Near wlan1 6
check gone-and-back online 3
check lamp-unmoved pin_is 0
check gone-and-back-obeys obeys off 1

begin
kill -9 "$(cat sta.pid)"
check supplicant-killed says wifi.inactive
begin
start_supplicant
check supplicant-back online 4
check supplicant-back-obeys obeys on 0

begin
ip link set wlan2 down
check interface-down-and-up online 5
stop_mote

write_node '{ssid: Near, password: not the key}'
begin
start_mote
check wrong-key-wpa2 says wifi.wrong_key
stop_mote

start_ap Safe wlan0 11 wpa_key_mgmt=SAE ieee80211w=2
write_node '{ssid: Safe, password: not the key}'
begin
start_mote
check wrong-key-sae says wifi.wrong_key
stop_mote

write_node '{ssid: Safe, password: key of Safe}'
begin
start_mote
check joins-sae online 1
check sae in_network Safe
stop_mote
exit $failed
