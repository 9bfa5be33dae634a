#!/usr/bin/python3
"""What is typed at a prompt, at a terminal or copied from one."""

import os
import pty
import select

import python_test as p
from python_test import SCRIPTS, check, environment, run
from mote_test import Failure, TIMEOUT_S, case, check_equal, main

INSTALLED = "micropython-umqtt.simple is already built in"


@case("copied-install")
def runs_what_was_copied_prompts_and_all(t):
    """The piece of the seed that installs umqtt, byte for byte."""
    check_equal(run(t, os.path.join(SCRIPTS, "install.py")), [INSTALLED], "what it says")


@case("copied-answers")
def answers_anew(t):
    session = "\n>>> 1 + 1\n3\n>>> for i in range(2):\n...     i\n... \n7\n>>> None\n>>> x = 'a'; x\n>>>\n>>> y\n'never'\n"
    lines = run(t, session, status=1)
    check_equal([line for line in lines if line in ("2", "0", "1", "'a'", "3", "7")], ["2", "0", "1", "'a'"], "what it says")
    check("NameError: name 'y' is not defined" in lines and any("line 11" in line for line in lines), f"where it ends: {lines}")


@case("copied-wrong")
def says_where_what_was_copied_is_wrong(t):
    lines = run(t, ">>> x = 1\n>>> def f(:\n", status=1)
    check(lines[0].endswith("line 2") and lines[-1] == "SyntaxError: invalid syntax", f"{lines}")
    check(not [line for line in lines if "mote/" in line], f"only the script's own in {lines}")


@case("prints-at-once")
def prints_at_once_also_into_a_pipe(t):
    script = "import os, time\nprint('ä', end='')\nos.write(1, b' first\\n')\nprint('second')\ntime.sleep(3600)\n"
    program = p.start(t, script, PYTHONUNBUFFERED="", PYTHONIOENCODING="utf-8")
    program.wait_line("^second$")
    check_equal(program.lines, ["ä first", "second"], "what it says")


class Terminal:
    """A program that has one."""

    def __init__(self, *words):
        self.pid, self.descriptor = pty.fork()
        if self.pid == 0:
            os.execvpe(words[0], words, {**os.environ, **environment(), "TERM": "dumb"})
        self.said = ""

    def type(self, line):
        os.write(self.descriptor, line.encode())

    def read(self):
        try:
            return os.read(self.descriptor, 4096)
        except OSError:  # it has ended
            return b""

    def wait(self, words):
        """What it says up to the words, and with them."""
        while words not in self.said:
            ready = select.select([self.descriptor], [], [], TIMEOUT_S)[0]
            more = self.read() if ready else b""
            if not more:
                raise Failure(f"{words!r} is not in {self.said!r}")
            self.said += more.decode()
        before, self.said = self.said.split(words, 1)
        return before + words

    def wait_exit(self):
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


@case("terminal")
def has_a_prompt_at_a_terminal(t):
    terminal = Terminal(*p.RUN, "-")
    terminal.wait(">>> ")
    terminal.type(">>> import upip, network, time\n")
    terminal.wait("\n>>> ")
    terminal.type("upip.install('micropython-umqtt.simple')\n")
    terminal.wait(f"\n{INSTALLED}")
    terminal.wait(">>> ")
    terminal.type("network.WLAN(network.STA_IF).connect('essid', 'password')\n")
    terminal.wait("OSError: Cannot set STA config")
    terminal.wait(">>> ")
    terminal.type("print('sl' + 'eeps'); time.sleep(3600)\n")
    terminal.wait("sleeps")
    terminal.type("\x03")
    terminal.wait("KeyboardInterrupt")
    terminal.wait(">>> ")
    terminal.type("\x04")
    check_equal(terminal.wait_exit(), 0, "exit status")


if __name__ == "__main__":
    main("python/session")
