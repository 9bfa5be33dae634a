"""What MicroPython has in modules whose names CPython has, too: the script's own imports get it, everybody else's are CPython's."""

import builtins
import gc
import os
import stat
import sys

from mote import trace

_PAGE = os.sysconf("SC_PAGE_SIZE")

# Those that differ by more than what can be added.
_OURS = {"time": "utime", "socket": "usocket", "ssl": "ussl", "select": "uselect", "sys": "usys"}


def mem_free():
    return os.sysconf("SC_AVPHYS_PAGES") * _PAGE


def mem_alloc():
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * _PAGE


def threshold(amount=None):
    """CPython's collector has thresholds of its own."""
    return -1 if amount is None else None


def print_exception(exception, file=None):
    trace.print_exception(exception, file or sys.stdout)


def ilistdir(path="."):
    """(name, type, inode, size) of each file; the type as of a FAT file system."""
    for name in os.listdir(path):
        try:
            about = os.stat(os.path.join(path, name))
        except OSError:
            continue  # it leads nowhere, or has gone
        yield name, 0x4000 if stat.S_ISDIR(about.st_mode) else 0x8000, about.st_ino, about.st_size


def dupterm(stream, index=0):
    """The terminal is this machine's, and has no second one."""
    return None


def _redirect_imports(folder):
    import_module = builtins.__import__
    library = os.path.join(folder, "lib", "")

    def is_script(names):
        file = str(names.get("__file__", ""))
        return names.get("__name__") == "__main__" or os.path.dirname(file) == folder or file.startswith(library)

    def imports(name, names=None, locals=None, fromlist=(), level=0):
        if names is None or not is_script(names):
            return import_module(name, names, locals, fromlist, level)
        try:
            return import_module(_OURS.get(name, name), names, locals, fromlist, level)
        except ModuleNotFoundError as error:
            raise ImportError("no module named '%s'" % error.name, name=error.name) from None

    builtins.__import__ = imports


def extend(folder):
    """The script's own modules are those in its folder, and below lib."""
    for function in (mem_free, mem_alloc, threshold):
        setattr(gc, function.__name__, function)
    for function in (ilistdir, dupterm):
        setattr(os, function.__name__, function)
    sys.print_exception = print_exception
    _redirect_imports(folder)
