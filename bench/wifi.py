"""The access point was gone, and is back: how long until a subscription is acknowledged, in the lab's guest."""

import subprocess
import threading

from machine import median
from table import row

TITLE = "An access point comes back: seconds until SUBACK, by the guest's clock"
PEER = "wpa_supplicant + dhcpcd + mosquitto_sub"
CLIENTS = {"lab": "Mote", "plain": PEER}
KINDS = {"warm": "warm: it has been there before", "cold": "cold: all was started meanwhile"}
GOALS = {"warm": 0.5}
ROUNDS = 20
LIMIT_S = 3000
GUEST = "build/lab/guest"


def guest(client, rounds):
    command = ["test/lab/run-guest.sh", GUEST, str(LIMIT_S), "bench/wifi.sh", "-f", "build/bench/mote:/opt/mote",
               "-f", "test/lab/world.sh:/lab/world.sh", "wifi", "90", str(rounds), client]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def read(process, times):
    for line in process.stdout:
        words = line.split()
        if words[:1] == ["back"]:
            times[words[1], words[2]].append(float(words[3]))


def returns(rounds, progress):
    """What the guests have measured, by client and kind. Each has a clock of its own: they may run side by side."""
    subprocess.run(["script/lab", "--make"], check=True)
    times = {(client, kind): [] for client in CLIENTS for kind in KINDS}
    guests = [guest(client, rounds) for client in CLIENTS]
    readers = [threading.Thread(target=read, args=(process, times)) for process in guests]
    for reader in readers:
        reader.start()
    while any(reader.is_alive() for reader in readers):
        progress.step("in the guests", sum(map(len, times.values())), 4 * rounds)
        readers[0].join(1)
        readers[1].join(1)
    if any(process.wait() != 0 for process in guests) or any(len(part) != rounds for part in times.values()):
        raise RuntimeError("the guests have not measured all of it")
    return times


def measure(machine, progress):
    rounds = 2 if machine.quick else ROUNDS
    times = returns(rounds, progress)
    rows = []
    for kind, name in KINDS.items():
        rows.append(row(name, "s", {CLIENTS[client]: median(times[client, kind]) for client in CLIENTS},
                        GOALS.get(kind), per=PEER))
        rows.append(row(f"{kind}, the slowest", "s", {CLIENTS[client]: max(times[client, kind]) for client in CLIENTS}))
    return {"title": TITLE, "columns": list(CLIENTS.values()), "rows": rows,
            "notes": [f"medians of {rounds} returns each; two networks are known, one is there; a scan is of all channels"]}
