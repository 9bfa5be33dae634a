import network
import time

def connect_wifi():
    print("")
    tries = 10
    known = {"No,thankyou-2": "beijing_newhome_11.3", "SSBun": "Bz123456"}
    station = network.WLAN(network.STA_IF)
    station.active(True)
    while not station.isconnected():
        for name, key in known.items():
            print("ready connect to wifi: " + name)
            station.connect(name, key)
            left = tries
            success = True
            while not station.isconnected():
                left -= 1
                time.sleep(1)
                print("...")
                if left <= 0:
                    success = False
                    break
            if success:
                print("connect WiFi:" + name + " success")
                break
            else:
                print("connnect WiFi:" + name + " failure")
    print(station.ifconfig())
    return station
