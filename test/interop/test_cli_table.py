#!/usr/bin/python3
# long
"""mote pub, sub and rr beside mosquitto_pub, mosquitto_sub and mosquitto_rr: a table of command lines. Each row runs with both
tools on one broker, and both must come to the same: the bytes on standard output, the exit status, something or nothing on
standard error, and, for pub and rr, what others receive.

A row with `meant` is one where they do not come to the same, on purpose: MEANT has the reason, and the manual
(docs/MANUAL.md) says it, too.
"""

import os
import re
import shlex

from cli_pair import TOOLS, command_of, run
from cli_table import Desk, message
from mote_test import case, check, check_equal, main

# Every difference that is meant. A row of the table proves each.
MEANT = {
    "numbers": "a number is a whole number and nothing else: mosquitto's tools read as far as it goes",
    "hexadecimal": "%x in a field counts the digits that it prints; mosquitto_sub 2.0 leaves half of the payload out",
    "json-nul": "%j prints the whole payload; mosquitto_sub ends it at a NUL",
    "json-time": "the time in %j is ISO 8601; mosquitto 2.0.11 has a Z in front of the time zone, 2.0.20 has not",
    "qos-2": "a message of QoS 2 is printed when it comes, not when it is released: -C ends before that",
    "removal": "with --remove-retained, -C and --retained-only end once all is removed; mosquitto_sub goes on for ever",
    "random": "--random-filter takes percent; mosquitto_sub takes tenths of a percent for them",
    "usage": "an error does not print the help; mosquitto_pub without topic or message prints it to stdout",
    "lines": "a line may have a NUL; mosquitto_pub ends the message there",
    "debug-mid": "QoS 0 has no packet identifier, and -d shows none; mosquitto_pub counts one",
    "url-password": "a user name and password in -L are percent-decoded, so that they may have any character",
    "tls": "an option of TLS asks for TLS: with mosquitto's tools --cert, --insecure and others alone mean plain text",
    "tls-port": "--tls-use-os-certs goes to port 8883 as TLS does, not to 1883",
    "tls-version": "TLS 1.1 is refused",
    "partners": "what needs a partner (--psk-identity, --key-password) is refused without it",
    "unix": "--unix does not go with --proxy, -A and TLS, and says so",
    "file": "mosquitto_rr 2.0 sends an empty request for -f and -s",
    "retained": "what the broker has kept is no response; mosquitto_rr takes it for one, perhaps before it has asked",
    "correlation": "with -D publish correlation-data a response that has others is somebody else's",
    "refused": "rr that cannot get a response since the broker refuses the subscription ends with 1, not 0",
    "unheard": "rr says on stderr that nobody has subscribed to the request's topic, before it waits on",
    "will": "rr says goodbye, so that its last will is not published; mosquitto_rr just hangs up",
    "disk": "output that cannot be written, as to a full disk, is an error; mosquitto_sub goes on",
}

desk = Desk()
VERSIONS = ("31", "311", "5")
used = set()


def row(name, function, meant=None):
    """A case that runs function(t, tool) for both tools and compares. With `meant` they must differ."""
    used.add(meant)

    @case(name)
    def compare(t):
        theirs, ours = (function(t, tool) for tool in TOOLS)
        if meant is None:
            check_equal(ours, theirs, "result")
        else:
            check(ours[0] in (0, 1, 27), f"ended with {ours!r}")
            check(ours != theirs, f"no difference any more, but it is in MEANT[{meant!r}]: {ours!r}")


# What is printed.

PLAIN = [message("a/b", "one"), message("a/c", "zwei ☂"), message("a/b", ""), message("a/d", b"\x00\x01\xfe\xff"),
         message("a/e", "x\ny\n")]
# Of QoS 2 only the last one: mosquitto_sub prints those when they are released, we when they come.
FULL = [message("a/b", "hello", qos=1, properties={
            "ContentType": "text/plain", "ResponseTopic": "re/ply", "CorrelationData": b"corr",
            "MessageExpiryInterval": 2000000005, "PayloadFormatIndicator": 1,
            "UserProperty": [("name", "value"), ("näme", "välue 2"), ("name", "again")]}),
        message("a/c", '{"k": [1, 2.50, -1e3, "\\u00e9", true, null, {}]}', qos=1),
        message("a/b", "", qos=1), message("a/c/d", "17", qos=2)]
