/* The outbox's own clock, which counts seconds with power: what becomes of it and of those who live by it in a power cut. */
#include "outbox_rig.h"

/* The clock goes back to that of the last state. A message that was accepted after it is not as old as a clock can show: it is kept,
 * and its age counts from there. Found by the simulator: seed 1, day 262. */
static void a_cut_does_not_age_a_message(void)
{
    rig_init(4096, 4, 4, false, 1);
    CHECK_EQUAL(rig_open(), MOTE_OK);
    CHECK_EQUAL(rig_put("all", "first", MOTE_QOS_1), MOTE_OK); /* with the state of a new sector */
    rig.now_ms += 50000;
    CHECK_EQUAL(rig_put("expire/a", "young", MOTE_QOS_1), MOTE_OK);
    mote_sim_nor_cut(&rig.nor);
    mote_sim_nor_power_on(&rig.nor);
    CHECK_EQUAL(rig_open(), MOTE_OK);
    CHECK_EQUAL(rig_count(), 2);
    CHECK_LIST("first young");
}

static void its_age_is_never_below_zero(void)
{
    struct mote_outbox_place place = {0};
    struct mote_message message;
    uint32_t age_s;

    rig_init(4096, 4, 4, false, 1);
    CHECK_EQUAL(rig_open(), MOTE_OK);
    CHECK_EQUAL(rig_put("all", "first", MOTE_QOS_1), MOTE_OK);
    rig.now_ms += 50000;
    CHECK_EQUAL(rig_put("all", "second", MOTE_QOS_1), MOTE_OK);
    mote_sim_nor_cut(&rig.nor);
    mote_sim_nor_power_on(&rig.nor);
    CHECK_EQUAL(rig_open(), MOTE_OK);
    while (mote_outbox_list(&rig.outbox, &place, &message, &age_s))
        CHECK(age_s <= 50);
    CHECK(place.sequence != 0);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        {"a-cut-does-not-age-a-message", a_cut_does_not_age_a_message},
        {"its-age-is-never-below-zero", its_age_is_never_below_zero},
    };

    return check_main("unit/outbox_clock", cases, sizeof cases / sizeof cases[0], argc, argv);
}
