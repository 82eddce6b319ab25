"""The columns of the report, by form. What programs read is written out here: it must not change."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from types import SimpleNamespace

from scanner_app.domain.audits.findings import FindingState
from scanner_app.domain.audits.proposals import Decision, ProposalKind
from scanner_app.domain.audits.report_columns import (
    COLUMN_KINDS,
    PAPER_COLUMNS,
    TABLE_COLUMNS,
    ReportedFinding,
    to_api,
    to_cells,
    to_report,
)

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
REPORTED = ReportedFinding(
    SimpleNamespace(
        id=7,
        state=FindingState.MISPLACED,
        flags=["damaged", "retired"],
        asset_tag="A-1",
        asset_name="Laptop",
        serial_number="S1",
        category="Laptops",
        code=None,
        is_expected=True,
        recorded_location="R-1",
        recorded_custodian="1001",
        recorded_status="in_use",
        value_cents=129_950,
        currency="EUR",
        seen_at=NOON,
        seen_location="R-2",
        sightings=2,
        outside_scan_id=None,
        proposal=ProposalKind.MOVE,
        decision=Decision.ACCEPT,
        reason="seen",
        decided_by="Mia",
        decided_at=NOON,
    ),
    {"location": "R-2", "custodian": "1002"},
    ["scan-1"],
)


def test_csv_and_xlsx_have_these_headers_and_cells():
    headers = [column.header for column in TABLE_COLUMNS]

    assert dict(zip(headers, to_cells(REPORTED), strict=True)) == {
        "Finding": "misplaced",
        "Flags": "damaged retired",
        "Asset Tag": "A-1",
        "Name": "Laptop",
        "Serial": "S1",
        "Category": "Laptops",
        "Code": None,
        "Expected": "yes",
        "Recorded Location": "R-1",
        "Recorded Custodian": "1001",
        "Recorded Status": "in_use",
        "Value": Decimal("1299.50"),
        "Currency": "EUR",
        "Seen At": "2026-03-02T12:00:00+00:00",
        "Seen Location": "R-2",
        "Sightings": 2,
        "Scanned Outside The Audit": "",
        "Last Seen": "",
        "Proposal": "move",
        "Proposed": "R-2, 1002",
        "Decision": "accept",
        "Reason": "seen",
        "Decided By": "Mia",
        "Decided At": "2026-03-02T12:00:00+00:00",
    }


def test_the_sealed_json_holds_these_names_and_plain_values():
    report = to_report(REPORTED)

    assert " ".join(report) == (
        "id state flags asset_tag name serial_number category code expected recorded_location "
        "recorded_custodian recorded_status value_cents currency seen_at seen_location sightings "
        "outside_scan last_seen proposal proposed decision reason decided_by decided_at scan_ids"
    )
    assert report["seen_at"] == "2026-03-02T12:00:00.000000+00:00"
    assert {type(report[name]) for name in ("state", "proposal", "decision")} == {str}


def test_the_api_returns_these_names():
    assert sorted(to_api(REPORTED)) == sorted(
        [
            "id",
            "state",
            "flags",
            "asset",
            "name",
            "code",
            "expected",
            "recorded_location",
            "recorded_custodian",
            "seen_at",
            "seen_location",
            "sightings",
            "outside_scan",
            "last_seen",
            "recorded_status",
            "proposal",
            "proposed",
            "decision",
            "reason",
            "decided_by",
            "decided_at",
        ]
    )


def test_the_pdf_shows_only_columns_that_exist_and_fills_the_page():
    assert {name for column in PAPER_COLUMNS for name in column.names} <= COLUMN_KINDS.keys()
    assert sum(column.width for column in PAPER_COLUMNS) == 100
