"""What is shown on a terminal while it runs: one line, over and over."""

import os
import sys
import time


class Progress:
    def __init__(self):
        self.on_terminal = sys.stderr.isatty()
        self.title = ""
        self.began = time.monotonic()

    def begin(self, title):
        self.title = title
        self.step("")

    def step(self, what, done=0, of=0):
        """Tells what is being measured; `done` of `of` steps of the part are behind us."""
        if not self.on_terminal:
            return
        seconds = int(time.monotonic() - self.began)
        share = f" {100 * done // of:3}%" if of else ""
        text = f"{seconds // 60}:{seconds % 60:02} {self.title}{share}  {what}"
        width = os.get_terminal_size(sys.stderr.fileno()).columns or 80
        print("\r\033[K" + text[:width - 1], end="", file=sys.stderr, flush=True)

    def end(self):
        if self.on_terminal:
            print("\r\033[K", end="", file=sys.stderr, flush=True)
