"""python3 -m mote: the commands of the package."""

import sys

from mote import run

USAGE = """usage: python3 -m mote run [--board sim|linux] [--port N] [--air FILE] FILE [ARGUMENT]...

Runs a script that was written for MicroPython on an ESP8266. See python3 -m mote run --help."""


def main():
    words = sys.argv[1:]
    if words[:1] == ["run"]:
        return run.main(words[1:])
    asked = words[:1] in (["-h"], ["--help"])
    print(USAGE, file=sys.stdout if asked else sys.stderr)
    return 0 if asked else 1


if __name__ == "__main__":
    sys.exit(main())
