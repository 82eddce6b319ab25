"""Answers of people on paper: existence with what they attest, beside existence alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scanner_app.domain.audits.asking.attestation import ANSWERS, Answered
from scanner_app.domain.audits.findings import FLAGS, Flag
from scanner_app.services.files.pdf import Paper


def write_attested(paper: Paper, report: Mapping[str, Any]) -> None:
    """Write who was asked what they have and what came of it; nothing if nobody was asked."""
    part = report.get("attestations")
    if part is None:
        return
    asked, figure = part["asked"], part["figure"]
    existence = next(one for one in report["figures"] if one["name"] == "existence")
    answered = sum(one["answered"] > 0 for one in asked)
    paper.head("Answers of people")
    paper.write(
        f"{answered:,} of {len(asked):,} people answered, by a link, what they have of what is "
        "assigned to them. An answer is not a count."
    )
    paper.table(
        ("", "Part", "Whole", ""),
        (55, 15, 15, 15),
        [
            _show("Existence: expected assets that were seen", existence),
            _show("Existence with attested: seen, or its person says so", figure),
        ],
    )
    tags = {flag.value: FLAGS[flag].label for flag in (Flag.ATTESTED, Flag.ATTESTED_WITH_PICTURE)}
    if part["answers"]:
        paper.table(
            ("Asset", "Person", "Answer", "In their words", "Worth"),
            (15, 20, 20, 25, 20),
            [
                (
                    one["asset_tag"],
                    one["name"],
                    ANSWERS[Answered(one["answer"])].label,
                    one["note"] or "",
                    tags.get(one["grade"], ""),
                )
                for one in part["answers"]
            ],
        )


def _show(words: str, figure: Mapping[str, Any]) -> tuple[str, str, str, str]:
    part, whole = figure["part"], figure["whole"]
    return words, f"{part:,}", f"{whole:,}", f"{part / whole * 100:.1f} %" if whole else "n/a"