JSON = [*FULL[:3], message("a/b", 'a "quoted" \\ one\t\x01\x1f'), message("a/b", "zwei ☂"), message("a/b", "[]"),
        message("a/b", '""'), message("a/b", "123456789012345678901234567890"), message("a/b", "0.1")]

FORMATS = [
    "%t", "%p", "%l", "%q", "%r", "%m", "%x", "%X", "%A", "%C", "%D", "%E", "%F", "%P", "%R", "%S", "%%", "@@", "",
    "%t %p", "%%|%t|%l|%q|%r|%m|%p", "%p%p", "%20t|%-20t", "%.2t|%20.3t|%-20.3t|%.0t", "%020t", "%5l|%-5l|%05l|%-05l",
    "%5m|%-5m|%05m", "%10p|%-10p|%010p|%2p|%-2p", "%10q|%05r", "%4A|%04A|%-4A", "%4C|%-12C|%.4C|%20.4C", "%10D|%.1D",
    "%4E|%-6E|%06E", "%04F|%-3F", "%30P", "%4S|%04S", "%12R|%-12R|%.3R", "%5%", r"a\nb\tc\\d\ae\vf\rg\eh\0i",
    "no value at all", "%t%t%t", "\\\\%%@@", "ünïcode ☂ %p", "%.p", "%-t", "%0t",
]
TIMES = ["%I", "%30I|%-30I|%.4I|%30.10I", "%U", "@Y-@m-@d", "@H:@M:@S", "@s.@N", "@z @Z", "@F @T", "@%", "@c", "@j", "@a @b"]


def with_version(version, options):
    return ["-V", version, *shlex.split(options)]


def add_sub(name, options, messages=PLAIN, versions=VERSIONS, meant=None, mask=None, count=None, **more):
    """A subscription that is up before the messages come."""
    def of_version(version):
        words = with_version(version, options) if version else shlex.split(options)
        if count != 0:
            words += ["-C", str(count or len(messages))]
        row(name + (f"-v{version}" if version else ""),
            lambda t, tool: desk.subscribe(t, tool, words, messages, mask=mask, **more), meant)
    for version in versions:
        of_version(version)


def digits(output):
    """The shape of what holds times: a 9 for each digit, a letter for each name of a day or month."""
    return re.sub(rb"[A-Z][a-z]{2}", b"Abc", re.sub(rb"[0-9]", b"9", output))


for _index, _text in enumerate(FORMATS):
    add_sub(f"format-{_index}", f"-q 2 -t a/# -F {shlex.quote(_text)}", FULL, ("311", "5"))
for _index, _text in enumerate(TIMES):
    add_sub(f"time-{_index}", f"-t a/# -F {shlex.quote(_text)}", FULL[:1], ("5",), mask=digits)
for _letter in "jJ":
    for _pretty in ("", " --pretty"):
        add_sub(f"json-{_letter}{_pretty.strip()}", f"-q 2 -t a/# -F %{_letter}{_pretty}", JSON)
add_sub("json-in-text", "-q 1 -t a/# -F '<%t %j>'", JSON, ("5",))
add_sub("json-no-newline", "-q 1 -t a/# -F %j -N", JSON, ("5",))
add_sub("json-of-rubbish", "-t a/# -F %J", [message("a/b", "{"), message("a/b", "1 2"), message("a/b", "x")])
add_sub("json-of-rubbish-quiet", "-t a/# -F %J --quiet", [message("a/b", "{"), message("a/b", "1 2")], ("5",))
add_sub("json-of-bytes", "-t a/# -F %j", [message("a/b", b"\xff\xfe"), message("a/b", b"\xc3(")], ("5",))
add_sub("json-with-nul", "-t a/# -F %j", [message("a/b", b"a\0b")], ("5",), meant="json-nul")
add_sub("json-time", "-t a/# -F %j", [message("a/b", "x")], ("5",), meant="json-time", mask=digits, keep_times=True)
add_sub("hexadecimal-in-a-field", "-t a/# -F '%10x|%-4x'", [message("a/b", "hello")], ("5",), meant="hexadecimal")

# Subscriptions.

for _qos in "012":
    add_sub(f"plain-q{_qos}", f"-q {_qos} -t a/#", PLAIN)
    add_sub(f"flags-q{_qos}", f"-q {_qos} -t a/# -F '%q %r %t %l'", FULL)
