"""Exceptions as MicroPython shows them: the script's own lines, not those of the modules beneath, and the last exception alone."""

import os
import sys
import sysconfig
import traceback

_HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "")
_LIBRARY = os.path.join(sysconfig.get_path("stdlib"), "")


def _is_beneath(file):
    """MicroPython's modules are of C, and have no lines to show."""
    return file.startswith((_HERE, "<frozen ")) or file.startswith(_LIBRARY) and "-packages" not in file


def print_exception(error, file=None):
    """To stderr, unless told otherwise."""
    shown = traceback.TracebackException(type(error), error, error.__traceback__)
    shown.stack = traceback.StackSummary.from_list([frame for frame in shown.stack if not _is_beneath(frame.filename)])
    for line in shown.format(chain=False):
        print(line, end="", file=file or sys.stderr)


def hook(_kind, error, _trace):
    """For sys.excepthook: what the interpreter would show by itself, as of handlers and timers."""
    print_exception(error)
