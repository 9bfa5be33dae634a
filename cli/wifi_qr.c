#include "wifi_qr.h"
#include "cli.h"

#include <errno.h>
#include <fcntl.h>
#include <png.h>
#include <qrencode.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    MARGIN = 4, /* modules, as the standard (ISO/IEC 18004) asks */
    SCALE = 8,  /* pixels a module, in a picture of pixels */
};

static char *append(char *end, const char *text)
{
    for (; *text != '\0'; text++) {
        if (strchr("\\;,:\"", *text) != NULL) {
            *end++ = '\\';
        }
        *end++ = *text;
    }
    return end;
}

void wifi_qr_text(const char *ssid, const char *key, char text[WIFI_QR_SIZE])
{
    char *end = text + sprintf(text, "WIFI:T:%s;S:", key[0] == '\0' ? "nopass" : "WPA");

    end = append(end, ssid);
    if (key[0] != '\0') {
        end = append(end + sprintf(end, ";P:"), key);
    }
    sprintf(end, ";;");
}

static QRcode *encode(const char *text)
{
    QRcode *code = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_M);

    if (code == NULL) {
        cli_error("qr", strerror(errno), MOTE_OK);
    }
    return code;
}

static void discard(QRcode *code)
{
    explicit_bzero(code->data, (size_t)code->width * (size_t)code->width);
    QRcode_free(code);
}

/* Around the code all is light. */
static bool is_dark(const QRcode *code, int x, int y)
{
    x -= MARGIN;
    y -= MARGIN;
    return x >= 0 && y >= 0 && x < code->width && y < code->width && (code->data[y * code->width + x] & 1) != 0;
}

/* --- On a terminal: two modules a character --- */

static void print_row(const QRcode *code, int y, bool colours)
{
    static const char *const blocks[] = {" ", "▀", "▄", "█"};

    fputs(colours ? "\033[30;107m" : "", stdout);
    for (int x = 0; x < code->width + 2 * MARGIN; x++) {
        fputs(blocks[(is_dark(code, x, y) ? 1 : 0) + (is_dark(code, x, y + 1) ? 2 : 0)], stdout);
    }
    puts(colours ? "\033[0m" : "");
}

bool wifi_qr_print(const char *text)
{
    const bool colours = isatty(STDOUT_FILENO) != 0;
    QRcode *code = encode(text);

    if (code == NULL) {
        return false;
    }
    for (int y = 0; y < code->width + 2 * MARGIN; y += 2) {
        print_row(code, y, colours);
    }
    discard(code);
    return true;
}

/* --- In a file --- */

static bool ends_with(const char *path, const char *end)
{
    const size_t length = strlen(path);

    return length > strlen(end) && strcmp(path + length - strlen(end), end) == 0;
}

bool wifi_qr_is_picture(const char *path)
{
    return ends_with(path, ".svg") || ends_with(path, ".png");
}

static bool write_svg(const QRcode *code, FILE *file)
{
    const int size = code->width + 2 * MARGIN;

    fprintf(file,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%dmm\" height=\"%dmm\" "
            "shape-rendering=\"crispEdges\">\n<path fill=\"#fff\" d=\"M0 0h%dv%dH0z\"/>\n<path d=\"",
            size, size, size, size, size, size);
    for (int y = 0; y < size; y++) {
        for (int x = 0; x < size; x++) {
            if (is_dark(code, x, y)) {
                fprintf(file, "M%d %dh1v1h-1z", x, y);
            }
        }
    }
    fputs("\"/>\n</svg>\n", file);
    return ferror(file) == 0;
}

static bool write_png(const QRcode *code, FILE *file)
{
    const int size = (code->width + 2 * MARGIN) * SCALE;
    png_image image = {.version = PNG_IMAGE_VERSION,
                       .width = (png_uint_32)size,
                       .height = (png_uint_32)size,
                       .format = PNG_FORMAT_GRAY};
    unsigned char *pixels = cli_allocate((size_t)size * (size_t)size);
    int written;

    for (int i = 0; i < size * size; i++) {
        pixels[i] = is_dark(code, i % size / SCALE, i / size / SCALE) ? 0 : 255;
    }
    written = png_image_write_to_stdio(&image, file, 0, pixels, 0, NULL);
    explicit_bzero(pixels, (size_t)size * (size_t)size);
    free(pixels);
    return written != 0;
}

/* One that was there before may be anybody's to read. */
static FILE *open_for_owner(const char *path)
{
    const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    return fd >= 0 && fchmod(fd, 0600) == 0 ? fdopen(fd, "w") : NULL;
}

bool wifi_qr_draw(const char *text, const char *path)
{
    QRcode *code = encode(text);
    FILE *file = code == NULL ? NULL : open_for_owner(path);
    bool fine = file != NULL && (ends_with(path, ".svg") ? write_svg(code, file) : write_png(code, file));

    if (file != NULL) {
        fine = fclose(file) == 0 && fine;
    }
    if (code != NULL && !fine) {
        cli_error(path, strerror(errno), MOTE_CONFIG_INVALID);
    }
    if (code != NULL) {
        discard(code);
    }
    return fine;
}
