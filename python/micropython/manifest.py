# umqtt.simple and umqtt.robust on mote_mqtt, beside what the port has.
package("umqtt", base_path="modules")
