metadata(description="umqtt.simple on the module mote_mqtt.", version="0.1.0")

package("umqtt")
