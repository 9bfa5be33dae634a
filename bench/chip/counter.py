"""Instructions that an emulated processor has executed: builds the plugin counter.c, and reads what it has told."""

import os
import subprocess

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
COMPILE = ["gcc", "-std=gnu11", "-O2", "-Wall", "-Wextra", "-Werror", "-fPIC", "-shared", "-fvisibility=hidden"]


def run(command):
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
    return done.stdout


class Counter:
    """Tells how many instructions there were before each time that one of these functions of a program was reached. `inside` and
    `but` are beginnings of functions' names, as counter.c has them."""

    def __init__(self, work, program, functions, inside=(), but=()):
        plugin = os.path.join(work, "counter.so")
        run([*COMPILE, "bench/chip/counter.c", "-o", plugin])
        listing = (line.split() for line in run(["arm-none-eabi-nm", program]).splitlines())
        places = {words[2]: int(words[0], 16) for words in listing if len(words) == 3}
        self.names = {places[name]: name for name in functions}
        self.told = os.path.join(work, "told")
        words = [plugin, f"to={self.told}", *(f"at={address:x}" for address in self.names), *(f"in={name}" for name in inside),
                 *(f"but={name}" for name in but)]
        self.options = ["-plugin", ",".join(words)]

    def read(self):
        """[(function, count)]"""
        with open(self.told, encoding="ascii") as file:
            lines = [line.split() for line in file]
        return [(self.names[int(address, 16)], int(count)) for address, count in lines]
