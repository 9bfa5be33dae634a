"""What was built last for each chip, and the page that says so."""

import json
import os

import budgets
from core import ROOT
from page import CHIPS, Page

PAGE = os.path.join(ROOT, "docs", "BUDGET.md")
RESULT = "budget.json"


class NotBuilt(Exception):
    pass


def figures():
    """{chip: figures}, as the builds have left them."""
    found = {}
    for chip in CHIPS:
        path = os.path.join(ROOT, "build", chip, RESULT)
        if not os.path.exists(path):
            raise NotBuilt(f"{chip} is not built: script/build --preset {chip}")
        with open(path, encoding="utf-8") as file:
            found[chip] = json.load(file)
    return found


def page():
    with open(PAGE, encoding="utf-8") as file:
        return file.read()


def current_page():
    """The page as it would be if it were made now."""
    return Page(figures(), budgets.load()).fill(page())
