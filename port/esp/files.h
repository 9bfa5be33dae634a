/* Certificates and keys by name, as a program with files would have them. */
#ifndef MOTE_ESP_FILES_H
#define MOTE_ESP_FILES_H

/* The name under which a settings image's authorities are known. */
#define MOTE_ESP_IMAGE_AUTHORITIES "image"

/* The text of it, PEM, with its NUL. NULL: there is none of this name. */
const char *mote_esp_file_find(const char *name);

#endif
