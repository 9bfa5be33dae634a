"""Keys and certificates for tests, by openssl(1), in a directory of theirs."""

import os
import subprocess

from mote_test import TIMEOUT_S


def openssl(directory, *words):
    subprocess.run(["openssl", *words], cwd=directory, check=True, capture_output=True, timeout=TIMEOUT_S)


def make_authority(directory, name):
    openssl(directory, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
            "-subj", f"/CN={name}", "-keyout", f"{name}.key", "-out", f"{name}.pem")


def make_certificate(directory, name, authority, *, names="DNS:localhost,IP:127.0.0.1", days="2"):
    openssl(directory, "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}",
            "-keyout", f"{name}.key", "-out", f"{name}.csr")
    with open(os.path.join(directory, "extensions"), "w", encoding="utf-8") as file:
        file.write(f"subjectAltName={names}\n")
    openssl(directory, "x509", "-req", "-in", f"{name}.csr", "-CA", f"{authority}.pem", "-CAkey", f"{authority}.key",
            "-set_serial", str(hash(name) % 10**9 + 1), "-days", days, "-extfile", "extensions", "-out", f"{name}.pem")
