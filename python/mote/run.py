"""Runs a script that was written for MicroPython: puts its modules on the path, sets up the board, and gets out of the way."""

import argparse
import builtins
import errno
import io
import os
import signal
import sys
import types

from mote import extend, session, trace

MODULES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "esp8266")

EPILOG = """
The environment can stand in for the outside world, so that scripts stay unchanged:
  MOTE_HOSTS    iot.eclipse.org:1883=127.0.0.1:21890,mqtt.server=127.0.0.1: where connections lead
  MOTE_AIR      essid:password:300,SSBun:Bz123456:200: access points of the virtual board, each with its key
                and the milliseconds until it is joined
  MOTE_PIN_LOG  a file that gets a line `pin 2 0` for each electrical change
  MOTE_NAME_SERVERS  127.0.0.1:5353: whom to ask for names
  MOTE_BOARD    what --board says
  MOTE_UMQTT_STRICT=1  a lost connection stays lost, as with umqtt.simple itself

Exit status: the script's; 1 after an exception, also of a task of uasyncio that nobody waited for; 2 if it
cannot be run at all."""


def arguments(words):
    parser = argparse.ArgumentParser(
        prog="python3 -m mote run", epilog=EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Runs a MicroPython script with network, machine, umqtt and uasyncio on Mote.")
    parser.add_argument("--board", choices=("sim", "linux"), default=os.environ.get("MOTE_BOARD") or "sim",
                        help="a virtual ESP8266 (sim, the default), or this machine's pins and network (linux)")
    parser.add_argument("--port", type=int, metavar="N", help="the virtual board's page, at http://127.0.0.1:N/; 0: a free port")
    parser.add_argument("--air", metavar="FILE", help="the virtual board's access points, a line NETWORK:KEY:MS each")
    parser.add_argument("file", metavar="FILE", help="the script; - is standard input: at a terminal, a prompt; a folder is a board's "
                        "files: its boot.py and main.py run, one after the other")
    rest = parser.add_argument("arguments", nargs=argparse.REMAINDER, metavar="ARGUMENT", help="sys.argv[1:] of the script")
    rest.required = False  # or it would be said to be missing, too
    return parser.parse_args(words)


def complain(what, why):
    print(f"mote: {what}: {why} (config.invalid)", file=sys.stderr)
    return 2


def read_scripts(file):
    """What is to run, one after the other: (name, source). No source at a terminal: lines are taken as they are typed."""
    if file == "-":
        return [(file, None if sys.stdin.isatty() else sys.stdin.buffer.read())]
    names = [file]
    if os.path.isdir(file):
        names = [name for name in (os.path.join(file, "boot.py"), os.path.join(file, "main.py")) if os.path.exists(name)]
        if not names:
            raise FileNotFoundError(errno.ENOENT, "there is neither a boot.py nor a main.py in it", file)
    scripts = []
    for name in names:
        with io.open_code(os.path.abspath(name)) as stream:
            scripts.append((name, stream.read()))
    return scripts


def read_air(file):
    if file is None:
        return None
    with open(file, encoding="utf-8") as stream:
        lines = (line.strip() for line in stream)
        return "\n".join(line for line in lines if line and not line.startswith("#"))


def start_board(options):
    """What the extension needs of the environment is read before it is loaded."""
    os.environ["MOTE_BOARD"] = "linux" if options.board == "linux" else ""
    from mote import _mote
    _mote.start(options.board, read_air(options.air))


def start_page(options):
    from mote import page
    if options.board != "sim" or not 0 <= options.port <= 65535:
        complain(f"--port {options.port}", "the virtual board has a page, at a port of 0 to 65535")
        return False
    try:
        print(f"mote: {options.file} ready: board {page.start(options.file, options.port)}", file=sys.stderr, flush=True)
    except OSError as error:
        complain(f"page port {options.port}", f"{error.strerror}: choose another with --port")
        return False
    return True


class Immediate(io.TextIOWrapper):
    """As on the chip, what is printed is there at once: also a dot without a line's end, also in a pipe."""

    def write(self, text):
        count = super().write(text)
        self.flush()
        return count


def print_at_once():
    encoding, errors = sys.stdout.encoding, sys.stdout.errors
    sys.stdout = sys.__stdout__ = Immediate(sys.stdout.detach(), encoding, errors)


def folder_of(file):
    """Where a script's modules are."""
    if file == "-":
        return os.getcwd()
    return os.path.abspath(file) if os.path.isdir(file) else os.path.dirname(os.path.abspath(file))


def prepare(options):
    if sys.stdout is not None:
        print_at_once()
    folder = folder_of(options.file)
    sys.path[0:1] = [MODULES, folder, os.path.join(folder, "lib")]
    sys.argv = [options.file, *options.arguments]
    extend.extend(folder)
    sys.excepthook = trace.hook


def main_module(options):
    module = types.ModuleType("__main__")
    module.__dict__.update(__file__=options.file, __builtins__=builtins)
    sys.modules["__main__"] = module
    return module


def end_as_interrupted():
    """As if nobody had taken the signal over: whoever has sent it sees what has ended the program."""
    sys.stdout.flush()
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.raise_signal(signal.SIGINT)
    return 130


def go_on():
    """As a chip does: timers and pins' handlers do not end with the script."""
    alarm = sys.modules.get("machine.alarm")
    while alarm is not None and alarm.is_active():
        alarm.idle_a_while()


def execute(names, file, source):
    if source is None:
        session.converse(names)
    elif session.is_copied(source):
        exec(session.compile_copied(source, file), names)
    else:
        exec(compile(source, file, "exec"), names)


def run_script(names, file, source):
    """Returns the status. What boot.py has done wrong does not keep main.py from running."""
    names["__file__"] = file
    try:
        execute(names, file, source)
    except Exception as error:
        trace.print_exception(error)
        return 1
    return 0


def run_scripts(options, scripts):
    names = main_module(options).__dict__
    try:
        statuses = [run_script(names, *script) for script in scripts]
        if statuses[-1] == 0:
            go_on()
    except KeyboardInterrupt:
        return end_as_interrupted()
    uasyncio = sys.modules.get("uasyncio")
    return 1 if uasyncio is not None and uasyncio.has_failed() else max(statuses)


def main(words):
    options = arguments(words)
    if options.board not in ("sim", "linux"):
        return complain(f"MOTE_BOARD={options.board}", "a board is sim or linux")
    try:
        scripts = read_scripts(options.file)
    except OSError as error:
        return complain(options.file, error.strerror)
    try:
        start_board(options)
    except ImportError as error:
        return complain("mote._mote", f"{error}: the extension has not been built; install python3-dev and run script/build")
    except ValueError as error:
        return complain("board", str(error).removesuffix(" (config.invalid)"))
    except OSError as error:
        return complain(error.filename, error.strerror)
    if options.port is not None and not start_page(options):
        return 2
    prepare(options)
    return run_scripts(options, scripts)
