"""Change a report by who closed it, and by what they stated, as the house itself could."""

from __future__ import annotations

from typing import Any

from scanner_app.domain.seals.canonical import dump_canonical, hash_canonical
from scanner_app.domain.seals.merkle import root_of_items
from scanner_app.domain.seals.report import without_digest
from tests.seals.closed_audits import Change

NOR_DECIDER, APPROVER = "not_a_counter_nor_decider", "approver"
COUNTED = "decisions: the approver counted"
DECIDED = "decisions: the approver decided"


def set_policy(key: str, value: str) -> Change:
    return lambda report: report["policy"].update({key: value})


def let_a_counter_close(report: dict[str, Any]) -> None:
    next(act for act in report["acts"]["items"] if act["kind"] == "closed")["person_key"] = "user:1"
    hash_acts(report)


def say_that_the_approver(kind: str, rule: str, **about: Any) -> Change:
    """Return the change by which the person who closed did something before, under a rule."""

    def change(report: dict[str, Any]) -> None:
        acts = report["acts"]["items"]
        [closed] = [act for act in acts if act["kind"] == "closed"]
        acts.append({**closed, "kind": kind, "findings": [], "about": about})
        report["policy"]["approver"] = rule
        hash_acts(report)

    return change


def make_statement(report: dict[str, Any]) -> dict[str, Any]:
    """Add a statement of the approver to the acts and the statements, and return it."""
    acts = report["acts"]["items"]
    [closed] = [act for act in acts if act["kind"] == "closed"]
    signature = {"typed": "Ada"}
    about = {"as": "approver", "signature": hash_canonical(signature)}
    act = {**closed, "kind": "statement", "findings": [], "about": about, "text": "I reviewed it."}
    acts.append(act)
    hash_acts(report)
    statement = {
        "at": act["at"], "name": act["actor_name"], "person": act["person_key"],
        "text": act["text"], "as": "approver", "signature": signature,
    }  # fmt: skip
    report["statements"].append(statement)
    return statement


def reword_a_statement(report: dict[str, Any]) -> None:
    make_statement(report)["text"] = "I saw nothing."


def sign_for_somebody(report: dict[str, Any]) -> None:
    make_statement(report)["signature"] = {"typed": "Eve"}


def take_a_statement_out(report: dict[str, Any]) -> None:
    make_statement(report)
    report["statements"].pop()


def hash_acts(report: dict[str, Any]) -> None:
    acts = report["acts"]["items"]
    report["acts"]["count"] = len(acts)
    rows = [dump_canonical(without_digest(act)) for act in acts]
    report["acts"]["root"] = root_of_items(rows).hex()
