"""Round trips from the connection to the granted subscription, through a proxy that holds back every byte for a while."""

import select
import socket
import threading
import time

from machine import CLIENTS, PATIENCE_S
from table import row

TITLE = "Round trips from TCP to SUBACK"
DELAY_S = 0.05
SUBACK = 9


class Proxy:
    """Counts the client's flights: what it sends without having heard anything new in between is one."""

    def __init__(self, port):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.target = port
        self.flights = 0
        self.seconds = None
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def _serve(self):
        client, _ = self.listener.accept()
        server = socket.create_connection(("127.0.0.1", self.target))
        for end in (client, server):
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        began = time.monotonic()
        try:
            self._forward(client, server, began)
        except OSError:
            pass
        client.close()
        server.close()

    def _forward(self, client, server, began):
        waiting = []  # (when, to whom, bytes)
        speaker = None
        while True:
            timeout = max(0, waiting[0][0] - time.monotonic()) if waiting else 1
            ready, _, _ = select.select([client, server], [], [], timeout)
            for source in ready:
                data = source.recv(65536)
                if not data:
                    return
                if source is client and speaker is not client and self.seconds is None:
                    self.flights += 1
                speaker = source if source is client else speaker
                waiting.append((time.monotonic() + DELAY_S, server if source is client else client, data))
            while waiting and waiting[0][0] <= time.monotonic():
                _, target, data = waiting.pop(0)
                target.sendall(data)
                if target is client:
                    speaker = server
                    if self._has_suback(data):
                        self.seconds = time.monotonic() - began

    @staticmethod
    def _has_suback(data):
        while len(data) >= 2:
            if data[0] >> 4 == SUBACK:
                return True
            data = data[2 + data[1]:]
        return False

    def end(self):
        self.listener.close()
        self.thread.join(PATIENCE_S)


def trip(machine, broker, client):
    proxy = Proxy(broker.port)
    process = machine.client(client, "subscribe", proxy.port, 1)
    process.communicate(timeout=PATIENCE_S)
    machine.processes.remove(process)
    proxy.end()
    if process.returncode != 0 or proxy.seconds is None:
        raise RuntimeError(f"{client} has not subscribed through the proxy")
    return proxy.flights, 1000 * proxy.seconds


def measure(machine, progress):
    broker = machine.mosquitto()
    names = [name for name, _ in CLIENTS.values()]
    flights, milliseconds = {}, {}
    for done, (client, (name, _)) in enumerate(CLIENTS.items()):
        progress.step(name, done, len(CLIENTS))
        flights[name], milliseconds[name] = trip(machine, broker, client)
    broker.stop()
    return {"title": TITLE, "columns": names, "rows": [
        row("round trips", "flights", flights, 1),
        row(f"time, {int(1000 * DELAY_S)} ms each way", "ms", milliseconds)]}
