"""Check what a report of format 2 says: its findings, decisions and figures follow from its scans.

A seal shows that nothing was changed after it. This shows that what was sealed is right: anyone who
holds the key could have sealed anything.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import zip_longest
from typing import Any

from scanner_app.domain.audits.accuracy import (
    EXPECTED,
    FOUND,
    IN_PLACE,
    SEEN,
    SEEN_REGISTERED,
    ratio,
)
from scanner_app.domain.audits.checking_people import (
    check_approver,
    check_attestations,
    check_statements,
)
from scanner_app.domain.audits.deciding.check import check_lists
from scanner_app.domain.audits.evidence.admitted import list_admitted, needs_act
from scanner_app.domain.audits.evidence.needed import proves
from scanner_app.domain.audits.evidence.outside import check_outside, list_outside
from scanner_app.domain.audits.findings import CONDITION_FLAGS, Flag
from scanner_app.domain.audits.holdings.checked import check_holdings
from scanner_app.domain.audits.proposals import Decision
from scanner_app.domain.audits.rounds.checked import check_second_counts
from scanner_app.domain.audits.sampling.redraw import NOT_PROMISED, find_wrong_draws
from scanner_app.domain.audits.spans import sighted_at
from scanner_app.domain.audits.suggesting.taken import check_taken
from scanner_app.domain.audits.travel import AT_ONCE
from scanner_app.domain.register.lifecycle import ENDED
from scanner_app.domain.seals.canonical import dump_canonical, hash_canonical
from scanner_app.domain.seals.check import Broken
from scanner_app.domain.seals.merkle import root_of_items
from scanner_app.domain.seals.report import without_digest

Item = Mapping[str, Any]
# Flags that follow from the newest sighting; the others follow from what came when.
DERIVED = frozenset(
    flag.value
    for flag in (
        Flag.NO_PLACE, Flag.WRONG_CUSTODIAN, Flag.RETIRED, Flag.DAMAGED, Flag.UNREADABLE,
        Flag.COARSE_PLACE,
    )
)  # fmt: skip
NOT_SIGHTINGS = {"void", "lookup"}


def check_meaning(report: Mapping[str, Any]) -> None:
    """Raise unless everything in a report follows from its scans and acts.

    :raises Broken: `population`, `draw`, `scans`, `acts`, `findings`, `decisions`,
        `attestations`, `rounds`, `holdings` or `figures`.
    """
    check_population(report)
    check_scans(report)
    check_outside(report)
    check_findings(report)
    check_decisions(report)
    check_lists(report)
    check_attestations(report)
    check_taken(report)
    check_second_counts(report)
    check_holdings(report)
    check_figures(report)


def check_population(report: Mapping[str, Any]) -> None:
    """Raise unless the frozen list has its hash, and is what the findings call expected."""
    population = report["population"]
    if hash_canonical(population["items"]) != population["sha256"]:
        raise Broken("population", "its SHA-256 is another")
    tags = [row[0] for row in population["items"]]
    expected = [str(f["asset_tag"]) for f in report["findings"] if f["expected"]]
    if len(tags) != population["count"]:
        raise Broken("population", "its SHA-256 is another")
    check_draws(report)
    # Of a sample, only what was drawn is expected; before counting starts, nothing is yet.
    draws = report["sample"]["draws"] if "sample" in report else []
    drawn = [one["asset_tag"] for draw in draws[-1:] for one in draw["members"]]
    is_counted = any(act["kind"] == "counting_started" for act in report["acts"]["items"])
    if sorted(expected) != (sorted(drawn or tags) if is_counted else []):
        raise Broken("population", "the findings expect other assets")


def check_draws(report: Mapping[str, Any]) -> None:
    """Raise unless every sample follows from the frozen list and its seed.

    :raises Broken: `draw`, with its number and what does not belong to it.
    """
    if "sample" not in report:
        return
    promised = [
        act["about"].get("next_nonce_sha256") or act["about"].get("nonce_sha256")
        for act in report["acts"]["items"]
        if act["kind"] in {"frozen", "drawn"}
    ]
    for draw, sha256 in zip_longest(
        report["sample"]["draws"], promised[: len(report["sample"]["draws"])]
    ):
        if draw["nonce_sha256"] != sha256:
            raise Broken("draw", NOT_PROMISED, where=f"draw {draw['number']}")
    try:
        faults = find_wrong_draws(report)
    except ValueError as error:
        raise Broken("draw", str(error)) from None
    if faults:
        where, _, reason = faults[0].partition(": ")
        raise Broken("draw", reason or where, where=where if reason else "")


def check_scans(report: Mapping[str, Any]) -> None:
    """Raise unless scans and acts have their roots, and no scan counts that may not."""
    for name in ("scans", "acts"):
        part = report[name]
        root = root_of_items(dump_canonical(without_digest(item)) for item in part["items"])
        if part["count"] != len(part["items"]) or part["root"] != root.hex():
            raise Broken(name, "the root is another")
    items = report["scans"]["items"]
    ids = [item["scan_id"] for item in items]
    if len(set(ids)) != len(ids):
        raise Broken("scans", "one id is there twice")
    undone, admitted = _list_undone(items), list_admitted(report)
    for item in items:
        leaf = item["leaf"]
        if leaf["scan_id"] != item["scan_id"]:
            raise Broken("scans", f"{item['scan_id']} is not the scan of its leaf")
        may_not = (
            leaf["intent"] in NOT_SIGHTINGS
            or leaf.get("is_faint")
            or (item["scan_id"] not in admitted and needs_act(report, item))
            or item["scan_id"] in undone
            or not proves(report["policy"], leaf.get("source"))
        )
        if item["counts"] is True and may_not:
            raise Broken("scans", f"{item['scan_id']} counts and may not")
    _check_matches(report)


def _check_matches(report: Mapping[str, Any]) -> None:
    """Raise unless every scan of a label that means nothing is of no asset, or was matched."""
    newest = {
        act["about"]["code"]: act["about"]["asset"] if act["kind"] == "matched" else None
        for act in report["acts"]["items"]
        if act["kind"] in {"matched", "unmatched"}
    }
    tags: dict[str, str] = {}
    for match in report.get("matches", ()):
        if newest.get(match["code"]) != match["asset"]:
            raise Broken("scans", f"{match['code']} is not matched by its acts")
        tags |= dict.fromkeys(match["scan_ids"], match["asset_tag"])
    for item in report["scans"]["items"]:
        if item["leaf"]["asset"] is None and item["asset_tag"] != tags.get(item["scan_id"]):
            raise Broken("scans", f"{item['scan_id']} is of an asset that nobody named")


def _list_undone(items: Sequence[Item]) -> set[str]:
    """Return the ids of scans that another scan of the audit undid."""
    order = {item["scan_id"]: (at, item["leaf"]["actor"]) for at, item in enumerate(items)}
    undone = set()
    for at, item in enumerate(items):
        leaf = item["leaf"]
        target = order.get(leaf["voids"])
        if target is None or leaf["outcome"] not in {"applied", "noted"}:
            continue
        # An undo that came before its scan undoes only what its own author scanned.
        if target[0] < at or target[1] == leaf["actor"]:
            undone.add(leaf["voids"])
    return undone


def check_findings(report: Mapping[str, Any]) -> None:
    """Raise unless each finding follows from the newest of its scans that counts."""
    scans = {
        item["scan_id"]: (at, item)
        for at, item in enumerate(report["scans"]["items"])
        if item["counts"] is True
    }
    used = Counter(scan_id for f in report["findings"] for scan_id in f["scan_ids"])
    outside, said = list_outside(report), _list_said_flags(report)
    for finding in report["findings"]:
        name = str(finding["asset_tag"] or finding["code"])
        if any(scan_id not in scans or used[scan_id] != 1 for scan_id in finding["scan_ids"]):
            raise Broken("findings", f"{name} does not follow from its scans")
        own = [scans[scan_id] for scan_id in finding["scan_ids"]]
        if any(item["asset_tag"] != finding["asset_tag"] for _at, item in own):
            raise Broken("findings", f"{name} does not follow from its scans")
        judged = [item for _at, item in sorted(own, key=_by_time)]
        if not judged and finding["expected"] and finding["asset_tag"] in outside:
            judged = [outside[finding["asset_tag"]]]
        state, flags = _judge(finding, judged, report)
        is_ambiguous = finding["asset_tag"] is None
        if finding["state"] != state or not (
            is_ambiguous or _has_flags(finding, flags, said[finding["id"]], report)
        ):
            raise Broken("findings", f"{name} does not follow from its scans")
    left = next((scan_id for scan_id in scans if scan_id not in used), None)
    if left is not None:
        raise Broken("findings", f"scan {left} counts and is in no finding")
    tags = Counter(f["asset_tag"] for f in report["findings"] if f["asset_tag"] is not None)
    twice = next((tag for tag, count in tags.items() if count > 1), None)
    if twice is not None:
        raise Broken("findings", f"{twice} is there twice")


def _list_said_flags(report: Mapping[str, Any]) -> dict[int, set[str]]:
    """Return the flags that people set with pictures, by the finding's id."""
    said: dict[int, set[str]] = defaultdict(set)
    for act in report["acts"]["items"]:
        flag = CONDITION_FLAGS.get(act["about"].get("condition"))
        if act["kind"] == "evidence_added" and flag is not None:
            for finding in act["findings"]:
                said[finding].add(flag.value)
    return said


