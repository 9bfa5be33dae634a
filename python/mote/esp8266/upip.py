"""upip: MicroPython's installer, for scripts that call it. What they ask for is here already, or cannot be had."""

import importlib.util
import sys

debug = False
index_urls = []


def _is_here(name):
    module = name.removeprefix("micropython-").partition("==")[0]
    try:
        return importlib.util.find_spec(module) is not None
    except ImportError:
        return False


def install(to_install, install_path=None):
    """Nothing is fetched: says of each package whether it is there."""
    for name in [to_install] if isinstance(to_install, str) else to_install:
        if _is_here(name):
            print("%s is already built in" % name)
        else:
            print("Error installing '%s': there is no such module in Mote" % name, file=sys.stderr)


def get_install_path():
    return None


def help():
    print("upip.install(name): what Mote has is already built in.")
