"""The cable of a Cortex-M board under QEMU, with this test on it: frames that it sees, and frames of its own, whatever is in them."""

import socket
import threading
import time

from mote_test import TIMEOUT_S, Failure, free_port

MINE = bytes.fromhex("020000000001")
BROADCAST = b"\xff" * 6


def is_dhcp(frame):
    return frame[12:14] == b"\x08\x00" and frame[23] == 17 and frame[36:38] == b"\x00\x43"


class Wire:
    """Frames go through a socket of UDP, one each. With `internet`, QEMU's own network is on the same cable."""

    def __init__(self, nic, internet):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.peer = ("127.0.0.1", free_port())
        self.frames = []  # (when it came, the frame)
        here = f"local.type=inet,local.host=127.0.0.1,local.port={self.peer[1]}"
        there = f"remote.type=inet,remote.host=127.0.0.1,remote.port={self.socket.getsockname()[1]}"
        self.options = ["-netdev", f"dgram,id=wire,{here},{there}", "-netdev", "hubport,id=a,hubid=0,netdev=wire",
                        "-netdev", "hubport,id=cable,hubid=0", "-net", f"nic,model={nic},netdev=cable"]
        if internet:
            self.options += ["-netdev", "user,id=internet", "-netdev", "hubport,id=b,hubid=0,netdev=internet"]
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self):
        while True:
            self.frames.append((time.monotonic(), self.socket.recv(0x10000)))

    def send(self, to, kind, payload):
        self.socket.sendto(to + MINE + kind.to_bytes(2, "big") + payload, self.peer)

    def wait_for(self, count, matches):
        """When these came: the first so many that match."""
        end = time.monotonic() + TIMEOUT_S
        while True:
            times = [when for when, frame in list(self.frames) if matches(frame)]
            if len(times) >= count:
                return times[:count]
            if time.monotonic() > end:
                raise Failure(f"of {count} frames {len(times)} have come")
            time.sleep(0.02)
