station = network.WLAN(network.STA_IF)
