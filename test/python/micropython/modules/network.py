"""What of network the scripts need, on libmote."""

import _script

STA_IF = 0
AP_IF = 1


def check(wrong):
    if wrong is not None:
        raise OSError(wrong)


def as_bytes(text):
    return bytes([ord(character) for character in text])


class WLAN:
    def __init__(self, role=STA_IF):
        self.role = role

    def active(self, *value):
        if not value:
            return _script.wlan_is_active(self.role)
        check(_script.wlan_set_active(self.role, bool(value[0])))

    def connect(self, ssid, key=None):
        check(_script.wlan_connect(self.role, ssid, key))

    def isconnected(self):
        return _script.wlan_is_connected(self.role)

    def scan(self):
        result = _script.wlan_scan(self.role)
        check(result.wrong)
        return [(as_bytes(found.ssid), as_bytes(found.bssid), found.channel, found.signal_dbm, 0 if found.open else 3, 0)
                for found in result.found]

    def ifconfig(self):
        found = _script.wlan_addresses(self.role)
        return (found.address, found.netmask, found.gateway, found.dns)

    def config(self, *query, **values):
        if values:
            check(_script.wlan_set_access_point(values.get("essid"), values.get("password")))
        elif query[0] == "mac":
            return as_bytes(_script.wlan_mac(self.role))
        elif query[0] == "essid":
            return _script.wlan_ssid(self.role)
        else:
            raise ValueError("unknown config param")
