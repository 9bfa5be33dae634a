"""A Cortex-M board under QEMU: its firmware, serial line, pins, keys and cable."""

import functools
import json
import os
import socket
import subprocess
import time

from mote_test import ROOT, TIMEOUT_S, Failure, Skip, check_equal

# The LED's register, of which bit 0 is it; its network device; a key's pin, and QEMU's name of it; where a settings image is.
BOARDS = {
    "lm3s6965evb": {"led": 0x40025004, "nic": "stellaris", "key": (12, "up"), "image": 0x3f000},
    "mps2-an385": {"led": 0x40028000, "nic": "lan9118", "key": None, "image": 0x3ff000},
}
HOST = "10.0.2.2"  # the address at which the guest finds this machine's loopback
NO_BUTTON = 2


class Monitor:
    """QEMU's own: what is asked is answered, what it tells by itself is not listened to."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(TIMEOUT_S)
        end = time.monotonic() + TIMEOUT_S
        while True:
            try:
                self.socket.connect(path)
                break
            except OSError:
                if time.monotonic() > end:
                    raise Failure("QEMU has no monitor") from None
                time.sleep(0.02)
        self.stream = self.socket.makefile("rw", encoding="utf-8")
        self.stream.readline()
        self.ask("qmp_capabilities")

    def ask(self, command, **arguments):
        self.stream.write(json.dumps({"execute": command, "arguments": arguments}) + "\n")
        self.stream.flush()
        while True:
            answer = json.loads(self.stream.readline())
            if "error" in answer:
                raise Failure(f"QEMU: {command}: {answer['error']['desc']}")
            if "return" in answer:
                return answer["return"]


class Board:
    """A board that runs a program of build/BOARD/firmware/. `words` is its command line behind its name, `environment` what stands
    before it, `image` the bytes of its settings image, `wire` a Wire instead of QEMU's own network, `options` are QEMU's."""

    def __init__(self, t, name, program, *words, network=True, wire=None, environment=(), image=None,
                 options=()):
        self.facts = BOARDS[name]
        self.elf = os.path.join(ROOT, "build", name, "firmware", f"{program}.elf")
        if not os.path.exists(self.elf):
            raise Skip(f"{self.elf} is not there: script/build --preset {name}")
        directory = t.directory()
        self.log = os.path.join(directory, "guest-errors")
        self.dump = os.path.join(directory, "memory")
        self.monitor_path = os.path.join(directory, "monitor")
        nic = ["-nic", f"user,id=cable,model={self.facts['nic']}" if network else "none"] if wire is None else wire.options
        line = ["MOTE_LOG=1", *environment, program, *(str(word) for word in words)]
        loader = self._loader(directory, image) if image is not None else []
        self.program = t.start(
            "qemu-system-arm", "-M", name, "-kernel", self.elf, "-display", "none", "-monitor", "none", "-serial", "stdio",
            *nic, "-qmp", f"unix:{self.monitor_path},server=on,wait=off", "-d", "guest_errors,unimp", "-D", self.log,
            *loader, "-semihosting-config", "enable=on,target=native," + ",".join(f"arg={word}" for word in line), *options,
            stdin=subprocess.PIPE)

    @functools.cached_property
    def monitor(self):
        return Monitor(self.monitor_path)

    def _loader(self, directory, image):
        path = os.path.join(directory, "image")
        with open(path, "wb") as file:
            file.write(image)
        return ["-device", f"loader,file={path},addr={self.facts['image']:#x},force-raw=on"]

    def wait_line(self, pattern):
        return self.program.wait_line(pattern)

    def word(self, address):
        answer = self.monitor.ask("human-monitor-command", **{"command-line": f"xp /1wx {address:#x}"})
        return int(answer.split(":")[1], 16)

    def led(self):
        return self.word(self.facts["led"]) & 1

    def wait_led(self, level):
        end = time.monotonic() + TIMEOUT_S
        while self.led() != level:
            if time.monotonic() > end:
                raise Failure(f"the LED's bit has not become {level}")
            time.sleep(0.02)

    def key(self, down):
        key = {"type": "qcode", "data": self.facts["key"][1]}
        self.monitor.ask("input-send-event", events=[{"type": "key", "data": {"down": down, "key": key}}])

    def cable(self, plugged):
        self.monitor.ask("set_link", name="cable", up=plugged)

    def symbol(self, name):
        listing = subprocess.run(["arm-none-eabi-nm", self.elf], capture_output=True, text=True, check=True).stdout
        return next(int(line.split()[0], 16) for line in listing.splitlines() if line.endswith(f" {name}"))

    def stack(self):
        """How many bytes of the stack were never used, of how many."""
        bottom, top = self.symbol("mote_stack_bottom"), self.symbol("mote_stack_top")
        self.monitor.ask("pmemsave", val=bottom, size=top - bottom, filename=self.dump)
        with open(self.dump, "rb") as file:
            memory = file.read()
        return len(memory) - len(memory.lstrip(b"\xa5")), len(memory)

    def interrupt(self):
        """Ctrl-C on the serial line: the program ends as on Linux."""
        self.program.process.stdin.write(b"\x03")
        self.program.process.stdin.flush()

    def finish(self):
        """Nothing that QEMU has to say against it is forgiven."""
        self.interrupt()
        check_equal(self.program.wait_exit(), 0, "exit status")
        with open(self.log, encoding="utf-8") as file:
            check_equal(file.read(), "", "the guest-error log")
