"""Figures of peers that Debian has no package of. They were recorded once, elsewhere, and not in this run."""

NOTE = ("figures of peers are recorded, not measured in this run: November 2026, Debian 12, gcc 12.2, TLS, logs and"
        " assertions off")

# Those that keep a session as Mote does; docs/BUDGET.md has the others, too, and what they lack.
SIZE_PEERS = ["coreMQTT 2.3.1", "wolfMQTT 3.1.1", "wolfMQTT v5", "coreMQTT 5.0.2"]
FLASH = {
    ("cortex-m3", "all"): {"wolfMQTT v5": 11886, "coreMQTT 5.0.2": 13605, "mongoose": 2712},
    ("cortex-m3", "without_mqtt5"): {"coreMQTT 2.3.1": 5005, "wolfMQTT 3.1.1": 6969, "lwIP": 2979, "Paho embedded C": 3640,
                                     "lwmqtt": 3973, "MQTT-C": 4127},
    ("lx106", "all"): {"wolfMQTT v5": 14175, "coreMQTT 5.0.2": 16783, "mongoose": 3280},
    ("lx106", "without_mqtt5"): {"coreMQTT 2.3.1": 6493, "wolfMQTT 3.1.1": 8444, "lwIP": 3598, "Paho embedded C": 4366,
                                 "lwmqtt": 4434, "MQTT-C": 5296},
}
RAM = {
    "all": {"wolfMQTT v5": 1868, "coreMQTT 5.0.2": 492, "mongoose": 1284},
    "without_mqtt5": {"coreMQTT 2.3.1": 368, "wolfMQTT 3.1.1": 736, "lwIP": 624, "Paho embedded C": 624, "lwmqtt": 632,
                      "MQTT-C": 608},
}
LACKS = {
    "mongoose": "acknowledgements, resending and keep-alive; needs a heap",
    "Paho embedded C": "resending; each call waits",
    "lwmqtt": "resending; each call waits",
    "coreMQTT 5.0.2": "MQTT 3.1.1",
}

INSTRUCTION_PEERS = ["coreMQTT 2.3.1", "MQTT-C", "wolfMQTT 3.1.1"]
INSTRUCTIONS = {
    "encode_publish_q0_2": {"coreMQTT 2.3.1": 227, "MQTT-C": 261, "wolfMQTT 3.1.1": 461},
    "encode_publish_q1_64": {"coreMQTT 2.3.1": 221, "MQTT-C": 259, "wolfMQTT 3.1.1": 461},
    "encode_connect": {"coreMQTT 2.3.1": 213, "MQTT-C": 485, "wolfMQTT 3.1.1": 568},
    "publish_q0": {"coreMQTT 2.3.1": 361, "MQTT-C": 919, "wolfMQTT 3.1.1": 617},
    "publish_q1_puback": {"coreMQTT 2.3.1": 921, "MQTT-C": 1207, "wolfMQTT 3.1.1": 1359},
    "receive_q0": {"coreMQTT 2.3.1": 300, "MQTT-C": 353, "wolfMQTT 3.1.1": 1518},
    "receive_q1_puback": {"coreMQTT 2.3.1": 580, "MQTT-C": 888, "wolfMQTT 3.1.1": 1753},
    "receive_16": {"coreMQTT 2.3.1": 324, "MQTT-C": 210, "wolfMQTT 3.1.1": 1518},
}