def _has_flags(finding: Item, flags: set[str], said: set[str], report: Mapping[str, Any]) -> bool:
    """Return whether a finding has the flags that its newest scan sets, and people with pictures.

    These are set when counting ends, so an audit that was cancelled before may be without them.
    """
    has = {*finding["flags"]} & DERIVED
    is_closed = report["audit"]["state"] == "closed"
    return flags <= has <= flags | said and (not is_closed or said <= has)


def _by_time(pair: tuple[int, Item]) -> tuple[datetime, int]:
    at, item = pair
    return _sighted_at(item), at


def _sighted_at(item: Item) -> datetime:
    leaf = item["leaf"]
    return sighted_at(_moment(leaf["effective_at"]), _moment(leaf["recorded_at"]))


def _judge(finding: Item, own: Sequence[Item], report: Mapping[str, Any]) -> tuple[str, set[str]]:
    """Return the state and the flags that follow from the scans of a finding, oldest first."""
    if finding["asset_tag"] is None:
        return ("unregistered" if own else "nothing"), set()
    if not own:
        return ("missing" if finding["expected"] else "nothing"), set()
    newest = own[-1]
    places, depth = report["places"], report["policy"]["place_depth"]
    outer = _lift(finding["recorded_location"], places, depth)
    seen = newest["location"]
    flags = set()
    if seen is None:
        flags.add(Flag.NO_PLACE.value)
    if newest["person"] is not None and newest["person"] != finding["recorded_custodian"]:
        flags.add(Flag.WRONG_CUSTODIAN.value)
    if finding["recorded_status"] in ENDED:
        flags.add(Flag.RETIRED.value)
    if newest["leaf"]["condition"] in CONDITION_FLAGS:
        flags.add(CONDITION_FLAGS[newest["leaf"]["condition"]].value)
    if seen is not None and outer is not None and seen != outer and seen in _above(outer, places):
        flags.add(Flag.COARSE_PLACE.value)
    if not finding["expected"]:
        return "unexpected", flags
    is_inside = seen is not None and outer is not None and outer in _above(seen, places)
    if Flag.TWO_PLACES in finding["flags"]:
        # No clock tells which of them is newer: it is in its place if all are.
        is_inside = all(outer in _above(code, places) for code in _list_at_once(own))
    return ("verified" if seen is None or is_inside else "misplaced"), flags


