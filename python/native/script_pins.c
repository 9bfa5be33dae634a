/* Pins as a script has them: by number, taken by the first that asks, with levels as a meter shows them. */
#include "python/native/script_inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PINS_MAX = 64, PULLS_DOWN = 16, DUTY_MAX = 1023 };

struct script_pin {
    struct mote_pin pin;
    bool used;
    bool is_writing_pulses; /* its level is not what a meter would show */
    int duty, hz;           /* of the pulses that it has; hz 0: none */
    int shown;              /* the level that was logged last; -1: none */
    uint8_t triggers;
    uint8_t fired; /* edges that the handler has still to be told of */
    mote_script_on_pin *on_pin;
    void *context;
};

static struct script_pin pins[PINS_MAX];
static unsigned watched;
static FILE *pin_log;

bool mote_script_pins_log(const char *file)
{
    pin_log = fopen(file, "ae");
    return pin_log != NULL;
}

static void log_level(struct script_pin *pin, int level)
{
    if (pin_log == NULL || pin->shown == level || pin->is_writing_pulses)
        return;
    pin->shown = level;
    fprintf(pin_log, "pin %u %d\n", (unsigned)pin->pin.number, level);
    fflush(pin_log);
}

static struct script_pin *by_number(uint16_t number)
{
    for (int i = 0; i < PINS_MAX && pins[i].used; i++) {
        if (pins[i].pin.number == number && pins[i].pin.line == NULL)
            return &pins[i];
    }
    return NULL;
}

void mote_script_pins_changed(struct mote_sim *sim, uint16_t number, void *context)
{
    struct script_pin *pin = by_number(number);

    (void)context;
    if (pin != NULL)
        log_level(pin, mote_sim_level(sim, number));
}

/* --- Finding --- */

static bool is_same(const struct script_pin *pin, int number, const char *line)
{
    if (line == NULL || pin->pin.line == NULL)
        return line == pin->pin.line && pin->pin.number == number;
    return strcmp(line, pin->pin.line) == 0;
}

static bool exists(int number, const char *line)
{
    const struct mote_sim *sim = mote_script_board();

    if (sim != NULL)
        return line == NULL && number >= 0 && number < MOTE_SIM_PINS && mote_sim_level(sim, (uint16_t)number) >= 0;
    return line != NULL || (number >= 0 && number <= UINT16_MAX);
}

static bool set_up(struct script_pin *pin, int number, const char *line)
{
    *pin = (struct script_pin){.shown = -1};
    pin->pin.number = line == NULL ? (uint16_t)number : 0;
    pin->pin.line = line == NULL ? NULL : strdup(line); /* for the life of the program, like the pin */
    pin->pin.boot = MOTE_BOOT_KEEP;
    if (mote_script_board() != NULL)
        pin->shown = mote_sim_level(mote_script_board(), pin->pin.number);
    pin->used = line == NULL || pin->pin.line != NULL;
    return pin->used;
}

int mote_script_pin_find(int number, const char *line)
{
    int i = 0;

    while (i < PINS_MAX && pins[i].used && !is_same(&pins[i], number, line))
        i++;
    if (i == PINS_MAX)
        return -1;
    if (pins[i].used)
        return i;
    return exists(number, line) && set_up(&pins[i], number, line) ? i : -1;
}

int mote_script_pin_count(void)
{
    int count = 0;

    while (count < PINS_MAX && pins[count].used)
        count++;
    return count;
}

/* --- Using --- */

static const char *words_of(enum mote_reason reason)
{
    const struct mote_sim *sim = mote_script_board();
    const char *words = sim != NULL ? sim->words : mote_script_words();

    if (reason == MOTE_OK)
        return NULL;
    return words[0] == '\0' ? mote_reason_code(reason) : words;
}

static void on_change(struct mote_pin *pin, bool on, void *context)
{
    struct script_pin *changed = context;

    (void)pin;
    changed->fired |= on ? MOTE_SCRIPT_IRQ_RISING : MOTE_SCRIPT_IRQ_FALLING;
}

static const char *refusal(const struct script_pin *pin, int pull)
{
    if (pull > 0 && pin->pin.number == PULLS_DOWN && mote_script_is_virtual())
        return "Pin(16) doesn't support pull";
    return NULL;
}

