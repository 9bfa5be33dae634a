"""umqtt: its client on Mote's."""
