"""The pages, one blueprint a noun. One line each, so that a new page is a one-line change."""

from __future__ import annotations

from importlib import import_module

from flask import Blueprint

NOUNS: tuple[str, ...] = (
    "shell",
    "home.start",
    "search",
    "access.sign_in",
    "access.account",
    "access.passkeys",
    "notices.bell",
    "notices.choices",
    "notices.sending",
    "notices.stop",
    "notices.calendar",
    "access.users",
    "access.tokens",
    "settings",
    "jobs",
    "contracts",
    "licences",
    "audits",
    "audits.asking.answers",
    "imports",
    "imports.status_names",
    "register.assets",
    "register.many",
    "register.many_rows",
    "register.receive",
    "register.views",
    "register.attachments",
    "register.values",
    "register.labels",
    "home.dashboard",
    "labels",
    "costs.asset",
    "costs.roadmap",
    "costs.rules",
    "floors.plan",
    "register.locations",
    "register.people",
    "register.exports",
    "lifecycle",
    "disposal",
    "procurement",
    "circulation.rules",
    "circulation.loans",
    "stock",
    "scanning.scan",
    "stockroom.counter",
    "stockroom.handovers",
    "stockroom.kits",
    "stockroom.reservations",
    "stockroom.terms",
    "stockroom.acceptances",
    "phone",
    "readers",
    "tags.enrol",
    "tags.finder",
    "scanning.shelf",
    "trail",
    "scanning.evidence",
    "patterns",
    "help",
)

ALL: tuple[Blueprint, ...] = tuple(
    import_module(f"scanner_app.pages.{noun}").blueprint for noun in NOUNS
)
