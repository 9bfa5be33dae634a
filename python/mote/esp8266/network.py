"""network: WLAN as MicroPython's port for the ESP8266 has it."""

import socket

from mote import _mote

STA_IF = 0
AP_IF = 1
STAT_IDLE = 0
STAT_CONNECTING = 1
STAT_WRONG_PASSWORD = 2
STAT_NO_AP_FOUND = 3
STAT_CONNECT_FAIL = 4
STAT_GOT_IP = 5
MODE_11B = 1
MODE_11G = 2
MODE_11N = 3
AUTH_OPEN = 0
AUTH_WEP = 1
AUTH_WPA_PSK = 2
AUTH_WPA2_PSK = 3
AUTH_WPA_WPA2_PSK = 4
_HOSTNAME_MAX = 32

_interfaces = {}
_names = {"hostname": "mote", "phy_mode": MODE_11N}


def _text(value):
    if isinstance(value, str):
        return value
    if isinstance(value, (bytes, bytearray)):
        return bytes(value).decode()
    raise TypeError("can't convert '%s' object to str implicitly" % type(value).__name__)


def _address(value):
    try:
        return socket.inet_ntoa(socket.inet_pton(socket.AF_INET, _text(value)))
    except OSError:
        raise ValueError("invalid arguments") from None


def _netmask(value):
    """As an address, or how many bits of it are set."""
    if not isinstance(value, int):
        return _address(value)
    if not 0 <= value <= 32:
        raise ValueError("invalid arguments")
    return socket.inet_ntoa((0xFFFFFFFF << (32 - value) & 0xFFFFFFFF).to_bytes(4, "big"))


class WLAN:
    """A station or an access point; there is one of each."""

    IF_STA = STA_IF
    IF_AP = AP_IF
    PM_NONE = 0
    PM_PERFORMANCE = 1
    PM_POWERSAVE = 2

    def __new__(cls, interface_id=STA_IF):
        if not isinstance(interface_id, int):
            raise TypeError("can't convert %s to int" % type(interface_id).__name__)
        if interface_id not in (STA_IF, AP_IF):
            raise ValueError
        if interface_id not in _interfaces:
            self = super().__new__(cls)
            self._role = interface_id
            self._kept = {}
            _interfaces[interface_id] = self
        return _interfaces[interface_id]

    def __repr__(self):
        return "<WLAN>"

    def active(self, is_active=None, /):
        if is_active is None:
            return _mote.wlan_is_active(self._role)
        return _mote.wlan_set_active(self._role, is_active)

    def connect(self, ssid=None, key=None, /, *, bssid=None, **others):
        if "ssid" in others or "key" in others or "password" in others:
            ssid = others.pop("ssid", ssid)
            key = others.pop("password", others.pop("key", key))
        if others:
            raise TypeError("extra keyword arguments given")
        _mote.wlan_connect(self._role, None if ssid is None else _text(ssid), None if key is None else _text(key), bssid)

    def disconnect(self):
        _mote.wlan_disconnect(self._role)

    def isconnected(self):
        return _mote.wlan_is_connected(self._role)

    def status(self, what=None, /):
        if what is None:
            return _mote.wlan_status(self._role)
        if what == "rssi" and self._role == STA_IF:
            return _mote.wlan_signal_dbm()
        if what == "stations" and self._role == AP_IF:
            return []  # nobody tells of them
        raise ValueError("unknown status param")

    def scan(self):
        return _mote.wlan_scan(self._role)

    def ifconfig(self, addresses=None, /):
        if addresses is None:
            return _mote.wlan_addresses(self._role)
        if addresses == "dhcp":
            return _mote.wlan_set_addresses(self._role)
        if len(addresses) != 4:
            raise ValueError("requested length 4 but object has length %d" % len(addresses))
        ip, netmask, gateway, dns = addresses
        return _mote.wlan_set_addresses(self._role, _address(ip), _netmask(netmask), _address(gateway), _address(dns))

    def ipconfig(self, what, /):
        """The newer way to ask for addresses."""
        ip, netmask, gateway, _dns = self.ifconfig()
        if what == "addr4":
            return ip, netmask
        if what == "gw4":
            return gateway
        raise ValueError("unexpected key")

    def config(self, *queries, **values):
        if queries and values:
            raise TypeError("either pos or kw args are allowed")
        if len(queries) > 1 or not (queries or values):
            raise TypeError("can query only one param")
        if queries:
            return self._query(queries[0])
        return self._set(values)

    # --- Configuration ---

    def _require(self, role):
        if self._role != role:
            raise OSError("STA required" if role == STA_IF else "AP required")

    def _query(self, name):
        if name == "mac":
            return _mote.wlan_mac(self._role)
        if name in ("essid", "ssid"):
            return _mote.wlan_ssid(self._role)
        if name == "channel":
            return self._kept.get("channel", _mote.wlan_channel(self._role))
        if name in ("authmode", "hidden"):
            self._require(AP_IF)
            protected = AUTH_WPA_WPA2_PSK if self._kept.get("password") else AUTH_OPEN
            return self._kept.get(name, protected if name == "authmode" else 0)
        if name in ("dhcp_hostname", "hostname"):
            self._require(STA_IF)
            return _names["hostname"]
        if name in ("protocol", "pm", "txpower"):
            return self._kept.get(name, {"protocol": MODE_11N, "pm": self.PM_POWERSAVE, "txpower": 20.5}[name])
        raise ValueError("unknown config param")

    def _set(self, values):
        access_point = {}
        for name, value in values.items():
            if name in ("essid", "ssid", "password", "key", "authmode", "hidden"):
                self._require(AP_IF)
                access_point[{"ssid": "essid", "key": "password"}.get(name, name)] = value
            elif name in ("dhcp_hostname", "hostname"):
                self._require(STA_IF)
                hostname(value)
            elif name in ("channel", "protocol", "pm", "txpower"):
                self._kept[name] = value
            elif name == "mac":
                self._set_mac(value)
            else:
                raise ValueError("unknown config param")
        if access_point:
            self._set_access_point(access_point)

    @staticmethod
    def _set_mac(value):
        if len(value) != 6:
            raise ValueError("invalid buffer length")
        raise OSError("the MAC address cannot be set here")

    def _set_access_point(self, values):
        key = values.get("password")
        if values.get("authmode") == AUTH_OPEN:
            key = ""
        _mote.wlan_set_access_point(_text(values["essid"]) if "essid" in values else None,
                                    None if key is None else _text(key))
        self._kept.update(values)


def hostname(name=None, /):
    if name is None:
        return _names["hostname"]
    name = _text(name)
    if not 0 < len(name.encode()) <= _HOSTNAME_MAX:
        raise ValueError("a hostname has 1 to %d bytes" % _HOSTNAME_MAX)
    _names["hostname"] = name
    return None


def phy_mode(mode=None, /):
    if mode is None:
        return _names["phy_mode"]
    _names["phy_mode"] = mode
    return None
