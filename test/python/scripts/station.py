import network

station = network.WLAN(network.STA_IF)
station.active(True)
station.scan()
station.isconnected()
station.connect('essid', 'password')
station.config('mac')
station.ifconfig()
