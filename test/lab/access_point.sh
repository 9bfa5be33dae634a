#!/bin/sh
# Runs inside the lab's guest, as root: `mote wifi ap` with a real wpa_supplicant, hostapd, dnsmasq and radios that the kernel
# simulates.
#
#   phy0  wlan0  access point "Near"         \ network namespaces "ap",
#   phy1  wlan1  a telephone                 / "phone"
#   phy2  wlan2  the device: wpa_supplicant, mote
set -u
dir=/tmp/lab
mkdir -p $dir && cd $dir || exit 1
export ASAN_OPTIONS=detect_leaks=0:exitcode=99 MOTE_STATE_DIRECTORY=$dir/state MOTE_RUNTIME_DIRECTORY=$dir/run MOTE_WPA_CTRL=$dir/ctrl
patience=${1:-90} # seconds
failed=0

tenths() { read -r t _ </proc/uptime && echo "${t%.*}$(echo "${t#*.}" | cut -c1)"; }
await() { # COMMAND...: until it succeeds
    stop=$(($(tenths) + patience * 10))
    until "$@"; do
        [ "$(tenths)" -lt $stop ] || return 1
        sleep 0.1
    done
}
began=0
begin() { began=$(tenths); }
check() { # NAME COMMAND...
    name=$1
    shift
    if await "$@" >/dev/null 2>&1; then
        took=$(($(tenths) - began))
        echo "ok lab/access-point-$name"
        echo "#   $((took / 10)).$((took % 10)) s" >&2
    else
        echo "not ok lab/access-point-$name - $* (run alone: script/lab)"
        failed=1
        for log in mote.log sta.log phone.log lease.log; do echo "--- $log" && tail -n 25 $log; done >&2
        sta status >&2
    fi
}
sta() { wpa_cli -p $dir/ctrl -i wlan2 "$@"; }
phone() { ip netns exec phone "$@"; }
in_phone() { phone wpa_cli -p $dir/phone -i wlan1 "$@"; }
not() { ! "$@"; }

modprobe mac80211_hwsim radios=3 || exit 1
iw reg set ID # few channels: scans are short
ip netns add ap
ip netns add phone
iw phy phy0 set netns name ap
iw phy phy1 set netns name phone
printf 'interface=wlan0\nssid=Near\nchannel=1\nhw_mode=g\ndriver=nl80211\nbeacon_int=20\nwpa=2\nrsn_pairwise=CCMP\nwpa_key_mgmt=WPA-PSK\nwpa_passphrase=key of Near\n' >near.conf
ip netns exec ap hostapd -B -f near.log near.conf >/dev/null
printf 'ctrl_interface=%s\nnetwork={\n ssid="Near"\n psk="key of Near"\n}\n' $dir/ctrl >sta.conf
wpa_supplicant -B -D nl80211 -i wlan2 -c sta.conf -f sta.log -t >/dev/null
await sta ping >/dev/null
begin
is_in() { sta status | grep -qx "ssid=$1"; }
check station-before is_in Near

# What is printed for the label is what the telephone joins with.
/opt/mote wifi --qr --json ap lamp >label.json || failed=1
key=$(sed 's/.*"key":"\([^"]*\)".*/\1/' label.json)
/opt/mote wifi ap lamp >mote.out 2>mote.log &
mote=$!
begin
opened() { grep -q "access point lamp-setup is open" mote.out; }
check opens opened
has_address() { ip addr show dev wlan2 | grep -q 192.168.4.1/24; }
check address has_address
check not-in-its-arguments not grep -q "$key" /proc/$mote/cmdline

printf 'ctrl_interface=%s\nnetwork={\n ssid="lamp-setup"\n psk="%s"\n}\n' $dir/phone "$key" >phone.conf
phone wpa_supplicant -B -D nl80211 -i wlan1 -c phone.conf -f phone.log -t >/dev/null
begin
phone_in() { in_phone status | grep -qx "wpa_state=COMPLETED"; }
check telephone-joins phone_in
printf '#!/bin/sh\n[ "$1" != bound ] || { ip addr replace "$ip/$mask" dev "$interface"; echo "$ip $router $dns" >%s/lease; }\n' $dir >lease.sh
chmod +x lease.sh
begin
lease() { phone busybox udhcpc -i wlan1 -n -q -t 5 -T 2 -s $dir/lease.sh >>lease.log 2>&1 && grep -q '^192\.168\.4\.[0-9]* 192.168.4.1 192.168.4.1' $dir/lease; }
check telephone-has-address lease
check telephone-reaches-it phone ping -c 1 -W 5 192.168.4.1

# The station's side while the access point has the only radio: may it scan?
sta scan >scan.log
sleep 5
sta scan_results | grep -q Near && echo "# a scan hears others while the access point is open" >&2
sta scan_results >>scan.log
{ echo "--- scan"; cat scan.log; } >&2
begin
check telephone-is-still-in phone_in

begin
kill -TERM $mote
wait $mote || { echo "not ok lab/access-point-exit - mote ended with $? (run alone: script/lab)"; failed=1; cat mote.log >&2; }
check closes not has_address
check no-dnsmasq not pidof dnsmasq
check others-are-back is_in Near

# A program that is killed leaves its block: the next one takes it away.
/opt/mote wifi ap lamp >mote.out 2>>mote.log &
mote=$!
check opens-again opened
kill -9 $mote
begin
check dnsmasq-goes-along not pidof dnsmasq
: >mote.out
/opt/mote wifi ap lamp >mote.out 2>>mote.log &
mote=$!
check opens-after-a-crash opened
one_block() { [ "$(sta list_networks | grep -c lamp-setup)" = 1 ]; }
check left-nothing one_block
kill -TERM $mote
wait $mote
check others-are-back-again is_in Near
exit $failed
