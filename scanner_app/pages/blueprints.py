"""The pages, one blueprint a noun."""

from __future__ import annotations

from flask import Blueprint

ALL: tuple[Blueprint, ...] = ()
