"""What goes wrong."""

from mote import _mote_node


WHAT_MAX = 200  # characters: a topic may have 65535


class MoteError(Exception):
    """Something is not as it should be. `reason` is one word of Mote's closed list, the same as in C and on the command line, as
    "tcp.refused"; `words` says it in a sentence, `next_step` what to do about it. None of them has a secret in it."""

    reason: str
    words: str
    next_step: str

    def __init__(self, reason: str, what: str = "", why: str = "") -> None:
        general, self.next_step = _mote_node.words(reason) or ("", "")
        self.reason = reason
        self.words = why or general
        self._what = what = what if len(what) <= WHAT_MAX else what[:WHAT_MAX] + "…"
        super().__init__(f"{what}: {self.words} ({reason})" if what else f"{self.words} ({reason})")

    def __reduce__(self) -> tuple[type["MoteError"], tuple[str, str, str]]:
        return MoteError, (self.reason, self._what, self.words)