add_sub("verbose", "-t a/# -v")
add_sub("no-newline", "-t a/# -N", versions=("311", "5"))
add_sub("verbose-no-newline", "-t a/# -v -N", versions=("311", "5"))
add_sub("format-wins-over-verbose", "-t a/# -v -F %p", versions=("311", "5"))
add_sub("two-topics", "-t a/b -t a/c -v", PLAIN, count=3)
add_sub("plus", "-t +/c -t a/e -v", PLAIN, count=2)
add_sub("same-topic-twice", "-t a/b -t a/b -v", PLAIN, count=2)
add_sub("overlapping", "-t a/b -t a/# -v", [message("a/b", "one", qos=1), message("a/x", "two")], ("5",), count=2)
add_sub("filter-out", "-t a/# -T a/b -v", PLAIN, count=3)
add_sub("filter-out-two", "-t a/# -T a/b --filter-out +/c -v", PLAIN, count=2)
add_sub("filter-out-counts-not", "-t a/# -T a/b", PLAIN, count=1)
add_sub("unsubscribe-other", "-t a/# -U other/# -U third -v", PLAIN, ("311", "5"))
add_sub("shared", "-t '$share/g/a/#' -v -q 1", PLAIN, ("5",))
add_sub("long-options", "--topic a/# --verbose --qos 1 --keepalive 5 --quiet --nodelay", PLAIN)
add_sub("count-is-exact", "-t a/# -q 2", [message("a/b", str(number), qos=2) for number in range(9)], count=3)
add_sub("bind-address", "-t a/# -A 127.0.0.1", PLAIN[:1], ("311",))
add_sub("no-local-port-needed", "-t a/# -h localhost", PLAIN[:1], ("311",))
add_sub("identifier", "-t a/# -D subscribe subscription-identifier 268435455 -F %S", PLAIN[:2], ("5",))
add_sub("subscribe-property", "-t a/# -D subscribe user-property n v -D unsubscribe user-property n v -U x",
        PLAIN[:2], ("5",))
add_sub("property-makes-it-5", "-t a/# -D connect receive-maximum 7 -F '%t %C'", FULL[:1], ("311",))
add_sub("connect-properties", "-t a/# -D connect session-expiry-interval 5 -D connect request-problem-information 0 "
        "-D connect topic-alias-maximum 10 -D connect maximum-packet-size 4000 -D connect user-property a b -v",
        PLAIN, ("5",))
add_sub("session-expiry", "-t a/# -x 10 -v", PLAIN[:1], ("311", "5"))
add_sub("session-for-ever", "-t a/# -x ∞ -v", PLAIN[:1], ("5",))
add_sub("exit-after-suback", "-t a/# -E", [], count=0)
add_sub("exit-after-suback-debug", "-t a/# -t b -E -d -q 1", [], count=0)
add_sub("debug", "-t a/# -d", [message("a/b", "x")], in_any_order=True)
add_sub("debug-q2", "-t a/# -d -q 2", [message("a/b", "x", qos=2)], ("311", "5"), in_any_order=True, meant="qos-2")
add_sub("debug-quiet", "-t a/# -E -d --quiet", [], ("311", "5"), count=0)
add_sub("timeout", "-t a/# -W 1", PLAIN, ("311", "5"), count=99)
add_sub("timeout-quiet", "-t a/# -W 1 --quiet", [], ("311",), count=0)
add_sub("timeout-json", "-t a/# -W 1 -F %j", PLAIN[:1], ("5",), count=99)

KEPT = [message("a/1", "old 1", retain=True), message("a/2", "old 2", qos=1, retain=True)]
NEW = [message("a/3", "new", retain=True), message("a/3", "more")]
for _name, _options, _count in (
        ("retained", "-t a/# -F '%r %t %p'", 4), ("retained-v", "-t a/# -v", 4), ("no-retained", "-t a/# -R -v", 2),
        ("retained-only", "-t a/# --retained-only -v", 0), ("retained-only-count", "-t a/# --retained-only -v", 2),
        ("retained-only-filter", "-t a/# --retained-only -T a/1 -v", 0),
        ("retain-as-published", "-t a/# --retain-as-published -F '%r %t %p'", 4),
        ("retained-exit", "-t a/# -E", 0), ("retained-one", "-t a/2 -C 1", 0)):
    add_sub(_name, _options, NEW, VERSIONS, kept=KEPT, count=_count, in_any_order=True)
add_sub("remove-retained", "-t a/# --remove-retained -v -W 2", NEW, VERSIONS, kept=KEPT, count=0, in_any_order=True,
        look="a/#")
