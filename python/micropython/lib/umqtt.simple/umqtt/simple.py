from mote_mqtt import MQTTClient, MQTTException
