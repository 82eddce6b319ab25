"""Second counts of a report, worked out again: that the right locations were counted twice."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from scanner_app.domain.audits.rounds.second import (
    ExpectedPlace,
    Why,
    choose_places,
    read_second_count,
)
from scanner_app.domain.audits.sampling.drawing import Seed
from scanner_app.domain.errors import Invalid
from scanner_app.domain.seals.check import Broken

CODE = "rounds"


def check_second_counts(report: Mapping[str, Any]) -> None:
    """Raise unless each location was counted twice that the policy chose beforehand.

    :raises Broken: `rounds`.
    """
    try:
        rule = read_second_count(report["policy"].get("second_count"))
    except Invalid:
        raise Broken(CODE, "the policy says what does not exist") from None
    was_counted = report["audit"]["state"] in {"reconciling", "closed"}
    if rule.is_none or not was_counted:
        return
    values: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for finding in report["findings"]:
        if finding["expected"] and finding["recorded_location"]:
            unit = finding["currency"] or ""
            values[finding["recorded_location"]][unit] += finding["value_cents"] or 0
    draws = report["sample"]["draws"] if "sample" in report else []
    seed = Seed(draws[-1]["seed"] if draws else "", report["population"]["sha256"])
    places = [ExpectedPlace(code, sums) for code, sums in values.items()]
    chosen = {code: why.value for code, why in choose_places(rule, places, seed).items()}
    asked = report.get("second_counts", {}).get("asked", [])
    shown = {one["code"]: one["why"] for one in asked if one["why"] != Why.MISSING_VALUE}
    if shown != chosen:
        wrong = sorted(code for code in {*shown, *chosen} if shown.get(code) != chosen.get(code))
        raise Broken(CODE, f"{wrong[0]} does not follow from the policy")
    rounds = {one["code"]: one["rounds"] for one in report["rounds"]}
    for one in asked:
        if rounds.get(one["code"], 0) < 2:  # noqa: PLR2004 - a second count is the second
            raise Broken(CODE, f"{one['code']} was not counted twice")
