# What the lab's cases share; each file of cases reads it first. It runs inside the guest, as root:
#
#   phy0  wlan0  an access point, "Far" in most cases  \ network namespace "ap", with DHCP, and a broker at 10.9.9.9
#   phy1  wlan1  another one, "Near"                   /
#   phy2  wlan2  the device: wpa_supplicant, dhcpcd, mote
#
# Everything waits for events, and gives them time: the machine may be slow. How long a case took is told, never judged.
# shellcheck shell=dash
set -u
dir=/tmp/lab
mkdir -p $dir && cd $dir || exit 1
export ASAN_OPTIONS=detect_leaks=0:exitcode=99
script=$1 patience=$2 # the file's name; seconds
failed=0 mote='' marked=0
broker=10.9.9.9

# --- Waiting, and telling ---

tenths() { read -r t _ </proc/uptime && echo "${t%.*}$(echo "${t#*.}" | cut -c1)"; }
await() { # COMMAND...: until it succeeds
    stop=$(($(tenths) + patience * 10))
    until "$@" >/dev/null 2>&1; do
        [ "$(tenths)" -lt $stop ] || return 1
        sleep 0.2
    done
}
# What is looked for is looked for behind the mark; and the time counts from it.
mark() {
    marked=$(cat mote.log 2>/dev/null | wc -l)
    began=$(tenths)
}
seconds() { took=$(($(tenths) - began)) && echo "$((took / 10)).$((took % 10)) s"; }
check() { # NAME COMMAND...: it succeeds before long
    case=$1
    shift
    if await "$@"; then
        echo "ok lab/$case - $(seconds)"
    else
        echo "not ok lab/$case - never: $* (run alone: script/lab $script)"
        failed=1
        tell
    fi
}
tell() {
    {   for log in mote.log sta.log dhcpcd.log; do echo "--- $log" && tail -n 30 $log; done
        echo "--- wpa_cli status" && sta status
        echo "--- what is heard" && sta scan_results; } >&2
}

# --- The air ---

in_ap() { ip netns exec ap "$@"; }
sta() { wpa_cli -p $dir/ctrl -i wlan2 "$@"; }
in_network() { sta status | grep -qx "ssid=$1"; }
at_point() { sta status | grep -qx "bssid=$1"; }

# A scan listens for 30 ms on a channel, and hostapd may be too slow to answer in that time: so beacons come every 20 ms.
# With a key "key of NAME", and a network of its own, unless a line says bridge=br0.
start_ap() { # NAME INTERFACE CHANNEL [LINES...]
    name=$1 interface=$2
    {   printf 'interface=%s\nssid=%s\nchannel=%s\nhw_mode=g\ndriver=nl80211\nbeacon_int=20\nwpa=2\nrsn_pairwise=CCMP\n' "$2" "$1" "$3"
        printf 'wpa_passphrase=key of %s\n' "$1"
        shift 3
        printf '%s\n' "${@:-wpa_key_mgmt=WPA-PSK}"; } >"$interface.conf"
    in_ap hostapd -B -P "$dir/$interface.pid" -f "$name.log" "$interface.conf" >/dev/null
    grep -q '^bridge=' "$interface.conf" || in_ap ip addr replace "192.168.5${interface#wlan}.1/24" dev "$interface"
}
stop_ap() { # INTERFACE: it says goodbye
    kill "$(cat "$1.pid")" && await test ! -e "$1.pid"
}
kill_ap() { # INTERFACE: as if its plug were pulled
    kill -9 "$(cat "$1.pid")"
    rm "$1.pid"
    in_ap ip link set "$1" down
}
# How strong it is heard, -90 to -20 dBm. The kernel takes a negative number only as what it is without a sign.
signal() { # INTERFACE DBM
    printf '%u\n' $(($2 - 10)) >"/sys/kernel/debug/ieee80211/phy${1#wlan}/hwsim/rx_rssi"
    in_ap iw dev "$1" set txpower fixed 1000
}

# In the background without in_ap, so that $! is the program itself.
start_dhcp() {
    ip netns exec ap dnsmasq --keep-in-foreground --port=0 --no-ping --interface=wlan0 --interface=wlan1 --interface=br0 \
        --dhcp-range=192.168.50.10,192.168.50.50,1h --dhcp-range=192.168.51.10,192.168.51.50,1h \
        --dhcp-range=192.168.52.10,192.168.52.50,1h \
        --dhcp-leasefile=$dir/leases >>dnsmasq.log 2>&1 &
    dhcp=$!
}
start_broker() {
    printf 'listener 1883 %s\nallow_anonymous true\n' $broker >mosquitto.conf
    ip netns exec ap mosquitto -c mosquitto.conf >>mosquitto.log 2>&1 &
    broker_process=$!
}
# Three channels, unless it is to be all: a scan of those takes three seconds.
start_supplicant() { # [all]
    printf 'ctrl_interface=%s/ctrl\n' $dir >sta.conf
    [ "${1:-}" = all ] || echo 'freq_list=2412 2437 2462' >>sta.conf
    wpa_supplicant -B -P $dir/sta.pid -D nl80211 -i wlan2 -c sta.conf -f sta.log -t >/dev/null
    await sta ping
}

make_world() {
    modprobe mac80211_hwsim radios="${1:-3}" && modprobe gpio-sim || exit 1
    mount -t configfs none /sys/kernel/config
    mount -t debugfs none /sys/kernel/debug
    board=/sys/kernel/config/gpio-sim/board
    mkdir -p $board/bank0 && echo 8 >$board/bank0/num_lines && echo 1 >$board/live
    ip netns add ap
    in_ap ip link set lo up
    in_ap ip addr add $broker/32 dev lo
    in_ap ip link add br0 type bridge
    in_ap ip addr add 192.168.52.1/24 dev br0
    in_ap ip link set br0 up
    iw reg set ID
    iw phy phy0 set netns name ap
    iw phy phy1 set netns name ap
    start_dhcp
    start_broker
    start_supplicant
    dhcpcd -B -d -4 --noarp --noipv4ll --nodelay -f /dev/null wlan2 >dhcpcd.log 2>&1 &
}

# --- The device ---

write_node() { # LINES...: its networks
    {   echo 'node: lab'
        echo 'wifi:'
        echo '  networks:'
        printf '    - %s\n' "$@"
        echo "mqtt: {url: \"mqtt://$broker\", keep_alive: 5s}"
        echo 'switches:'
        echo '  - {name: lamp, pin: 2, active: low, command_topic: lamp}'
        echo 'buttons:'
        echo '  - {name: button, pin: 3, active: low, pull: up}'; } >node.yaml
}
start_mote() {
    mark
    MOTE_WPA_CTRL=$dir/ctrl /opt/mote run --board linux node.yaml >>mote.log 2>&1 &
    mote=$!
}
stop_mote() {
    kill -TERM $mote && wait $mote
    status=$?
    [ $status -eq 0 ] || { echo "not ok lab/$script-exit-status - mote ended with $status (run alone: script/lab $script)" && failed=1 && tell; }
}
# What the one before has joined is left.
forget() { sta remove_network all; }
wifi() { MOTE_WPA_CTRL=$dir/ctrl /opt/mote wifi "$@"; }
new() { tail -n +$((marked + 1)) mote.log; }
says() { new | grep -q -- "$1"; }
online() { says 'lab: online'; }
pin() { echo "/sys/devices/platform/$(cat $board/dev_name)/$(cat $board/bank0/chip_name)/sim_gpio$1"; }
pin_is() { [ "$(cat "$(pin "$1")/value")" = "$2" ]; }
# A command that is obeyed shows that all of it works: WiFi, address, broker, subscription, pin.
obeys() { # on 0, off 1: the lamp is on when its pin is low
    in_ap mosquitto_pub -h $broker -q 1 -t lamp -m "$1" && sleep 0.2 && pin_is 2 "$2"
}
press() { echo pull-down >"$(pin 3)/pull"; }
release() { echo pull-up >"$(pin 3)/pull"; }
heard() { # TOPIC PAYLOAD: what the broker keeps of it
    [ "$(in_ap mosquitto_sub -h $broker -t "$1" -C 1 -W 5)" = "$2" ]
}
is_at_least() { # NUMBER COMMAND...: what it prints
    least=$1
    shift
    [ "$("$@")" -ge "$least" ]
}
disconnects() { grep -c CTRL-EVENT-DISCONNECTED sta.log; }
# For what has to be so already.
verify() { # NAME COMMAND...
    patience_before=$patience patience=0
    check "$@"
    patience=$patience_before
}
