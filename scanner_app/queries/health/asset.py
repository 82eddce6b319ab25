"""How one device does, looked up at this moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from scanner_app.domain.health.devices import DeviceReport, list_hits, match_system
from scanner_app.domain.health.exploited import Hit
from scanner_app.domain.health.matching import ReleaseMatch
from scanner_app.queries.health.lookups import load_lookups
from scanner_app.queries.health.reports import load_reports


@dataclass(frozen=True, slots=True)
class AssetHealth:
    """What is known of a device.

    :param hits: what the catalogue of exploited vulnerabilities names of it.
    """

    report: DeviceReport
    system: ReleaseMatch | None
    model: ReleaseMatch | None
    hits: list[Hit]


def load_asset_health(session: Session, asset_id: int, *, today: date) -> AssetHealth | None:
    """Return how a device does; None if the asset is not hardware."""
    reports = load_reports(session, [asset_id])
    if not reports:
        return None
    report, lookups = reports[0], load_lookups(session)
    match = match_system(report, lookups)
    return AssetHealth(
        report,
        match,
        lookups.catalogue.match_model(report.model),
        list_hits(report, lookups, match, today=today),
    )
