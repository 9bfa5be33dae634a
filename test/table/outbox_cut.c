/* Every single power cut: a life of an outbox is cut at each byte that it programs and at each erasure, with the bytes in flight
 * torn in each way. After each cut it is as it has to be, and goes on to the end of its life. And two cuts, where the second is
 * drawn. */
#include "outbox_life.h"

struct place {
    const char *name;
    uint32_t sector_size, sector_count, program_size;
    bool has_sync;
    uint32_t seed;
    bool moves;
};

static const struct place places[] = {
    {"nor-256", 256, 4, 1, false, 11, false},        {"nor-512", 512, 3, 4, false, 12, false},
    {"nor-256-16", 256, 5, 16, false, 13, false},    {"file-256", 256, 4, 1, true, 14, false},
    {"file-512", 512, 3, 1, true, 15, false},        {"nor-two-brokers", 512, 4, 4, false, 16, true},
    {"file-two-brokers", 512, 4, 1, true, 17, true},
};

enum { STEPS = 90, STRIDE = 37 };

static uint64_t run(const struct place *place, enum mote_sim_tear tear, uint64_t first, uint64_t second)
{
    uint64_t units;

    rig_init(place->sector_size, place->sector_count, place->program_size, place->has_sync,
             place->seed + (uint32_t)first);
    life_begin_with(place->seed, place->moves);
    rig.nor.tear = tear;
    rig.nor.cut_in = first;
    life.next_cut = second;
    for (unsigned step = 0; step < STEPS && life.wrong == NULL; step++)
        life_step(step);
    units = rig.nor.units;
    life_end();
    return units;
}

static void judge(const struct place *place, unsigned tear, uint64_t first, uint64_t second)
{
    if (life.wrong != NULL)
        check_fail(__FILE__, __LINE__, "%s: tear %u, cuts at %llu and %llu: %s", place->name, tear,
                   (unsigned long long)first, (unsigned long long)second, life.wrong);
}

static void cut_everywhere(const struct place *place)
{
    const unsigned stride = check_stride(STRIDE);
    uint64_t units = run(place, MOTE_SIM_TEAR_PREFIX, UINT64_MAX, UINT64_MAX);

    judge(place, 0, UINT64_MAX, UINT64_MAX);
    CHECK(units > 1000);
    for (unsigned tear = 0; tear < MOTE_SIM_TEAR_COUNT; tear++) {
        for (uint64_t first = 0; first < units; first += stride) {
            run(place, (enum mote_sim_tear)tear, first, UINT64_MAX);
            judge(place, tear, first, UINT64_MAX);
        }
    }
}

static void survives_every_cut_of_a_nor(void)
{
    for (unsigned i = 0; i < 3; i++)
        cut_everywhere(&places[i]);
}

static void survives_every_cut_of_a_file(void)
{
    for (unsigned i = 3; i < 5; i++)
        cut_everywhere(&places[i]);
}

/* Whose session it is changes as well: what a broker that is left has taken, and what the next one has, are never mixed. */
static void survives_every_cut_on_the_way_to_another_broker(void)
{
    for (unsigned i = 5; i < 7; i++)
        cut_everywhere(&places[i]);
}

static void survives_two_cuts(void)
{
    const unsigned rounds = 6000 / check_stride(STRIDE);
    uint32_t random = 1;

    for (unsigned i = 0; i < rounds; i++) {
        const struct place *place = &places[i % 7];
        random = random * 1664525u + 1013904223u;
        uint64_t first = (random >> 8) % 3000;
        random = random * 1664525u + 1013904223u;
        uint64_t second = (random >> 8) % ((random & 64) != 0 ? 40 : 1000);
        run(place, (enum mote_sim_tear)(i % MOTE_SIM_TEAR_COUNT), first, second);
        judge(place, i % MOTE_SIM_TEAR_COUNT, first, second);
    }
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        {"survives-every-cut-of-a-nor", survives_every_cut_of_a_nor},
        {"survives-every-cut-of-a-file", survives_every_cut_of_a_file},
        {"survives-every-cut-on-the-way-to-another-broker", survives_every_cut_on_the_way_to_another_broker},
        {"survives-two-cuts", survives_two_cuts},
    };

    return check_main("table/outbox-cut", cases, sizeof cases / sizeof cases[0], argc, argv);
}
