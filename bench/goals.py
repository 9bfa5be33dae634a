"""What the smallest client may take at most, if Mote is to be ahead of its peers; by chip and variant."""

FLASH = {("cortex-m3", "all"): 8000, ("lx106", "all"): 9500, ("cortex-m3", "without_mqtt5"): 4000,
         ("lx106", "without_mqtt5"): 4800}
RAM = {"all": 480, "without_mqtt5": 400}
