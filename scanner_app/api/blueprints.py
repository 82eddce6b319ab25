"""The nouns of the API, in the order in which its description lists them. One line each."""

from __future__ import annotations

from importlib import import_module

from scanner_app.api import Blueprint

NOUNS: tuple[str, ...] = (
    "scanning.scans",
    "register.identify",
    "readers.reads",
    "signals",
    "stockroom.handovers",
    "stockroom.trays",
    "stockroom.kits",
    "stockroom.reservations",
    "register.assets",
    "register.attachments",
    "register.locations",
    "register.people",
    "circulation.rules",
    "stock.items",
    "contracts.contracts",
    "licences.licences",
    "lifecycle.tasks",
    "lifecycle.facts",
    "health.devices",
    "costs.costs",
    "disposal.sanitizations",
    "disposal.consignments",
    "policies.policies",
    "procurement.suppliers",
    "procurement.requests",
    "procurement.budgets",
    "procurement.orders",
    "procurement.deliveries",
    "labels",
    "labels.designs",
    "audits",
    "audits.suggesting.rules",
    "audits.programmes.programmes",
    "seals",
    "seals.log",
    "decodes",
    "events",
)

ALL: tuple[Blueprint, ...] = tuple(
    import_module(f"scanner_app.api.{noun}").blueprint for noun in NOUNS
)
