"""A broker that does what it is told and nothing more: for answers that a real one does not give on request."""

import socket
import threading

CONNECT, PUBLISH, SUBSCRIBE = 1, 3, 8


class FakeBroker:
    """`answer(number, type, version, body)` is called for each packet, with the number of its connection, from 1 on. It
    returns bytes to be sent, or None: then the connection is closed. The packets are kept in `packets`."""

    def __init__(self, t, answer):
        self.answer = answer
        self.packets = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        t.programs.append(self)
        self.process = self
        self.over = False
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def _serve(self):
        number = 0
        while True:
            try:
                connection = self.listener.accept()[0]
            except OSError:
                return
            number += 1
            threading.Thread(target=self._connection, args=(connection, number), daemon=True).start()

    def _connection(self, connection, number):
        version = 4
        with connection:
            stream = connection.makefile("rb")
            while first := stream.read(1):
                body = stream.read(self._length(stream))
                if first[0] >> 4 == CONNECT:
                    version = body[6]
                self.packets.append((number, first[0] >> 4, body))
                reply = self.answer(number, first[0] >> 4, version, body)
                if reply is None:
                    return
                try:
                    connection.sendall(reply)
                except OSError:
                    return

    @staticmethod
    def _length(stream):
        length = shift = 0
        while True:
            byte = stream.read(1)[0]
            length |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return length

    # What a case's programs have.

    def is_running(self):
        return not self.over

    def kill(self):
        self.over = True
        self.listener.close()

    def wait(self):
        pass

    def show(self):
        pass


def connack(version, code=0):
    return bytes([0x20, 3, 0, code, 0] if version == 5 else [0x20, 2, 0, code])


def suback(version, body, codes):
    rest = [*body[:2], *([0] if version == 5 else []), *codes]
    return bytes([0x90, len(rest), *rest])


def puback(body, code):
    topic = 2 + (body[0] << 8 | body[1])
    return bytes([0x40, 3, body[topic], body[topic + 1], code])
