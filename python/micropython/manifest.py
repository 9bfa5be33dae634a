# umqtt.simple and umqtt.robust on mote_mqtt. Included before a board's own manifest it takes the place of micropython-lib's, which that may
# require by the same names.
add_library("mote", "lib", prepend=True)
require("umqtt.simple")
require("umqtt.robust")
