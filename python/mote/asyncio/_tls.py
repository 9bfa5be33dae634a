"""How TLS is to be."""

import os
from dataclasses import dataclass, field
from typing import Any

Path = str | os.PathLike[str]


@dataclass(frozen=True, kw_only=True)
class TLS:
    """How TLS is to be, for mqtts:// and wss://. Without any of this: TLS 1.2 or newer, and a server that shows a certificate for the URL's
    host by an authority that the system trusts. Files are PEM; those that change count for the next connection."""

    ca: Path | None = None  #: the authorities to trust, a file...
    ca_path: Path | None = None  #: ...or a folder of them, by hash; with either the system's are not trusted,
    system_authorities: bool = False  #: unless this is set
    certificate: Path | None = None  #: this side's own, for servers that ask for one
    key: Path | None = None  #: its private key
    key_password: str | None = field(default=None, repr=False)  #: that the key is encrypted with
    ciphers: str | None = None  #: OpenSSL's cipher list of TLS 1.2
    version: str | None = None  #: "tlsv1.2" or "tlsv1.3": no other
    alpn: str | None = None  #: the protocol to ask for, as "mqtt"
    psk: str | None = field(default=None, repr=False)  #: a pre-shared key in hexadecimal, instead of certificates
    psk_identity: str | None = None  #: its name; needed with psk
    insecure: bool = False  #: does not look at the server's certificate at all: for tests only

    def options(self) -> dict[str, Any]:
        """For the engine."""
        files = {"ca_file": self.ca, "ca_path": self.ca_path, "certificate_file": self.certificate, "key_file": self.key}
        texts = {"key_password": self.key_password, "ciphers": self.ciphers, "tls_version": self.version, "alpn": self.alpn,
                 "psk": self.psk, "psk_identity": self.psk_identity}
        found: dict[str, Any] = {name: os.fsencode(path) for name, path in files.items() if path is not None}
        found |= {name: text.encode() for name, text in texts.items() if text is not None}
        return found | {"system_authorities": int(self.system_authorities), "insecure": int(self.insecure)}
