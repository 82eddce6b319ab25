"""Scans outside of an audit in its report: each that it takes as a sighting, counted apart."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from scanner_app.domain.audits.accuracy import EXPECTED, FOUND, Tally
from scanner_app.domain.audits.evidence.outside import OUTSIDE
from scanner_app.domain.audits.findings import FindingState
from scanner_app.domain.audits.outside.presence import takes_outside
from scanner_app.domain.seals.long_parts import LongList, Rooted
from scanner_app.models import Finding
from scanner_app.queries.audits.records.scans import FrozenWords, read_outside_rows
from scanner_app.services.files.pdf import Paper


def count_outside(session: Session, audit_id: int) -> int:
    """Count the assets that an audit knows by a scan outside of it alone."""
    statement = select(func.count()).where(
        Finding.audit_id == audit_id,
        Finding.is_expected,
        Finding.sightings == 0,
        Finding.state != FindingState.MISSING,
    )
    return session.scalar(statement) or 0


def show_outside(
    session: Session, audit_id: int, policy: Mapping[str, Any], words: FrozenWords, tally: Tally
) -> dict[str, Any]:
    """Return the scans that count though they were made outside of the audit; nothing otherwise.

    `existence_without` is what the figure would be without them, as part and whole.
    """
    if not takes_outside(policy):
        return {}

    def read() -> Iterator[dict[str, Any]]:
        for row in read_outside_rows(session, audit_id, words):
            yield {
                "scan_id": row.leaf["scan_id"],
                "asset_tag": row.asset_tag,
                "location": row.location,
                "person": row.person,
                "leaf": row.leaf,
            }

    found = tally.count(*FOUND) - count_outside(session, audit_id)
    return {
        OUTSIDE: Rooted(LongList(read)),
        "existence_without_outside": {"part": found, "whole": tally.count(*EXPECTED)},
    }


def say_outside(part: int, whole: int, found: int) -> str:
    """Return in words how many things are known by a scan outside of the audit alone."""
    count = found - part
    return (
        f"{count:,} of {whole:,} expected {'asset was' if count == 1 else 'assets were'} scanned "
        f"outside this audit alone, which counts by its policy. Without that, {part:,} of "
        f"{whole:,} were seen."
    )


def write_outside(paper: Paper, report: Mapping[str, Any]) -> None:
    """Write how many things are known by a scan outside of the audit alone."""
    without = report.get("existence_without_outside")
    if without is None:
        return
    existence = next(one for one in report["figures"] if one["name"] == "existence")
    paper.head("Scanned outside the audit")
    paper.write(say_outside(without["part"], without["whole"], existence["part"]))
