"""Makes the wheel of build/python: a zip with three files that describe it. Also pip's way to build the package (PEP 517), which needs
nothing but this file and script/build."""

import base64
import hashlib
import os
import re
import subprocess
import sysconfig
import tomllib
import zipfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
EPOCH = (2020, 1, 1, 0, 0, 0)  # the same wheel from the same files
BUILD = os.path.join(ROOT, "build", "python")


def project():
    with open(os.path.join(HERE, "pyproject.toml"), "rb") as file:
        return tomllib.load(file)["project"]


def version():
    with open(os.path.join(ROOT, "CMakeLists.txt"), encoding="utf-8") as file:
        return re.search(r"project\(mote VERSION ([0-9.]+)", file.read())[1]


def metadata():
    about = project()
    with open(os.path.join(HERE, about["readme"]), encoding="utf-8") as file:
        readme = file.read()
    lines = ["Metadata-Version: 2.1", f"Name: {about['name']}", f"Version: {version()}", f"Summary: {about['description']}",
             f"Requires-Python: {about['requires-python']}", f"License: {about['license']['text']}",
             *(f"Classifier: {line}" for line in about["classifiers"]), "Description-Content-Type: text/markdown", "", readme]
    return "\n".join(lines)


def tag():
    return "cp311-abi3-" + re.sub("[-.]", "_", sysconfig.get_platform())


def package_files():
    """(name in the wheel, path), in order."""
    found = []
    for folder, folders, names in os.walk(os.path.join(BUILD, "mote")):
        folders[:] = sorted(set(folders) - {"__pycache__"})
        found += [os.path.join(folder, name) for name in sorted(names) if name.endswith((".py", ".so", ".typed", ".html", ".css", ".js", ".svg"))]
    return [(os.path.relpath(path, BUILD), path) for path in found]


class Wheel:
    def __init__(self, path):
        self.zip = zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED)
        self.records = []

    def add(self, name, data):
        entry = zipfile.ZipInfo(name, EPOCH)
        entry.compress_type = zipfile.ZIP_DEFLATED
        entry.external_attr = (0o755 if name.endswith(".so") else 0o644) << 16
        self.zip.writestr(entry, data)
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        self.records.append(f"{name},sha256={digest},{len(data)}")

    def finish(self, info):
        name = f"{info}/RECORD"
        self.zip.writestr(zipfile.ZipInfo(name, EPOCH), "\n".join([*self.records, f"{name},,", ""]))
        self.zip.close()


def write_wheel(directory):
    """Writes it, of what has been built. Returns its name."""
    name = f"{project()['name'].replace('-', '_')}-{version()}"
    info = f"{name}.dist-info"
    files = package_files()
    if not any(entry.endswith(".so") for entry, _ in files):
        raise SystemExit("wheel: build/python has no extension: install python3-dev and run script/build")
    wheel = Wheel(os.path.join(directory, f"{name}-{tag()}.whl"))
    for entry, path in files:
        with open(path, "rb") as file:
            wheel.add(entry, file.read())
    wheel.add(f"{info}/METADATA", metadata().encode())
    wheel.add(f"{info}/WHEEL", f"Wheel-Version: 1.0\nGenerator: mote\nRoot-Is-Purelib: false\nTag: {tag()}\n".encode())
    with open(os.path.join(ROOT, "LICENSE"), "rb") as file:
        wheel.add(f"{info}/LICENSE", file.read())
    wheel.finish(info)
    return f"{name}-{tag()}.whl"


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    subprocess.run([os.path.join(ROOT, "script", "build")], check=True)
    return write_wheel(wheel_directory)


def build_sdist(sdist_directory, config_settings=None):
    raise NotImplementedError("the sources are the whole repository")