const char *mote_script_pin_init(int index, int mode, int pull, int value)
{
    struct script_pin *pin = &pins[index];
    const char *wrong = refusal(pin, pull);

    if (wrong != NULL)
        return wrong;
    if (mode >= 0 || pull >= 0)
        mote_pin_close(&pin->pin);
    if (mode == 0)
        pin->hz = 0;
    if (mode >= 0)
        pin->pin.direction = mode == 0 ? MOTE_INPUT : MOTE_OUTPUT;
    if (pull >= 0)
        pin->pin.pull = (enum mote_pull)pull;
    pin->pin.on_change = on_change;
    pin->pin.context = pin;
    if (value >= 0 && pin->pin.direction == MOTE_OUTPUT)
        return mote_script_pin_write(index, value);
    return words_of(mote_pin_open(&pin->pin));
}

const char *mote_script_pin_write(int index, int level)
{
    struct script_pin *pin = &pins[index];
    enum mote_reason reason;

    pin->hz = 0;
    if (pin->pin.direction != MOTE_OUTPUT)
        return words_of(mote_pin_open(&pin->pin)); /* as on the chip: nobody sees what is written to an input */
    reason = mote_pin_write(&pin->pin, level != 0);
    if (reason == MOTE_OK)
        log_level(pin, level != 0);
    return words_of(reason);
}

static void log_pulse(struct script_pin *pin, int duty, int hz)
{
    pin->shown = -1; /* the next level is news */
    if (pin_log == NULL)
        return;
    fprintf(pin_log, "pin %u pwm %d %d\n", (unsigned)pin->pin.number, duty, hz);
    fflush(pin_log);
}

const char *mote_script_pin_pulse(int index, int duty, int hz)
{
    struct script_pin *pin = &pins[index];
    const char *wrong;

    if (!mote_script_is_virtual())
        return "this board has no PWM";
    if (pin->pin.number >= PULLS_DOWN)
        return "Pin(16) has no PWM";
    wrong = mote_script_pin_init(index, 1, -1, -1);
    if (wrong != NULL || duty == 0 || duty == DUTY_MAX)
        return wrong != NULL ? wrong : mote_script_pin_write(index, duty != 0);
    log_pulse(pin, duty, hz);
    pin->duty = duty;
    pin->hz = hz;
    pin->is_writing_pulses = true;
    wrong = words_of(mote_pin_write(&pin->pin, duty > DUTY_MAX / 2));
    pin->is_writing_pulses = false;
    return wrong;
}

int mote_script_pin_pulses(int number, int *hz)
{
    const struct script_pin *pin = number < 0 || number > UINT16_MAX ? NULL : by_number((uint16_t)number);

    if (pin == NULL || pin->hz == 0)
        return -1;
    *hz = pin->hz;
    return pin->duty;
}

int mote_script_pin_read(int index, const char **wrong)
{
    mote_script_poll();
    *wrong = words_of(mote_pin_open(&pins[index].pin));
    return *wrong != NULL ? -1 : mote_pin_read(&pins[index].pin);
}

/* --- Handlers --- */

const char *mote_script_pin_irq(int index, int triggers, mote_script_on_pin *on_pin, void *context)
{
    struct script_pin *pin = &pins[index];
    const char *wrong;

    if (pin->pin.number >= PULLS_DOWN && mote_script_is_virtual())
        return "pin does not have IRQ capabilities";
    wrong = words_of(mote_pin_open(&pin->pin));
    if (wrong != NULL)
        return wrong; /* a handler of a pin that is not there would keep the board running for nothing */
    watched -= pin->triggers != 0;
    pin->triggers = (uint8_t)triggers;
    pin->fired = 0;
    pin->on_pin = on_pin;
    pin->context = context;
    watched += pin->triggers != 0;
    return NULL;
}

bool mote_script_pins_are_watched(void)
{
    return watched > 0;
}

void mote_script_pins_turn(void)
{
    static bool turning;

    if (turning)
        return;
    turning = true;
    for (int i = 0; i < PINS_MAX && pins[i].used && watched > 0; i++) {
        uint8_t fired = pins[i].fired & pins[i].triggers;

        pins[i].fired = 0;
        if (fired != 0)
            pins[i].on_pin(i, pins[i].context);
    }
    turning = false;
}

bool mote_script_pin_drive(int number, int level)
{
    return mote_script_board() != NULL && number >= 0 && mote_sim_drive(mote_script_board(), (uint16_t)number, level);
}
