"""Draw every sample of a report again, and compare: from the report alone, without this service."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import Any

from scanner_app.domain.audits.sampling.drawing import (
    Candidate,
    DrawnAs,
    Seed,
    draw_by_count,
    draw_places,
    draw_with_values,
)
from scanner_app.domain.audits.sampling.plan import Method, SamplePlan, read_sample
from scanner_app.domain.audits.sampling.population import (
    PopulationRow,
    hash_population,
    read_population,
)
from scanner_app.domain.errors import Invalid

# What a draw is told whose secret number is not the one that was bound before its seed was made.
NOT_PROMISED = "its secret number does not have the hash that was shown before"


def find_wrong_draws(report: Mapping[str, Any]) -> list[str]:
    """Return what does not follow from the frozen list and the seeds; nothing if all does.

    :raises ValueError: the report holds no sample, or one that cannot be read.
    """
    try:
        sample, population = report["sample"], report["population"]
        rows = read_population(population["items"])
        strata = population.get("strata") or [""] * len(rows)
        plan = read_sample(sample["plan"])
        faults = []
        if hash_population(rows) != population["sha256"]:
            faults.append("the frozen list does not have the hash that the report states")
        for draw in sample["draws"]:
            found = _compare(plan, draw, population["sha256"], list(zip(rows, strata, strict=True)))
            faults += [f"draw {draw['number']}: {fault}" for fault in found]
    except (KeyError, TypeError, AttributeError, Invalid) as error:
        raise ValueError(f"it holds no sample that can be drawn again ({error})") from error
    return faults


def _compare(
    plan: SamplePlan,
    draw: Mapping[str, Any],
    population: str,
    rows: Sequence[tuple[PopulationRow, str]],
) -> Iterator[str]:
    if hashlib.sha256(bytes.fromhex(draw["nonce"])).hexdigest() != draw["nonce_sha256"]:
        yield NOT_PROMISED
    typed = draw["typed"]
    if draw["seed"] != (f"{typed}.{draw['nonce']}" if typed else draw["nonce"]):
        yield "its seed is not what was typed and the secret number"
    seed = Seed(draw["seed"], population)
    if plan.is_sample:
        recorded = {one["asset_tag"]: one["drawn_as"] for one in draw["members"]}
        again = _draw(plan, draw, seed, rows)
        left_out = sorted(tag for tag, how in again.items() if recorded.get(tag) != how)
        too_many = sorted(tag for tag, how in recorded.items() if again.get(tag) != how)
        for belongs, does_not in zip_longest(left_out, too_many, fillvalue="nothing"):
            yield f"{belongs} belongs, {does_not} does not"
    if plan.floor:
        codes = {row.place for row, _ in rows if row.place}
        starts = draw_places(seed, codes, number=plan.floor.places, step=plan.floor.every)
        if [(one["location"], one["first"]) for one in draw["floor"]] != [
            (one.place, one.first) for one in starts
        ]:
            yield "its places on the floor are others"


def _draw(
    plan: SamplePlan,
    draw: Mapping[str, Any],
    seed: Seed,
    rows: Sequence[tuple[PopulationRow, str]],
) -> dict[str, str]:
    currency = draw["currency"] or ""
    if plan.method is Method.PPS:
        members = [
            Candidate(row.tag, row.value_cents if row.currency == currency else None)
            for row, _ in rows
        ]
        drawn = draw_with_values(seed, members, draw["by_value"])
    else:
        members = [Candidate(row.tag, stratum=stratum) for row, stratum in rows]
        drawn = draw_by_count(seed, members, draw["strata"])
    return {one.tag: one.drawn_as.value for one in drawn if one.drawn_as is not DrawnAs.RESERVE}
