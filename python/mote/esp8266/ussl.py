"""ussl: TLS of CPython on MicroPython's sockets, under MicroPython's names."""

import ssl as _ssl
from ssl import *

import usocket as _usocket

WANTS_READ = _ssl.SSLWantReadError
WANTS_WRITE = _ssl.SSLWantWriteError
WANTS = (WANTS_READ, WANTS_WRITE)


class _Socket(_usocket.Stream, _ssl.SSLSocket):
    def recv(self, size=1024):
        return _ssl.SSLSocket.read(self, size)


def is_pending(sock):
    """Is there something that has been read from the connection, but not by the program?"""
    return isinstance(sock, _ssl.SSLSocket) and sock.pending() > 0


def _wrap(context, sock, **options):
    context.sslsocket_class = _Socket
    return context.wrap_socket(sock, **options)


def wrap_later(sock, context, server_hostname):
    """For sockets that do not block: the handshake is to come. Without a hostname it is a server's side."""
    if context is None:
        context = _ssl.create_default_context()
    return _wrap(context, sock, server_side=server_hostname is None, server_hostname=server_hostname,
                 do_handshake_on_connect=False)


def wrap_socket(sock, server_side=False, key=None, cert=None, server_hostname=None, cert_reqs=None, cadata=None,
                do_handshake=True, keyfile=None, certfile=None, ca_certs=None):
    """With a hostname the other side has to have the certificate for it, unless cert_reqs is CERT_NONE; without one it may have any, as on
    the chip. Keys and certificates are files."""
    if cert_reqs is None:
        cert_reqs = CERT_REQUIRED if server_hostname and not server_side else CERT_NONE
    context = _ssl.SSLContext(PROTOCOL_TLS_SERVER if server_side else PROTOCOL_TLS_CLIENT)
    context.check_hostname = cert_reqs == CERT_REQUIRED and not server_side
    context.verify_mode = cert_reqs
    if cadata or ca_certs:
        context.load_verify_locations(ca_certs, cadata=cadata)
    elif cert_reqs != CERT_NONE:
        context.load_default_certs()
    if cert or certfile:
        context.load_cert_chain(certfile or cert, keyfile or key)
    return _wrap(context, sock, server_side=server_side, server_hostname=None if server_side else server_hostname,
                 do_handshake_on_connect=do_handshake)
