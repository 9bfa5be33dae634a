def connect():
    import network
    station = network.WLAN(network.STA_IF)
    station.active(True)
    if not station.isconnected():
        print('connecting to network...')
        station.connect('essid', 'password')
        while not station.isconnected():
            pass
    print('network config:', station.ifconfig())
