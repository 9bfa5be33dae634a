/* What QEMU does for a program on its machine `sim`. */
#ifndef LX106_H
#define LX106_H

enum { LX106_EXIT = 1, LX106_READ = 3, LX106_WRITE = 4, LX106_ARGC = 1000, LX106_ARGV = 1002 };

/* Returns what the call does, below zero if it cannot; reading does not wait. With `-serial` file 0 and 1 are that line. */
int lx106_call(int number, int a, int b, int c);

#endif
