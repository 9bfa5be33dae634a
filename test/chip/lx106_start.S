/* Where a test begins on an LX106, and the way out of it to the emulator. */
    .section .reset, "ax"
    .global _reset
_reset:
    j 1f
    .align 4
    .literal_position
1:  movi a2, 0x20
    wsr a2, ps
    rsync
    movi a1, __stack
    movi a0, lx106_begin
    jx a0

    .text
    .literal_position
    .global lx106_call
lx106_call:
    simcall
    ret
