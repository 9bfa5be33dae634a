/* What a program of its own has in RAM: the size of each is that of a symbol here. Nothing of this is linked. */
#include <mote/broker.h>
#include <mote/mote.h>
#include <mote/outbox.h>
#include <mote/settings.h>
#include <mote/setup.h>

#include "link/websocket.h"

#define SIZE_OF(name) char size_of_##name[sizeof(struct name)]

SIZE_OF(mote_session);
SIZE_OF(mote_session_config);
SIZE_OF(mote_node);
SIZE_OF(mote_outbox);
SIZE_OF(mote_setup);
SIZE_OF(mote_settings);
SIZE_OF(mote_websocket);
SIZE_OF(mote_broker);
SIZE_OF(mote_sched);
SIZE_OF(mote_timer);
SIZE_OF(mote_task);
SIZE_OF(mote_pin);
SIZE_OF(mote_switch);
SIZE_OF(mote_button);
