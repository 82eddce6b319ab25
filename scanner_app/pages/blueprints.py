"""The pages, one blueprint a noun. One line each, so that a new page is a one-line change."""

from __future__ import annotations

from importlib import import_module

from flask import Blueprint

NOUNS: tuple[str, ...] = (
    "home",
    "sign_in",
    "account",
    "users",
    "tokens",
    "audits",
    "imports",
    "statuses",
    "assets",
    "labels",
    "locations",
    "people",
    "exports",
    "scan",
    "phone",
    "readers",
    "enrol",
    "finder",
    "shelf",
    "patterns",
)

ALL: tuple[Blueprint, ...] = tuple(
    import_module(f"scanner_app.pages.{noun}").blueprint for noun in NOUNS
)
