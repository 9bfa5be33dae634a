"""Figures of peers that Debian has no package of. They were recorded once, elsewhere, and not in this run."""

NOTE = ("figures of peers are recorded, not measured in this run: November 2026, Debian 12, gcc 12.2, TLS, logs and"
        " assertions off")

SIZE_PEERS = ["coreMQTT 2.3.1", "wolfMQTT 3.1.1", "wolfMQTT v5", "coreMQTT 5.0.2"]
FLASH = {
    ("cortex-m3", "all"): {"wolfMQTT v5": 11886, "coreMQTT 5.0.2": 13605},
    ("cortex-m3", "without_mqtt5"): {"coreMQTT 2.3.1": 5005, "wolfMQTT 3.1.1": 6969},
    ("lx106", "all"): {"wolfMQTT v5": 14175, "coreMQTT 5.0.2": 16783},
    ("lx106", "without_mqtt5"): {"coreMQTT 2.3.1": 6493, "wolfMQTT 3.1.1": 8444},
}
RAM = {
    "all": {"wolfMQTT v5": 1868, "coreMQTT 5.0.2": 492},
    "without_mqtt5": {"coreMQTT 2.3.1": 368, "wolfMQTT 3.1.1": 736},
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
