/* Settings images: whatever lies in the flash, as it is and with its sum put right; one that is read can be written again. */
#include "fuzz.h"

#include "setup/record.h"

#include <mote/image.h>

static void read_as_it_is(const uint8_t *data, size_t size)
{
    static struct mote_image image;
    char *copy = fuzz_copy((struct mote_text){(const char *)data, size});
    const char *words = NULL;
    enum mote_reason reason = mote_image_read(&image, copy, size, &words);

    FUZZ_CHECK((reason == MOTE_OK) == (words == NULL));
    FUZZ_CHECK(reason == MOTE_OK || image.id == NULL);
    free(copy);
}

static void read_with_its_sum(const uint8_t *body, size_t size)
{
    static struct mote_image image;
    static uint8_t again[MOTE_IMAGE_SIZE];
    size_t whole = MOTE_RECORD_HEAD + size + MOTE_RECORD_SUM;
    uint8_t *bytes = malloc(whole);

    FUZZ_CHECK(bytes != NULL);
    memcpy(bytes + MOTE_RECORD_HEAD, body, size);
    FUZZ_CHECK(mote_record_close(bytes, "MIMG", 1, size) == whole);
    FUZZ_CHECK(mote_image_size(bytes) == whole);
    if (mote_image_read(&image, bytes, whole, NULL) == MOTE_OK) {
        size_t written = mote_image_write(&image, again, sizeof again);

        FUZZ_CHECK(image.id != NULL && written > 0);
        if (written == whole) /* it has left nothing out that is its default */
            FUZZ_CHECK(memcmp(again, bytes, whole) == 0);
    }
    free(bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    read_as_it_is(data, size);
    if (size <= MOTE_IMAGE_SIZE - MOTE_RECORD_HEAD - MOTE_RECORD_SUM)
        read_with_its_sum(data, size);
    return 0;
}
