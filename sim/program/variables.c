#include "sim/program/variables.h"

#include "sim/memory.h"

#include <elf.h>
#include <link.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PARTS_MAX = 4 };

/* What may be written of the program itself; the simulator and the system's libraries lie elsewhere. */
static struct {
    struct {
        uint8_t *at;
        uint8_t *saved;
        size_t size;
    } parts[PARTS_MAX];
    unsigned count;
} variables;

/* Byte by byte: between the variables there may be what AddressSanitizer lets nobody touch. */
__attribute__((no_sanitize("address"))) static void copy(volatile uint8_t *into, const volatile uint8_t *from,
                                                         size_t size)
{
    for (size_t i = 0; i < size; i++)
        into[i] = from[i];
}

/* The loader has made it read-only again. */
static uintptr_t relro_end(const struct dl_phdr_info *info)
{
    for (int i = 0; i < info->dlpi_phnum; i++) {
        if (info->dlpi_phdr[i].p_type == PT_GNU_RELRO)
            return (info->dlpi_addr + info->dlpi_phdr[i].p_vaddr + info->dlpi_phdr[i].p_memsz + 4095) &
                   ~(uintptr_t)4095;
    }
    return 0;
}

static void remember(uintptr_t begin, uintptr_t end)
{
    if (begin >= end || variables.count == PARTS_MAX)
        return;
    variables.parts[variables.count].at = (uint8_t *)begin;
    variables.parts[variables.count].size = end - begin;
    variables.parts[variables.count].saved = sim_allocate(end - begin, 1);
    copy(variables.parts[variables.count].saved, (uint8_t *)begin, end - begin);
    variables.count++;
}

/* The first object is the program. */
static int look_at(struct dl_phdr_info *info, size_t size, void *context)
{
    uintptr_t from = relro_end(info);

    (void)size;
    (void)context;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *part = &info->dlpi_phdr[i];
        uintptr_t begin = info->dlpi_addr + part->p_vaddr;

        if (part->p_type == PT_LOAD && (part->p_flags & PF_W) != 0)
            remember(begin < from && from < begin + part->p_memsz ? from : begin, begin + part->p_memsz);
    }
    return 1;
}

void variables_remember(void)
{
    dl_iterate_phdr(look_at, NULL);
}

void variables_restore(void)
{
    for (unsigned i = 0; i < variables.count; i++)
        copy(variables.parts[i].at, variables.parts[i].saved, variables.parts[i].size);
}