def _list_at_once(own: Sequence[Item]) -> list[str]:
    """Return the locations of the newest scans that named one, of those within a second."""
    placed = [(_sighted_at(item), item["location"]) for item in own if item["location"] is not None]
    return [code for at, code in placed if placed[-1][0] - at <= AT_ONCE]


def _above(code: str, places: Mapping[str, Item]) -> list[str]:
    """Return a location and all that contain it, from the inside out."""
    found: list[str] = []
    at: str | None = code
    while at is not None and at not in found:
        found.append(at)
        at = places[at]["in"] if at in places else None
    return found


def _lift(code: str | None, places: Mapping[str, Item], depth: str) -> str | None:
    """Return the nearest location of a kind that contains another one, or that one itself."""
    if code is None or depth == "exact":
        return code
    kinds = (one for one in _above(code, places) if places.get(one, {}).get("kind") == depth)
    return next(kinds, code)


def check_decisions(report: Mapping[str, Any]) -> None:
    """Raise unless each decision is the newest act about it, and the approver was free to close."""
    acts = [
        item for item in report["acts"]["items"] if item["kind"] in {"decided", "decision_reopened"}
    ]
    newest = {finding_id: act for act in acts for finding_id in act["findings"]}
    adopted = any(item["about"].get("adopted") for item in report["acts"]["items"])
    audit = report["audit"]
    for finding in report["findings"]:
        name = str(finding["asset_tag"] or finding["code"])
        if finding["decision"] == "reject" and not finding["reason"]:
            raise Broken("decisions", "a rejection without reason")
        act = newest.get(finding["id"])
        if act is None and adopted:
            continue
        said = None if act is None or act["kind"] != "decided" else act
        if _list_decision(finding) != _list_said(said):
            raise Broken("decisions", f"{name} is not what its acts say")
        if said is not None and not _is_between(said["at"], audit):
            raise Broken("decisions", f"{name} was decided outside the reconciliation")
    check_approver(report)
    check_statements(report)


