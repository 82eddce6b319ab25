"""The sample of an audit on paper: how it was drawn, and what it shows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from scanner_app.domain.audits.sampling.plan import METHODS, read_sample
from scanner_app.domain.audits.sampling.shown import LABELS
from scanner_app.domain.audits.seeing.plots import plot_estimates
from scanner_app.services.files.pdf import Paper


def write_sample(paper: Paper, sample: Mapping[str, Any] | None) -> None:
    """Write the section of a report about its sample, if it has one."""
    if sample is None:
        return
    paper.head("Sample")
    paper.table(("", ""), (22, 78), list(_facts(sample)))
    plot = plot_estimates(sample["estimates"])
    if plot:
        paper.plot(plot, head=plot.title)
    if sample["estimates"]:
        paper.table(
            ("What the sample shows", ""),
            (28, 72),
            [(LABELS[one["name"]], one["sentence"]) for one in sample["estimates"]],
        )


def _facts(sample: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    plan = read_sample(sample["plan"])
    row = METHODS[plan.method]
    yield "Drawn", f"{row.label}. {row.means}"
    draws = sample["draws"]
    for draw in draws:
        title = f"Draw {draw['number']} of {len(draws)}"
        given_up = f" Why it was drawn again: {draw['reason']}" if draw["reason"] else ""
        yield title, f"{len(draw['members']):,} assets, by {draw['drawn_by']}.{given_up}"
        yield "Seed", draw["seed"]
        yield "SHA-256 of the nonce", draw["nonce_sha256"]
        places = [f"{one['location']} from number {one['first']}" for one in draw["floor"]]
        if places and plan.floor:
            yield "From the floor", f"{', '.join(places)}, every {plan.floor.every}"
