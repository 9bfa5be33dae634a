"""What of uasyncio the scripts need: coroutines as tasks of libmote's scheduler."""

import sys

import _script

alive = []


def sleep(seconds):
    yield int(seconds * 1000)


class Task:
    failed = False

    def __init__(self, coroutine):
        self.coroutine = coroutine
        self.timer = _script.task(self.step)
        alive.append(self)
        _script.task_start(self.timer, 0)

    def step(self):
        try:
            delay_ms = self.coroutine.send(None)
        except StopIteration:
            alive.remove(self)
        except Exception as error:
            alive.remove(self)
            Task.failed = True
            sys.stderr.write("Task exception wasn't retrieved\n")
            sys.print_exception(error, sys.stderr)
        else:
            _script.task_start(self.timer, delay_ms)


class Loop:
    def create_task(self, coroutine):
        return Task(coroutine)

    def run_forever(self):
        while alive:
            _script.turn()
        if Task.failed:
            sys.exit(1)


def get_event_loop():
    return Loop()
