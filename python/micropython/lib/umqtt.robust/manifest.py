metadata(description="umqtt.robust on the module mote_mqtt.", version="0.1.0")

require("umqtt.simple")
package("umqtt")
