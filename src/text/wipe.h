/* Memory that has held a secret. */
#ifndef MOTE_WIPE_H
#define MOTE_WIPE_H

#include <stddef.h>

/* Makes it all zeros, in a way that no compiler leaves out, as it may memset() of what is not read any more. */
void mote_wipe(void *memory, size_t size);

#endif
