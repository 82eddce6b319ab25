"""The sheets of a report beside its findings: figures, locations, earlier audits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from scanner_app.domain.audits.accuracy import FIGURE_FORMULAS
from scanner_app.services.audits.holdings.report_files import list_holding_sheets
from scanner_app.services.audits.records.prior_pdf import CHANGES
from scanner_app.services.audits.records.result_sheets import list_result_sheets, show_summary
from scanner_app.services.files.table_writers import Cell, ExportTable

OFFENDERS = {
    "by": "By", "name": "Name", "wrong": "Wrong", "expected": "Expected", "lower": "At least",
    "wrong_before": "Wrong before", "expected_before": "Expected before",
    "lower_before": "At least before",
}  # fmt: skip


def list_sheets(report: Mapping[str, Any]) -> Iterator[ExportTable]:
    """Yield a table for each part of a report that people put beside others."""
    yield show_summary(report)
    yield _show_figures(report)
    yield from list_holding_sheets(report)
    yield from list_result_sheets(report)
    if report.get("rounds"):
        yield _show_rounds(report["rounds"])
    prior = report.get("prior")
    if prior:
        yield from _show_prior(prior)


def _show_figures(report: Mapping[str, Any]) -> ExportTable:
    rows = [
        (
            one["name"], one["currency"], one["part"], one["whole"],
            one["part"] / one["whole"] if one["whole"] else None,
            FIGURE_FORMULAS.get(one["name"], ""),
        )
        for one in report.get("figures", ())
    ]  # fmt: skip
    return ExportTable("Figures", ("Figure", "Currency", "Part", "Whole", "Share", "How"), rows)


def _show_rounds(rounds: list[Mapping[str, Any]]) -> ExportTable:
    headers = (
        "Location", "State", "Counts", "Counted by", "Signed off by", "Signed off at", "Statement",
        "First", "Second", "In both", "Agreement", "Likely there",
    )  # fmt: skip
    names = ("first", "second", "both", "agreement", "estimate")
    rows: list[list[Cell]] = []
    for one in rounds:
        signed, found = one["signed_off"] or {}, one["comparison"] or {}
        counters = ", ".join(dict.fromkeys(who["name"] for who in one["counted_by"]))
        rows.append(
            [
                one["code"], one["state"], one["rounds"], counters, signed.get("name"),
                signed.get("at"), signed.get("text"), *map(found.get, names),
            ]
        )  # fmt: skip
    return ExportTable("Locations", headers, rows)


def _show_prior(prior: Mapping[str, Any]) -> Iterator[ExportTable]:
    headers = (
        "Audit", "Name", "Closed", "Expected", "Existence", "Location accuracy",
        "Register completeness", "Differences in 100", "Currency", "Missing", "Of", "Shrinkage",
        "Minutes a location",
    )  # fmt: skip
    yield ExportTable(
        "Audits over time",
        headers,
        [row for one in (prior["own"], *prior["audits"]) for row in _list_rows(one)],
    )
    changes = [(words, tag) for key, words in CHANGES.items() for tag in prior["changes"][key]]
    yield ExportTable("Since the audit before", ("Change", "Asset"), changes)
    offenders = [[one[key] for key in OFFENDERS] for one in prior["repeat_offenders"]]
    yield ExportTable("Wrong each time", [*OFFENDERS.values()], offenders)


def _list_rows(one: Mapping[str, Any]) -> Iterator[list[Cell]]:
    """Yield a row for each currency, or one where nothing has a value."""
    figures = one["accuracy"]
    for loss in one["losses"] or [None]:
        worth: list[Cell] = [None] * 4
        if loss:
            cents = (loss["missing_cents"], loss["expected_cents"])
            amounts = [Decimal(amount) / 100 for amount in cents]
            worth = [loss["currency"], *amounts, loss["shrinkage"]]
        yield [
            one["audit"], one["name"], one["closed_at"], one["counts"]["expected"],
            figures["existence"], figures["location_accuracy"], figures["register_completeness"],
            one["discrepancies_per_100"], *worth, one["minutes_per_place"],
        ]  # fmt: skip
