"""The nouns of the API, in the order in which its description lists them."""

from __future__ import annotations

from scanner_app.api import Blueprint

ALL: tuple[Blueprint, ...] = ()
