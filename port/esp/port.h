/* The port as a whole. */
#ifndef MOTE_ESP_PORT_H
#define MOTE_ESP_PORT_H

/* Makes it the program's. */
void mote_esp_install(void);

#endif