def _list_decision(finding: Item) -> list[Any]:
    at = finding["decided_at"]
    return [
        *(finding[name] for name in ("decision", "reason", "decided_by")),
        _moment(at) if at is not None else None,
    ]


def _list_said(act: Item | None) -> list[Any]:
    """Return what an act says of a decision, in the order of a finding's own words."""
    if act is None:
        return [None] * 4
    return [act["about"]["decision"], act["text"], act["actor_name"], _moment(act["at"])]


def _is_between(at: str, audit: Item) -> bool:
    started = audit["counting_started_at"]
    if started is not None and _moment(at) < _moment(started):
        return False
    return audit["closed_at"] is None or _moment(at) <= _moment(audit["closed_at"])


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def count_figures(findings: Sequence[Item]) -> dict[tuple[str, str | None], tuple[int, int]]:
    """Return part and whole of each figure, counted from the findings themselves.

    The key is its name, and for a figure by value its currency: currencies are never added.
    """

    def sum_up(states: Sequence[str], currency: str | None = None, *, placed: bool = False) -> int:
        return sum(
            1 if currency is None else f["value_cents"] or 0
            for f in findings
            if f["state"] in states
            and not (placed and "no_place" in f["flags"])
            and currency in {None, f["currency"] or ""}
        )

    expected, found = [*map(str, EXPECTED)], [*map(str, FOUND)]
    in_place, seen = [*map(str, IN_PLACE)], [*map(str, SEEN)]
    foreign = sum(f["decision"] == Decision.FOREIGN for f in findings)
    figures: dict[tuple[str, str | None], tuple[int, int]] = {
        ("register_completeness", None): (
            sum_up([*map(str, SEEN_REGISTERED)]), sum_up(seen) - foreign,
        )
    }  # fmt: skip
    currencies = {
        f["currency"] or ""
        for f in findings
        if f["state"] in expected and f["value_cents"] is not None
    }
    for currency in (None, *sorted(currencies)):
        end = "" if currency is None else "_by_value"
        whole = sum_up(expected, currency)
        figures["existence" + end, currency] = sum_up(found, currency), whole
        placed = sum_up(in_place, currency, placed=True)
        figures["location_accuracy" + end, currency] = placed, whole
    return figures


def check_figures(report: Mapping[str, Any]) -> None:
    """Raise unless every part and whole is what the findings say, and the accuracy follows."""
    counted = count_figures(report["findings"])
    shown = {(f["name"], f["currency"]): (f["part"], f["whole"]) for f in report["figures"]}
    for key in {*counted, *shown}:
        if shown.get(key) != counted.get(key):
            raise Broken("figures", key[0])
    for (name, currency), (part, whole) in counted.items():
        if currency is None and report["accuracy"].get(name) != ratio(part, whole):
            raise Broken("figures", name)
    for state in ("verified", "misplaced", "missing", "unexpected", "unregistered"):
        if report["counts"][state] != sum(f["state"] == state for f in report["findings"]):
            raise Broken("figures", state)
