/* A plugin of QEMU that counts the instructions a guest has executed. Its end of the interface is declared here, since Debian has no
 * header of it: version 1, as in QEMU 7.2's include/qemu/qemu-plugin.h.
 *
 *   -plugin counter.so,to=PATH,at=ADDRESS[,at=ADDRESS]...
 *       writes a line `ADDRESS COUNT` each time that one of these addresses (hexadecimal) is reached: the instructions before it
 *   -plugin counter.so,to=PATH,at=ADDRESS,in=PREFIX,but=PREFIX[,but=PREFIX]...
 *       counts what functions whose names begin with the first call, without their own instructions, and what none of the others
 *       calls: the same that bench/instructions/measure.py has callgrind count */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SHOWN __attribute__((visibility("default")))

enum { REGISTERS_UNTOUCHED = 0, WORDS_MAX = 8 };

struct qemu_plugin_tb;
struct qemu_plugin_insn;

int qemu_plugin_install(uint64_t id, const void *info, int argc, char **argv);
void qemu_plugin_register_vcpu_tb_trans_cb(uint64_t id, void (*call)(uint64_t id, struct qemu_plugin_tb *block));
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *instruction,
                                            void (*call)(unsigned cpu, void *with), int flags, void *with);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *block);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *block, size_t index);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *instruction);
const char *qemu_plugin_insn_symbol(const struct qemu_plugin_insn *instruction);

SHOWN extern const int qemu_plugin_version;
SHOWN const int qemu_plugin_version = 1;

/* Of an instruction that is executed. QEMU keeps what it has translated, and so do we. */
struct place {
    uint64_t address;
    bool is_told;
    enum { INSIDE, BEGINS, ENDS } kind;
};

static FILE *file;
static uint64_t count;
static bool counting;
static struct {
    const char *text[WORDS_MAX];
    unsigned count;
} in, but, at;

static void execute(unsigned cpu, void *with)
{
    const struct place *place = with;

    (void)cpu;
    if (place->is_told) {
        fprintf(file, "%" PRIx64 " %" PRIu64 "\n", place->address, count);
        fflush(file);
    }
    if (place->kind == INSIDE)
        count += counting;
    else
        counting = place->kind == BEGINS;
}

static bool begins_with(const char *name, const char *prefix)
{
    return strncmp(name, prefix, strlen(prefix)) == 0;
}

static void judge(struct place *place, const char *function)
{
    for (unsigned i = 0; i < at.count; i++)
        place->is_told = place->is_told || strtoull(at.text[i], NULL, 16) == place->address;
    for (unsigned i = 0; function != NULL && i < in.count; i++)
        place->kind = begins_with(function, in.text[i]) ? BEGINS : place->kind;
    for (unsigned i = 0; function != NULL && i < but.count; i++)
        place->kind = begins_with(function, but.text[i]) ? ENDS : place->kind;
}

static void translate(uint64_t id, struct qemu_plugin_tb *block)
{
    (void)id;
    for (size_t i = 0; i < qemu_plugin_tb_n_insns(block); i++) {
        struct qemu_plugin_insn *instruction = qemu_plugin_tb_get_insn(block, i);
        struct place *place = calloc(1, sizeof *place);
        if (place == NULL)
            abort();
        place->address = qemu_plugin_insn_vaddr(instruction);
        judge(place, qemu_plugin_insn_symbol(instruction));
        qemu_plugin_register_vcpu_insn_exec_cb(instruction, execute, REGISTERS_UNTOUCHED, place);
    }
}

static bool take(const char *option)
{
    const char *value = strchr(option, '=');

    if (value == NULL)
        return false;
    value++;
    if (begins_with(option, "to="))
        return (file = fopen(value, "w")) != NULL;
    if (begins_with(option, "in=") && in.count < WORDS_MAX)
        return (in.text[in.count++] = strdup(value)) != NULL;
    if (begins_with(option, "but=") && but.count < WORDS_MAX)
        return (but.text[but.count++] = strdup(value)) != NULL;
    if (begins_with(option, "at=") && at.count < WORDS_MAX)
        return (at.text[at.count++] = strdup(value)) != NULL;
    return false;
}

SHOWN int qemu_plugin_install(uint64_t id, const void *info, int argc, char **argv)
{
    (void)info;
    for (int i = 0; i < argc; i++) {
        if (!take(argv[i]))
            return 1;
    }
    counting = in.count == 0;
    if (file == NULL)
        return 1;
    qemu_plugin_register_vcpu_tb_trans_cb(id, translate);
    return 0;
}
