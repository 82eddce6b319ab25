"""Check that decisions about many findings were about the lists that their acts name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from scanner_app.domain.audits.deciding.lists import LIST, Item
from scanner_app.domain.seals.canonical import hash_canonical
from scanner_app.domain.seals.check import Broken

_ABOUT_FINDINGS = {"decided", "decision_reopened"}


def check_lists(report: Mapping[str, Any]) -> None:
    """Raise unless each decision about many is about the list whose hash its act holds.

    A list whose findings were partly decided again, or counted on, is not what it was, so its
    length alone is checked.

    :raises Broken: `decisions`, with the moment of the act.
    """
    items = report["acts"]["items"]
    resumed = max((at for at, a in enumerate(items) if a["kind"] == "counting_resumed"), default=-1)
    acts = [(at, a) for at, a in enumerate(items) if a["kind"] in _ABOUT_FINDINGS]
    newest = {finding: act["id"] for _, act in acts for finding in act["findings"]}
    findings = {one["id"]: one for one in report["findings"]}
    for at, act in acts:
        told = act["about"].get(LIST)
        if told is None:
            continue
        ids = act["findings"]
        holds = at > resumed and all(id_ in findings and newest[id_] == act["id"] for id_ in ids)
        if told["count"] != len(ids) or (holds and told["sha256"] != _hash(findings, ids)):
            raise Broken("decisions", f"what was decided at {act['at']} is another list")


def _hash(findings: Mapping[int, Item], ids: Iterable[int]) -> str:
    rows = [[id_, findings[id_]["state"], findings[id_]["proposal"] or ""] for id_ in sorted(ids)]
    return hash_canonical(rows)
