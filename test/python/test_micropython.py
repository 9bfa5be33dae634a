#!/usr/bin/python3
"""The same pieces as test_seed.py, parsed and run by MicroPython itself, with libmote below: its modules are in micropython/."""

import os

import python_test
from mote_test import BUILD, main

ENVIRONMENT = python_test.environment


def environment(**more):
    return ENVIRONMENT(MOTE_SCRIPT_LIBRARY=os.path.join(BUILD, "test", "python", "libmote-script.so"), **more)


python_test.RUN[:] = ["node", os.path.join(python_test.ROOT, "test", "python", "micropython", "run.mjs")]
python_test.environment = environment
import test_seed  # noqa: E402,F401  its cases

if __name__ == "__main__":
    main("python/micropython")
