/* What phones and computers ask for after joining a network. An answer that leads elsewhere makes them show the page that it
 * leads to. */
#include "setup/inside.h"

bool mote_probe_is(struct mote_text path)
{
    static const char *const paths[] = {
        "/generate_204",              /* Android, Chrome OS */
        "/gen_204",                   /* Android */
        "/hotspot-detect.html",       /* iOS, macOS */
        "/library/test/success.html", /* iOS, macOS */
        "/connecttest.txt",           /* Windows 10 and 11 */
        "/ncsi.txt",                  /* Windows before that */
        "/redirect",                  /* Windows, which opens it in the browser */
        "/canonical.html",            /* Firefox */
        "/success.txt",               /* Firefox */
    };

    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        if (mote_text_equals(path, paths[i]))
            return true;
    }
    return false;
}
