"""Example values of licences, about one of which laptop LT-0042 of the sample office has a seat."""

from __future__ import annotations

from typing import Any

from scanner_app.services.licences.sample import SAMPLE_SEATS

LICENCE_VALUES: dict[str, Any] = {
    "Installation.cores": None,
    "Installation.first_seen_on": "2026-03-02",
    "Installation.last_seen_on": "2026-03-02",
    "Installation.last_used_on": "2026-02-27",
    "Installation.name": "Drawing Studio",
    "Installation.publisher": "Acme",
    "Installation.source": "intune",
    "Installation.version": "14.2",
    "InstallationsInput.source": "intune",
    "InstalledInput.last_used_on": "2026-02-27",
    "InstalledInput.name": "Drawing Studio",
    "InstalledInput.publisher": "Acme",
    "InstalledInput.version": "14.2",
    "LicenceInput.min_free": 2,
    "LicenceQuery.q": "drawing",
    "NewLicence.asset_tag": "LIC-9001",
    "NewLicence.currency": "EUR",
    "NewLicence.metric": "device",
    "NewLicence.product": "Drawing Studio",
    "NewLicence.seats": 25,
    "NewLicence.supplier": "Acme",
    "NewLicence.unit_price": "49.00",
    "Position.assigned": 1,
    "Position.currency": "EUR",
    "Position.entitled": 25,
    "Position.free": 24,
    "Position.installed": 1,
    "Position.metric": "device",
    "Position.need": 1,
    "Position.product": "Drawing Studio",
    "Position.shortfall": 0,
    "Position.true_up": "0.00",
    "Seat.asset": "LT-0042",
    "Seat.id": 1,
    "Seat.is_unused": False,
    "Seat.last_used_on": None,
    "Seat.person": None,
    "Seat.quantity": 1,
    "SeatInput.asset": "LT-0042",
}
for _schema in ("Licence", "LicenceDetail"):
    LICENCE_VALUES |= {
        f"{_schema}.allows_overuse": False,
        f"{_schema}.asset_tag": "LIC-9001",
        f"{_schema}.currency": "EUR",
        f"{_schema}.ends_on": None,
        f"{_schema}.free": 24,
        f"{_schema}.given": 1,
        f"{_schema}.key_hint": "",
        f"{_schema}.maintained_until": None,
        f"{_schema}.metric": "device",
        f"{_schema}.min_cores": 0,
        f"{_schema}.min_free": 2,
        f"{_schema}.over": 0,
        f"{_schema}.product": "Drawing Studio",
        f"{_schema}.reassignable": True,
        f"{_schema}.seats": 25,
        f"{_schema}.starts_on": None,
        f"{_schema}.supplier": "Acme",
        f"{_schema}.termination_on": None,
        f"{_schema}.unit_price": "49.00",
    }
LICENCE_SHOWN: dict[str, tuple[str, ...]] = {
    "InstalledInput": ("name", "publisher", "version", "last_used_on"),
    "LicenceInput": ("min_free",),
    "NewLicence": (
        "asset_tag", "product", "metric", "seats", "supplier", "unit_price", "currency",
    ),
    "SeatInput": ("asset",),
}  # fmt: skip
_ONE: dict[str, Any] = {"asset_tag": "LIC-9001"}
LICENCE_CALLS: dict[str, dict[str, Any]] = {
    "GET /api/v1/licences": {"q": "drawing"},
    "GET /api/v1/licences/{asset_tag}": _ONE,
    "PATCH /api/v1/licences/{asset_tag}": _ONE,
    "POST /api/v1/licences/{asset_tag}/seats": _ONE,
    "DELETE /api/v1/licences/{asset_tag}/seats/{seat_id}": {**_ONE, "seat_id": SAMPLE_SEATS + 1},
}
# In the order in which they build on each other.
LICENCE_ORDER = (
    "POST /api/v1/licences",
    "GET /api/v1/licences",
    "PATCH /api/v1/licences/{asset_tag}",
    "POST /api/v1/licences/{asset_tag}/seats",
    "PUT /api/v1/assets/{asset_tag}/installations",
    "GET /api/v1/assets/{asset_tag}/installations",
    "GET /api/v1/positions",
    "GET /api/v1/licences/{asset_tag}",
    "DELETE /api/v1/licences/{asset_tag}/seats/{seat_id}",
)