add_sub("remove-retained-but-some", "-t a/# --remove-retained -T a/1 -v -W 2", NEW, ("311", "5"), kept=KEPT, count=0,
        in_any_order=True, look="a/#")
add_sub("remove-retained-and-end", "-t a/# --remove-retained --retained-only -W 2", NEW, ("311",), kept=KEPT, count=0,
        in_any_order=True, look="a/#", meant="removal")


# What is published.

def add_pub(name, options, count=1, stdin=b"", versions=VERSIONS, meant=None, **more):
    def of_version(version):
        words = with_version(version, options) if version else shlex.split(options)
        row(name + (f"-v{version}" if version else ""),
            lambda t, tool: desk.publish(t, tool, words, count, stdin, **more), meant)
    for version in versions:
        of_version(version)


TEXT = "one\n\n drei ☂ \nfour\nlast, without a newline".encode()
for _qos in "012":
    add_pub(f"pub-message-q{_qos}", f"-q {_qos} -t p/a -m hello")
    add_pub(f"pub-lines-q{_qos}", f"-q {_qos} -t p/a -l", 5, TEXT)
    add_pub(f"pub-repeat-q{_qos}", f"-q {_qos} -t p/a -m x --repeat 4", 4, versions=("311", "5"))
    add_pub(f"pub-debug-q{_qos}", f"-q {_qos} -t p/a -m x -d -i ID", versions=("311", "5"),
            meant="debug-mid" if _qos == "0" else None)
add_pub("pub-empty", "-t p/a -m ''")
add_pub("pub-null", "-t p/a -n")
add_pub("pub-stdin", "-t p/a -s", 1, bytes(range(256)))
add_pub("pub-file", "-t p/a -f FILE", file=bytes(range(256)) * 100)
add_pub("pub-no-lines", "-t p/a -l", 0, b"", ("311", "5"))
add_pub("pub-one-line", "-t p/a -l", 1, b"x", ("311",))
add_pub("pub-empty-lines", "-t p/a -l -q 1", 3, b"\n\n\n", ("311", "5"))
add_pub("pub-line-with-nul", "-t p/a -l", 1, b"a\0b\n", ("311",), meant="lines")
add_pub("pub-retain", "-t p/a -r -m kept", versions=VERSIONS)
add_pub("pub-retain-null", "-t p/a -r -n", versions=("311", "5"))
add_pub("pub-repeat-delay", "-t p/a -m x --repeat 3 --repeat-delay 0.01", 3, versions=("311",))
add_pub("pub-long-options", "--topic p/a --message hello --qos 1 --retain --id ID --keepalive 10 --quiet --nodelay")
add_pub("pub-last-topic", "-t p/a -t p/b -m x", versions=("311",))
add_pub("pub-id-prefix", "-t p/a -m x -I prefix-", versions=("311", "5"))
add_pub("pub-window", "-t p/a -l -M 1 -q 2", 5, TEXT)
add_pub("pub-bind", "-t p/a -m x -A 127.0.0.1", versions=("311",))
add_pub("pub-url", "-L mqtt://127.0.0.1:PORT/p/a -m x", versions=("311", "5"))
add_pub("pub-url-user", "-L mqtt://joe:secret@127.0.0.1:PORT/p/a/b -m x", versions=("311", "5"))
add_pub("pub-url-escapes-in-topic", "-L mqtt://127.0.0.1:PORT/p/a%20b -m x", versions=("311",))
add_pub("pub-url-capitals", "-L MQTT://127.0.0.1:PORT/p/ -m x", versions=("311",))
add_pub("pub-user", "-t p/a -m x -u joe -P secret", versions=VERSIONS)
add_pub("pub-properties", "-q 1 -t p/a -m x -D publish content-type text/plain -D publish response-topic re/ply "
        "-D publish correlation-data corr -D publish message-expiry-interval 2000000005 -D publish payload-format-indicator 1 "
        "-D publish user-property a b -D PUBLISH User-Property a c", versions=("5", "311"))
add_pub("pub-topic-alias", "-t p/a -l -D publish topic-alias 1", 3, b"1\n2\n3\n", ("5",))
add_pub("pub-disconnect-property", "-t p/a -m x -D disconnect user-property a b -D connect user-property c d", versions=("5",))
add_pub("pub-kept-session", "-t p/a -m x -q 1 -c -i ID", versions=VERSIONS)
add_pub("pub-large", "-t p/a -s -q 1", 1, b"0123456789abcdef" * 20_000, ("311", "5"))

