"""A session at the prompt: one that is typed, and one that somebody has copied from somewhere, prompts and all."""

import ast
import code
import re

_PROMPT = re.compile(rb"[ \t]*(?:>>>|\.\.\.)(?: |$)")


def is_copied(source):
    """Does the first line that is not empty begin with a prompt?"""
    return source.lstrip().startswith(b">>> ")


def _typed(line):
    prompt = _PROMPT.match(line)
    return line[prompt.end():] if prompt else b""


def compile_copied(source, file):
    """What was typed after the prompts, without what was answered; it answers anew."""
    lines = b"\n".join(map(_typed, source.splitlines())) + b"\n"
    return compile(ast.Interactive(ast.parse(lines, file).body), file, "single")


class _Console(code.InteractiveConsole):
    def push(self, line):
        return super().push(re.sub(r"^(?:>>>|\.\.\.) ", "", line))


def converse(names):
    """Until the end of the input."""
    try:
        import readline  # noqa: F401: lines can be edited once it is there
    except ImportError:
        pass
    _Console(names).interact("Mote: MicroPython's network, machine, umqtt and uasyncio. Ctrl-D ends it.", "")
