"""webrepl: boot.py starts it; there is none here, the prompt is `python3 -m mote run -`."""


def start(port=8266, password=None):
    pass


start_foreground = start


def stop():
    pass
