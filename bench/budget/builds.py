"""What was built last for each chip, and the page that says so."""

import json
import os

import budgets
import programs
from core import ROOT
from page import BOARDS, CHIPS, FIRMWARE, Page

PAGE = os.path.join(ROOT, "docs", "BUDGET.md")
RESULT = "budget.json"


class NotBuilt(Exception):
    pass


def figures():
    """{chip: figures}, as the builds have left them."""
    measured = load(programs.RESULT, "the programs are not measured: bench/budget/budget.py programs")
    return {chip: measured[chip] | load(os.path.join(ROOT, "build", chip, RESULT), f"{chip} is not built: bench/budget/budget.py cores")
            for chip in CHIPS}


def firmware():
    """{board: figures}, likewise."""
    return {board: load(os.path.join(ROOT, "build", board, RESULT), f"{board} is not built: script/build --preset {board}")
            for board in BOARDS}


def load(path, what_if_not):
    if not os.path.exists(path):
        raise NotBuilt(what_if_not)
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def page():
    with open(PAGE, encoding="utf-8") as file:
        return file.read()


def current_page():
    """The page as it would be if it were made now."""
    return Page(figures(), firmware(), budgets.load()).fill(page())
