"""What the tests of spreadsheets look up, and where their files are."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import select

from scanner_app.models import Asset

DATA = Path(__file__).parents[1] / "data"
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def find(session, tag: str) -> Asset:
    return session.scalars(select(Asset).where(Asset.asset_tag == tag)).one()


def tags(work) -> list[str]:
    with work() as session:
        return sorted(session.scalars(select(Asset.asset_tag)))


def notes(importer, run) -> dict[str, str]:
    return {row.label: " | ".join(row.notes) for row in importer.rows(run)}