# Last wills: what is published when the client is killed.

WILL = "-t x --will-topic p/will --will-payload gone"
for _name, _options in (("will", ""), ("will-q2", " --will-qos 2"), ("will-retain", " --will-retain --will-qos 1")):
    for _version in VERSIONS:
        row(f"{_name}-v{_version}", lambda t, tool, words=with_version(_version, WILL + _options): desk.kill(t, tool, words))
row("will-properties", lambda t, tool: desk.kill(t, tool, with_version(
    "5", WILL + " -D will content-type text/plain -D will user-property a b -D will response-topic r")))

# Requests and responses.


def add_rr(name, options, versions=("5",), meant=None, **more):
    for version in versions:
        words = with_version(version, options)
        row(f"{name}-v{version}", lambda t, tool, words=words: desk.ask(t, tool, words, **more), meant)


for _qos in "012":
    add_rr(f"rr-message-q{_qos}", f"-t ask/echo -e answer/fixed -m hello -q {_qos}", ("311", "5"))
add_rr("rr-null", "-t ask/echo -e answer/fixed -n", ("31", "311", "5"))
add_rr("rr-verbose", "-t ask/echo -e answer/1 -m hello -v")
add_rr("rr-no-newline", "-t ask/echo -e answer/1 -m hello -N")
add_rr("rr-format", "-t ask/echo -e answer/1 -m hello -D publish correlation-data 42 -F '%t|%q|%l|%D|%C|%R|%p'")
add_rr("rr-json", "-t ask/echo -e answer/1 -m hello -D publish correlation-data 42 -F %j")
add_rr("rr-json-pretty", "-t ask/echo -e answer/1 -m '{}' -F %j --pretty")
add_rr("rr-first-of-two", "-t ask/two -e answer/1 -m hello")
add_rr("rr-properties", "-t ask/echo -e answer/1 -m x -D publish user-property a b -D publish content-type t -q 1")
add_rr("rr-timeout", "-t ask/none -e answer/1 -m x -W 1", ("311", "5"))
add_rr("rr-timeout-quiet", "-t ask/none -e answer/1 -m x -W 1 --quiet")
add_rr("rr-url", "-L mqtt://127.0.0.1:PORT/ask/echo -e answer/1 -m x")
add_rr("rr-long-options", "--topic ask/echo -e answer/1 --message hello --qos 1 --id ID --keepalive 10")
add_rr("rr-file", "-t ask/echo -e answer/1 -f FILE", meant="file", file=b"from a file")
add_rr("rr-retained", "-t ask/echo -e answer/kept -m x", meant="retained",
       kept=[message("answer/kept", "old", retain=True)])
add_rr("rr-correlation", "-t ask/strange -e answer/1 -m x -D publish correlation-data 42", meant="correlation")
add_rr("rr-unheard", "-t nobody/listens -e answer/1 -m x -q 1 -W 1 --quiet")
row("rr-will", lambda t, tool: desk.ask(t, tool, with_version(
    "5", "-t ask/echo -e answer/1 -m x --will-topic p/will --will-payload gone"), watch=True), "will")

# Ends that are errors: with exit status and no output. Of stderr only that there is something.

