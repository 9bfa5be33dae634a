# make USER_C_MODULES=.../mote/python FROZEN_MANIFEST=.../mote/python/micropython/manifest.py
# Absolute, and with a dot in it: MicroPython takes its USER_C_MODULES off the front, and what is left, micropython/, is where the unix port
# wants to put its program.
MOTE_DIR := $(abspath $(USERMOD_DIR)/../..)
MOTE_MQTT_DIR := $(MOTE_DIR)/./python/micropython

# These have names for MicroPython's table of strings...
SRC_USERMOD_C += $(addprefix $(MOTE_MQTT_DIR)/, mote_mqtt.c mote_mqtt_port.c mote_mqtt_message.c)

# ...and these know nothing of it.
SRC_USERMOD_LIB_C += $(addprefix $(MOTE_MQTT_DIR)/, umqtt.c umqtt_calls.c umqtt_filter.c umqtt_publish.c)
SRC_USERMOD_LIB_C += $(wildcard $(MOTE_DIR)/src/mqtt/*.c)
SRC_USERMOD_LIB_C += $(addprefix $(MOTE_DIR)/src/, text/text.c text/reason.c text/wipe.c sched/backoff.c)

CFLAGS_USERMOD += -I$(MOTE_DIR)/include -I$(MOTE_DIR)/src
