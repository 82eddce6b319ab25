"""Contracts and licences of the office that has a row of each kind."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

CONTRACT_SAMPLES: dict[tuple[str, ...], list[dict[str, Any]]] = {
    **{(f"/contracts/<number>{end}",): [{"number": "SUP-1"}] for end in ("", "/edit", "/costs")},
    **{(f"/licences/<path:asset_tag>{end}",): [{"asset_tag": "LIC-1"}] for end in ("", "/edit")},
}


def make_contracts(post: Callable[..., Any], name: str) -> None:
    """Add a contract that covers an asset, renewed once, with names that are long."""
    body = {
        "number": "SUP-1",
        "name": name,
        "supplier": name,
        "starts_on": "2026-01-01",
        "ends_on": "2098-12-31",
        "renewal": "tacit",
        "renewal_months": 12,
        "price": "9999999.99",
    }
    post("/contracts", body)
    post("/contracts/SUP-1/assets", {"assets": ["LT-010"]})
    post("/contracts/SUP-1/renewal", {})
    # Its day is near, whenever the pages are looked at.
    soon = (datetime.now(UTC) + timedelta(days=20)).date().isoformat()
    post("/contracts", {**body, "number": "SUP-2", "ends_on": soon})


def make_licences(post: Callable[..., Any], name: str) -> None:
    """Add a licence with a seat of a person and one of an asset, with names that are long."""
    body = {"asset_tag": "LIC-1", "product": name, "seats": 2, "min_free": 1, "supplier": name}
    post("/licences", body)
    post("/licences/LIC-1/seats", {"asset": "LT-010"})
    post("/licences/LIC-1/seats", {"person": "1001"})
    installed = {"source": "intune", "items": [{"name": name, "version": name}]}
    post("/assets/LT-010/installations", installed, method="PUT")