PUB, SUB, RR = "-t a -m x", "-t a", "-t a -e b -m x"
WRONG = {
    "pub": [
        "", "-t a", "-m x", "--frobnicate", "-t", "-t a -m", "-t a/# -m x", "-t a/+/b -m x", "-t '' -m x", f"{PUB} -q 3",
        f"{PUB} -q -1", f"{PUB} -n", f"{PUB} -l", f"{PUB} -s", "-t a -f /nonexistent", "-t a -s", f"{PUB} -p 65536",
        f"{PUB} -k 4", f"{PUB} -k 65536", f"{PUB} -V 6", f"{PUB} -V", f"{PUB} -i a -I b", f"{PUB} -c",
        f"{PUB} -V 5 -x -1", f"{PUB} -x soon", f"{PUB} --will-payload x", f"{PUB} --will-retain", f"{PUB} --will-qos 3",
        f"{PUB} --will-topic a/#", f"{PUB} --repeat 0", f"{PUB} --repeat-delay -1", f"{PUB} -M 0", f"{PUB} -P x",
        f"{PUB} -L http://h/a", f"{PUB} -L mqtt://127.0.0.1", f"{PUB} -D publish content-type",
        f"{PUB} -D publish nothing x", f"{PUB} -D frob content-type x", f"{PUB} -D connect content-type x",
        f"{PUB} -D publish user-property x", f"{PUB} -D puback reason-string x", f"{PUB} -C 1", f"{PUB} -v", f"{PUB} -F %p",
        f"{PUB} -N", f"{PUB} -W 1", f"{PUB} -T a", f"{PUB} -e b", f"{PUB} --pretty", f"{PUB} -R", f"{PUB} --cafile",
        f"{PUB} --cert x", f"{PUB} --key x", f"{PUB} --keyform pem", f"{PUB} --psk 12",
        f"{PUB} --psk 12 --psk-identity a --cafile x", f"{PUB} --proxy http://h", f"{PUB} --cafile /nonexistent",
        f"{PUB} --cafile /nonexistent --tls-version tlsv1", f"{PUB} -h nothing.invalid", f"{PUB} --unix /nonexistent",
    ],
    "sub": [
        "", "--frobnicate", "-t", "-t a/#/b", "-t a+", "-t ''", f"{SUB} -q 3", f"{SUB} -C 0", f"{SUB} -C -1", f"{SUB} -C",
        f"{SUB} -W 0", f"{SUB} -F %", f"{SUB} -F %z", f"{SUB} -F @", f"{SUB} -F '\\'", f"{SUB} -F '\\q'", f"{SUB} -F",
        f"{SUB} -R --retained-only", f"{SUB} -T a/#/b", f"{SUB} -U a+", f"{SUB} --random-filter 0", f"{SUB} -m x",
        f"{SUB} -l", f"{SUB} -r", f"{SUB} -f x", f"{SUB} -c", f"{SUB} -c -I x", "-U a", f"{SUB} -e b",
        f"{SUB} -D subscribe subscription-identifier 0", f"{SUB} -D subscribe reason-string x",
    ],
    "rr": [
        "", "-t a -m x", "-e b -m x", "-t a -e b", f"{RR} -n", "-t a/# -e b -m x", "-t a -e b/+ -m x", f"{RR} -q 3",
        f"{RR} -r", f"{RR} -l", f"{RR} -C 1", f"{RR} -E", f"{RR} -T a", f"{RR} --repeat 2", f"{RR} -W 0", f"{RR} -F %z",
        f"{RR} -V 4", f"{RR} -D publish response-topic c", f"{RR} -h nothing.invalid",
    ],
}
for _verb, _lines in WRONG.items():
    for _index, _line in enumerate(_lines):
        def _wrong(t, tool, verb=_verb, line=_line):
            status, output, words = run(t, [*command_of(t, tool, verb), "-p", "1", *shlex.split(line)])
            return status, output, words != ""
        row(f"wrong-{_verb}-{_index}", _wrong, "usage" if _verb == "pub" and _line in ("", "-t a", "-m x") else None)

# Differences that are meant and have no row above.

for _index, _line in enumerate((f"{PUB} -q 1x", f"{PUB} -q ''", f"{PUB} -M 1.5", f"{PUB} -k 10s")):
    row(f"number-{_index}", lambda t, tool, line=_line: desk.run(t, tool, "pub", line), "numbers")
for _name, _verb, _line in (
        ("tls", "pub", f"{PUB} --insecure"), ("tls-version", "pub",
        f"{PUB} --tls-version tlsv1.1"), ("partners", "pub", f"{PUB} --psk-identity me"), ("random", "sub",
        f"{SUB} --random-filter 200 -E"), ("unix", "pub", "-t a -m x -A 127.0.0.1 --unix SOCKET"),
        ("url-password", "pub", "-L mqtt://joe:%41%zz@127.0.0.1:PORT/a -m x")):
    row(f"meant-{_name}", lambda t, tool, verb=_verb, line=_line: desk.run(t, tool, verb, line), _name)
@case("nothing-is-meant-without-a-proof")
def every_reason_has_a_row(t):
    # These need a full disk, which mosquitto_sub takes for ever to see, a broker that refuses, the usual port, or show in what
    # is said: test_cli_rr and test_cli_tls have them.
    check_equal(sorted(set(MEANT) - used), ["disk", "refused", "tls-port", "unheard"], "reasons without a row")
    manual = open(os.path.join(t.source("docs"), "MANUAL.md"), encoding="utf-8").read()
    for name in MEANT:
        check(f"<!-- {name} -->" in manual, f"docs/MANUAL.md does not tell of {name}")


try:
    main("interop/cli-table")
finally:
    desk.close()
