"""Servers for a board that speaks TLS: one that hands on to a broker and sees how it is spoken to, and one that is none.

    Relay(broker.port, certificate, key)    .port; .names, .resumed, .versions, .ciphers: of each connection; .cut(); .spoil = True
    Talker(b"HTTP/1.1 400 Bad Request")     .port
"""

import select
import socket
import ssl
import threading


class Server:
    """Listens, and has each connection served in a thread of its own."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            threading.Thread(target=self._try, args=(self.listener.accept()[0],), daemon=True).start()

    def _try(self, client):
        try:
            self.serve(client)
        except OSError:
            pass  # the board has had enough
        finally:
            client.close()


class Relay(Server):
    """TLS on the board's side, a broker behind it."""

    def __init__(self, broker_port, certificate, key, *, only=None, suite=None, curve=None):
        self.broker_port = broker_port
        self.names, self.resumed, self.versions, self.ciphers = [], [], [], []
        self.spoil = False  # a bit of the next record
        self.clients = []
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(certificate, key)
        self.context.sni_callback = lambda _, name, __: self.names.append(name)
        if only is not None:
            self.context.minimum_version = self.context.maximum_version = only
        if suite is not None:
            self.context.set_ciphers(suite)
        if curve is not None:
            self.context.set_ecdh_curve(curve)
        super().__init__()

    def serve(self, client):
        inside, outside = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = self.context.wrap_bio(inside, outside, server_side=True)
        with socket.create_connection(("127.0.0.1", self.broker_port)) as broker:
            self.clients.append(client)
            self._shake(tls, client, inside, outside)
            self.resumed.append(tls.session_reused)
            self.versions.append(tls.version())
            self.ciphers.append(tls.cipher()[0])
            self._relay(tls, client, broker, inside, outside)
        self._say_goodbye(tls, client, outside)

    @staticmethod
    def _shake(tls, client, inside, outside):
        while True:
            try:
                tls.do_handshake()
                client.sendall(outside.read())
                return
            except ssl.SSLWantReadError:
                client.sendall(outside.read())
                inside.write(Relay._more(client))
            except ssl.SSLError:
                client.sendall(outside.read())  # the alert
                raise

    @staticmethod
    def _more(client):
        data = client.recv(65536)
        if not data:
            raise ConnectionResetError
        return data

    @staticmethod
    def _say_goodbye(tls, client, outside):
        try:
            tls.unwrap()
        except ssl.SSLWantReadError:
            pass  # it need not answer
        client.sendall(outside.read())

    @staticmethod
    def _what_it_says(broker):
        try:
            return broker.recv(65536)
        except ConnectionResetError:
            return b""  # it was killed

    def _relay(self, tls, client, broker, inside, outside):
        """Until the broker has closed its side. Behind the handshake's last bytes there may have come more."""
        self._to_broker(tls, broker)
        while True:
            ready, _, _ = select.select([client, broker], [], [])
            if client in ready:
                inside.write(self._more(client))
                self._to_broker(tls, broker)
            if broker in ready:
                data = self._what_it_says(broker)
                if not data:
                    return
                tls.write(data)
                client.sendall(self._record(outside))

    @staticmethod
    def _to_broker(tls, broker):
        while True:
            try:
                data = tls.read(65536)
            except ssl.SSLWantReadError:
                return
            if not data:
                raise ConnectionResetError
            broker.sendall(data)

    def _record(self, outside):
        record = bytearray(outside.read())
        if self.spoil:
            record[-1] ^= 1
            self.spoil = False
        return record

    def cut(self):
        """Ends all connections without a word of TLS."""
        for client in self.clients:
            try:
                client.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # it has ended before
        self.clients.clear()


class Talker(Server):
    """Says something else than TLS to whoever speaks to it."""

    def __init__(self, words):
        self.words = words
        super().__init__()

    def serve(self, client):
        if client.recv(65536):
            client.sendall(self.words)
            while client.recv(65536):
                pass
