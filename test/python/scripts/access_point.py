import network

point = network.WLAN(network.AP_IF)
point.active(True)
point.config(essid='ESP-AP')
