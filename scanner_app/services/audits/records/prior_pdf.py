"""Audits before this one on paper: figures side by side, what changed, what is wrong each time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from scanner_app.domain.audits.seeing.plots import plot_json
from scanner_app.domain.money import say_money
from scanner_app.services.files.pdf import Paper

CHANGES = {
    "missing_again": "Missing again",
    "found_again": "Found again",
    "newly_missing": "Newly missing",
}


def write_prior(paper: Paper, prior: Mapping[str, Any] | None) -> None:
    """Write the section of a report about the audits of its scope before it, if there are."""
    if prior is None:
        return
    # The audit itself is not closed as long as its report is preliminary.
    rows = [{**prior["own"], "name": f"{prior['own']['name']} (this one)"}, *prior["audits"]]
    for plot in plot_json(rows):
        paper.plot(plot, head=plot.title)
    paper.table(
        ("Audit", "Expected", "Found", "In place", "In the register", "In 100", "Missing value"),
        (24, 10, 10, 10, 14, 9, 23),
        [_show_figures(one) for one in rows],
    )
    changes = prior["changes"]
    before = prior["audits"][0]
    paper.head(f"Since audit {before['audit']}, {before['name']}")
    paper.table(
        (f"Of {changes['both_expected']:,} that both expected", "", "Assets"),
        (28, 8, 64),
        [
            (words, f"{len(changes[name]):,}", ", ".join(changes[name]))
            for name, words in CHANGES.items()
        ],
    )
    _write_offenders(paper, prior["repeat_offenders"])


def _show_figures(one: Mapping[str, Any]) -> tuple[str, ...]:
    figures = one["accuracy"]
    per_100 = one["discrepancies_per_100"]
    return (
        one["name"],
        f"{one['counts']['expected']:,}",
        *(
            _percent(figures[name])
            for name in ("existence", "location_accuracy", "register_completeness")
        ),
        "n/a" if per_100 is None else f"{per_100:.1f}",
        "\n".join(
            f"{say_money(loss['missing_cents'])} {loss['currency']}, {_percent(loss['shrinkage'])}"
            for loss in one["losses"]
        ),
    )


def _write_offenders(paper: Paper, offenders: Sequence[Mapping[str, Any]]) -> None:
    paper.head(f"Wrong each time ({len(offenders):,})")
    paper.write(
        "What was worse than the whole audit in both: the rate that is shown at least, with 95 % "
        "confidence, lies above that of the audit."
    )
    if offenders:
        paper.table(
            ("Location, category or person", "Missing or elsewhere", "At least", "Before"),
            (46, 20, 14, 20),
            [
                (
                    one["name"],
                    f"{one['wrong']:,} of {one['expected']:,}",
                    _percent(one["lower"]),
                    f"{one['wrong_before']:,} of {one['expected_before']:,}",
                )
                for one in offenders
            ],
        )


def _percent(part: float | None) -> str:
    return "n/a" if part is None else f"{part * 100:.1f} %"
