#!/bin/sh
# A device without a network, and a phone (phy3, in a network namespace of its own) that tells it one.
# shellcheck shell=dash source=test/lab/world.sh
. /lab/world.sh
make_world 4

in_phone() { ip netns exec phone "$@"; }
phone() { in_phone wpa_cli -p $dir/phone -i wlan3 "$@"; }
phone_is_in() { phone status | grep -qx wpa_state=COMPLETED; }
phone_has_address() { in_phone ip addr show dev wlan3 | grep -q 'inet 192\.168\.4\.'; }
start_phone() {
    printf 'ctrl_interface=%s/phone\nfreq_list=2412 2437 2462\nnetwork={\nssid="lab-setup"\npsk="key of setup"\n}\n' $dir >phone.conf
    printf '#!/bin/sh\n[ -z "${ip:-}" ] || ip addr replace "$ip/24" dev "$interface"\n' >lease.sh
    chmod +x lease.sh
    in_phone wpa_supplicant -B -P $dir/phone.pid -D nl80211 -i wlan3 -c phone.conf -f phone.log -t >/dev/null
    in_phone udhcpc -i wlan3 -f -t 100 -T 1 -s $dir/lease.sh >udhcpc.log 2>&1 &
}
resolves() { in_phone nslookup "$1" 192.168.4.1 | sed '1,/^Name/d' | grep -q '192\.168\.4\.1$'; }
ask() { # HOST METHOD PATH [BODY]: the answer, head and all
    body=${4:-}
    printf '%s %s HTTP/1.1\r\nHost: %s\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: %s\r\nConnection: close\r\n\r\n%s' \
        "$2" "$3" "$1" ${#body} "$body" | in_phone nc -w 5 192.168.4.1 80
}
leads_to_page() { # HOST PATH
    ask "$1" GET "$2" >answer && grep -q '^HTTP/1.1 302' answer && grep -q '^Location: http://192.168.4.1/' answer
}
is_page() { ask 192.168.4.1 GET / | grep -q '<form'; }
page_says() { ask 192.168.4.1 GET / | grep -q -- "$1"; }
enter() { ask 192.168.4.1 POST /setup "$1" | grep -q '^HTTP/1.1 303'; }

ip netns add phone
iw phy phy3 set netns name phone
start_ap Near wlan1 6
write_node ''
sed -i '/^wifi:/,/^mqtt:/d' node.yaml
echo 'setup: {key: key of setup}' >>node.yaml
start_mote
check portal-opens says 'access point lab-setup is open'
mark
start_phone
check portal-phone-joins phone_is_in
check portal-phone-has-address phone_has_address
check portal-every-name-is-here resolves connectivitycheck.gstatic.com
check portal-android leads_to_page connectivitycheck.gstatic.com /generate_204
check portal-apple leads_to_page captive.apple.com /hotspot-detect.html

check portal-page is_page
mark
check portal-entered enter 'network=&ssid=Near&key=not+the+key&broker=10.9.9.9&name=lab'
check portal-wrong-key says 'all is as it was'
check portal-wrong-key-on-the-page page_says wifi.wrong_key
mark
check portal-entered-again enter 'network=&ssid=Near&key=key+of+Near&broker=10.9.9.9&name=lab'
check portal-online online
check portal-kept says 'works, and is kept'
check portal-obeys heard lab/status online
check portal-closes says 'access point lab-setup is closed'
stop_mote

# What it was told it keeps; and when that network goes, it opens again, and closes once it is back.
sed -i 's/^setup:.*/setup: {key: key of setup, open_after: 20s, close_after: 20s}/' node.yaml
start_mote
check portal-remembers online
mark
stop_ap wlan1
check portal-opens-again says 'access point lab-setup is open'
mark
start_ap Near wlan1 6
check portal-network-is-back online
check portal-closes-again says 'access point lab-setup is closed'
stop_mote
exit $failed
