#!/usr/bin/python3
"""The examples, where what they do takes its time: seconds between attempts, half a minute between pings."""

from mote_test import case, check, check_equal, main

ADDRESSES = r"192\.168\.4\.2 255\.255\.255\.0 192\.168\.4\.1 192\.168\.4\.1"


@case("known-networks")
def known_networks_tries_one_after_the_other(t):
    program = t.start_on_board(t.build("examples", "known_networks"), air="SSBun=Bz123456")
    program.wait_line("^ready connect to wifi: No,thankyou-2$")
    for _ in range(10):
        program.wait_line(r"^\.\.\.$")
    program.wait_line("^connect WiFi:No,thankyou-2 failure$")
    program.wait_line("^ready connect to wifi: SSBun$")
    program.wait_line("^connect WiFi:SSBun success$")
    program.wait_line(f"^{ADDRESSES}$")
    check_equal(program.wait_exit(), 0, "exit status")


@case("known-networks-none")
def known_networks_goes_round(t):
    program = t.start_on_board(t.build("examples", "known_networks"), air="Other")
    for name in ("No,thankyou-2", "SSBun", "No,thankyou-2"):
        program.wait_line(f"^ready connect to wifi: {name}$")
    check(program.is_running(), "it has given up")


@case("home-switch-pings")
def home_switch_pings_every_30_seconds(t):
    broker = t.mosquitto()
    program = t.start_on_board(t.build("examples", "home_switch"), broker.url)
    broker.program.wait_line("Sending SUBACK to ssbun_home_switch_1")
    program.wait_line(r"^ping server \.\.\.$")
    broker.program.wait_line("Received PINGREQ from ssbun_home_switch_1")
    check_equal(program.stop(), 0, "exit status")


main("interop/examples-slow")
