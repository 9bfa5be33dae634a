#include "port/esp/shell_line.h"
#include "text/wipe.h"
#include <string.h>

enum { BACKSPACE = 8, DELETE = 127, CTRL_U = 21 };

/* --- Typing --- */

/* Is what comes next a part of a key: `wifi add NAME KEY`, with a name that may be quoted? */
static bool is_key(const struct mote_shell_line *line)
{
    static const char command[] = "wifi add ";
    bool quoted = false, in_name = false;

    if (line->length < sizeof command - 1 || memcmp(line->text, command, sizeof command - 1) != 0)
        return false;
    for (size_t i = sizeof command - 1; i < line->length; i++) {
        if (line->text[i] == '"')
            quoted = !quoted;
        else if (line->text[i] == ' ' && !quoted && in_name)
            return true;
        in_name = in_name || line->text[i] != ' ';
    }
    return false;
}

static void erase(struct mote_shell_line *line, char *echo)
{
    if (line->length == 0)
        return;
    line->length--;
    memcpy(echo, "\b \b", 4);
}

static void add(struct mote_shell_line *line, char character, char *echo)
{
    if (line->length + 1 >= sizeof line->text) {
        memcpy(echo, "\a", 2);
        return;
    }
    echo[0] = is_key(line) ? '*' : character;
    echo[1] = '\0';
    line->text[line->length++] = character;
}

bool mote_shell_line_take(struct mote_shell_line *line, char character, char *echo)
{
    unsigned char code = (unsigned char)character;

    echo[0] = '\0';
    if (code == '\r' || code == '\n') {
        memcpy(echo, "\n", 2);
        line->text[line->length] = '\0';
        return true;
    }
    if (code == BACKSPACE || code == DELETE)
        erase(line, echo);
    else if (code == CTRL_U)
        mote_shell_line_clear(line);
    else if (code >= ' ')
        add(line, character, echo);
    return false;
}

/* --- Words --- */

/* Takes the next word off, with its quotes. Returns false if a quote has no end. */
static bool next_word(char **at, char **word)
{
    char *from = *at + strspn(*at, " "), *into = from;
    bool quoted = false;

    *word = into;
    for (; *from != '\0' && (quoted || *from != ' '); from++) {
        if (*from == '"')
            quoted = !quoted;
        else
            *into++ = *from;
    }
    *at = *from == '\0' ? from : from + 1;
    *into = '\0';
    return !quoted;
}

int mote_shell_line_words(struct mote_shell_line *line, char *words[MOTE_SHELL_WORDS_MAX])
{
    char *at = line->text;
    int count = 0;

    while (at[strspn(at, " ")] != '\0') {
        if (count == MOTE_SHELL_WORDS_MAX || !next_word(&at, &words[count]))
            return -1;
        count++;
    }
    return count;
}

void mote_shell_line_clear(struct mote_shell_line *line)
{
    mote_wipe(line, sizeof *line);
}
