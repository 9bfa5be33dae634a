/* Mote: a connected-device runtime. This header takes all the others. */
#ifndef MOTE_H
#define MOTE_H

#include <mote/flash.h>
#include <mote/image.h>
#include <mote/limits.h>
#include <mote/link.h>
#include <mote/message.h>
#include <mote/mqtt.h>
#include <mote/node.h>
#include <mote/outbox.h>
#include <mote/pin.h>
#include <mote/port.h>
#include <mote/property.h>
#include <mote/reason.h>
#include <mote/sched.h>
#include <mote/session.h>
#include <mote/settings.h>
#include <mote/setup.h>
#include <mote/text.h>
#include <mote/topic.h>
#include <mote/url.h>
#include <mote/wifi.h>

#endif
