"""What was on a board's cable while it booted, told apart by what it was for. With QEMU's -icount the times are the guest's own: they
depend on its instructions and on what it waits for, not on how busy the machine is.

    air.dump(path)                      for QEMU: what is on the cable goes into a file
    air.options(path, shift)            the same, and an instruction takes 2 ** shift nanoseconds
    boot = air.Boot(air.read(path))     boot.phases["DHCP"] are its frames, until the SUBACK
"""

import struct

START = 946684800  # 2000, where the guest's clock is told to begin
PHASES = ("DHCP", "DNS", "TCP", "MQTT")
IP, UDP, TCP = b"\x08\x00", 17, 6
FIN, RESET = 1, 4
DNS_PORT, DHCP_CLIENT_PORT, DHCP_ACK = 53, 68, b"\x35\x01\x05"
CONNECT, CONNACK, SUBSCRIBE, SUBACK = 1, 2, 8, 9


def dump(path):
    return ["-object", f"filter-dump,id=air,netdev=cable,file={path}"]


def options(path, shift):
    return ["-icount", f"shift={shift}", "-rtc", "base=2000-01-01T00:00:00,clock=vm", *dump(path)]


class Frame:
    """Of Ethernet, as the network sees it: padded, without its check sum."""

    def __init__(self, time_s, data):
        self.time_s = time_s
        self.size = len(data)
        self.sender = data[6:12]
        self.protocol, self.ports, self.flags, self.payload = None, (0, 0), 0, b""
        if data[12:14] == IP:
            self._read_ip(data[14:14 + int.from_bytes(data[16:18], "big")])

    def _read_ip(self, packet):
        inner = packet[4 * (packet[0] & 15):]
        self.protocol = packet[9]
        self.ports = struct.unpack(">HH", inner[:4])
        if self.protocol == TCP:
            self.flags = inner[13]
            self.number, self.acknowledged = struct.unpack(">II", inner[4:12])
        self.payload = inner[4 * (inner[12] >> 4):] if self.protocol == TCP else inner[8:]


def read(path):
    with open(path, "rb") as file:
        data = file.read()
    frames, at = [], 24
    while at + 16 <= len(data):
        seconds, micro_s, size = struct.unpack("<III", data[at:at + 12])
        if at + 16 + size > len(data):
            break  # it is being written
        frames.append(Frame(seconds - START + micro_s / 1e6, data[at + 16:at + 16 + size]))
        at += 16 + size
    return frames


def packets(stream):
    """The whole ones of MQTT: [(type, size)]"""
    found, at = [], 0
    while at + 2 <= len(stream):
        length, shift, end = 0, 0, at + 1
        while end < len(stream) and shift <= 21:
            length |= (stream[end] & 127) << shift
            shift, end = shift + 7, end + 1
            if stream[end - 1] < 128:
                break
        if end + length > len(stream):
            break
        found.append((stream[at] >> 4, end + length - at))
        at = end + length
    return found


class Boot:
    def __init__(self, frames):
        self.phases = {name: [] for name in PHASES}
        self.board = frames[0].sender if frames else None
        self.streams = {True: b"", False: b""}
        self.connack_s = None
        phase = "DHCP"
        for frame in frames:
            phase = self._begin(phase, frame)
            self.phases[phase].append(frame)
            if self.is_outward(frame):
                continue
            if frame.ports[1] == DHCP_CLIENT_PORT and DHCP_ACK in frame.payload:
                phase = "DNS"
            elif frame.protocol == UDP and frame.ports[0] == DNS_PORT:
                phase = "TCP"
            elif self._has_heard(SUBACK):
                return
        raise ValueError("there is no SUBACK")

    def _begin(self, phase, frame):
        """The phase of a frame. What is looked for by ARP belongs to what it is looked for."""
        if frame.protocol != TCP:
            return phase
        if phase == "DNS":  # the broker has no name
            self.phases["DNS"], self.phases["TCP"] = [], self.phases["DNS"]
        if frame.payload:
            self.streams[self.is_outward(frame)] += frame.payload
            if self.connack_s is None and self._has_heard(CONNACK):
                self.connack_s = frame.time_s
        return "MQTT" if frame.payload or phase == "MQTT" else "TCP"

    def _has_heard(self, kind):
        return any(found == kind for found, _ in packets(self.streams[False]))

    def is_outward(self, frame):
        return frame.sender == self.board

    def sizes(self, phase, outward):
        return [frame.size for frame in self.phases[phase] if self.is_outward(frame) == outward]

    def last_inward(self, phase):
        """Its end: the frame that the phase has waited for. None if the phase was left out."""
        inward = [frame for frame in self.phases[phase] if not self.is_outward(frame)]
        return inward[-1] if inward else None

    def protocol_bytes(self, outward):
        """MQTT's own until it is subscribed."""
        kinds = (CONNECT, SUBSCRIBE) if outward else (CONNACK, SUBACK)
        return sum(size for kind, size in packets(self.streams[outward]) if kind in kinds)
