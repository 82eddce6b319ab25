"""Rules of suggestions, without a database: what holds, what is said, and what decisions teach."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from scanner_app.domain.audits.suggesting.fields import FIELDS, Facts, show_fields
from scanner_app.domain.audits.suggesting.learning import Case, Decided, learn, lower_share
from scanner_app.domain.audits.suggesting.rules import SHIPPED, read_rule, suggest
from scanner_app.domain.errors import Invalid

DOCS = Path(__file__).resolve().parents[3] / "docs"
MOVED: dict[str, Any] = {"state": "misplaced", "proposal": "move", "evidence": "held"}


def rule(*conditions, suggested="accept", name="Test"):
    given = [{"field": f, "op": o, "value": v} for f, o, v in conditions]
    return read_rule(name, 3, given, suggested, "Because.")


def test_says_what_it_found_in_the_order_of_its_conditions():
    same = rule(
        ("common_place", "=", "building"), ("evidence", "=", "held"), ("days_since_move", "<", 30),
        name="Same building",
    )  # fmt: skip
    facts = Facts(**MOVED, common_place="building", common_name="BER", days_since_move=4)

    assert suggest([same], facts).sentence == (
        "Suggested: accept, rule Same building v3: both in BER, label read, moved 4 days before"
    )


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        (("state", "=", "misplaced"), True),
        (("state", "!=", "misplaced"), False),
        (("state", "in", ["missing", "misplaced"]), True),
        (("value_cents", "<", 500), False),
        (("value_cents", "<=", 500), True),
        (("value_cents", "!=", 500), False),
        (("flags", "has", "late"), True),
        (("flags", "has", "damaged"), False),
        (("is_at_home", "=", False), True),
        (("counts", "=", 2), True),
        (("seen_by", "=", 1), True),
        # Of what is not known nothing holds, not even that it is something else.
        (("category", "=", "Laptop"), False),
        (("category", "!=", "Laptop"), False),
        (("days_since_check_out", "<=", 7), False),
    ],
)
def test_each_comparison(condition, holds):
    facts = Facts(**MOVED, flags=("late",), value_cents=500, is_at_home=False, counts=2, seen_by=1)

    assert (suggest([rule(condition)], facts) is not None) is holds


def test_the_first_rule_that_holds_and_that_the_finding_takes_suggests():
    seen = ("state", "=", "misplaced")
    rules = [
        rule(seen, suggested="mark_missing", name="A"), rule(seen, suggested="reject", name="B"),
        rule(seen, name="C"),
    ]  # fmt: skip

    assert suggest(rules, Facts(**MOVED)).rule.name == "B"
    # Nothing is proposed for it, so there is nothing to accept or reject.
    assert suggest(rules, Facts(state="misplaced", flags=("coarse_place",))) is None
    # A new asset needs its fields, which no rule knows.
    label = Facts(state="unregistered", proposal="register")
    assert suggest([rule(("state", "=", "unregistered"))], label) is None


@pytest.mark.parametrize("flag", ["counts_disagree", "two_places"])
def test_what_somebody_must_look_at_is_taken_alone(flag):
    assert suggest([rule(("state", "=", "misplaced"))], Facts(**MOVED, flags=(flag,))).is_alone


def test_the_shipped_rules():
    def suggested(**facts):
        found = suggest(SHIPPED, Facts(**{**MOVED, **facts}))
        return found and (found.rule.name, found.rule.suggest)

    assert suggested(common_place="building") == ("Same building", "accept")
    assert suggested(common_place="site") is None
    assert suggested(common_place="building", evidence="heard") is None
    assert suggested(days_since_check_out=7) == ("Just checked out", "accept")
    assert suggested(days_since_check_out=8) is None
    assert suggested(is_at_home=True) == ("At home", "accept")
    assert suggested(proposal=None, flags=("coarse_place",)) == ("One metre", "none")


@pytest.mark.parametrize(
    ("conditions", "key"),
    [
        ([], "conditions"),
        ([("nothing", "=", "x")], "conditions.0"),
        ([("state", "<", "missing")], "conditions.0"),
        ([("state", "=", "gone")], "conditions.0"),
        ([("state", "in", "missing")], "conditions.0"),
        ([("counts", "=", True)], "conditions.0"),
        ([("counts", "=", "2")], "conditions.0"),
        ([("counts", "=", -1)], "conditions.0"),
        ([("is_at_home", "=", "yes")], "conditions.0"),
    ],
)
def test_refuses_what_it_cannot_compare(conditions, key):
    with pytest.raises(Invalid) as error:
        rule(*conditions)
    assert list(error.value.errors) == [key]


def decided(*counts: tuple[str, str, int]):
    return [Decided(Case("move", "building", "Laptop"), *one) for one in counts]


def test_learns_from_many_decisions_of_several_persons():
    assert round(lower_share(214, 216), 3) == 0.967
    assert round(lower_share(30, 30), 3) == 0.884

    [one] = learn(
        decided(("accept", "user:1", 200), ("accept", "user:2", 14), ("reject", "user:2", 2))
    )
    assert (one.decision, one.alike, one.decisions, one.persons) == ("accept", 214, 216, 2)
    assert one.name == "Move, Laptop, in one building"
    kept = read_rule(one.name, 1, one.conditions, one.decision, "x")
    assert kept.holds(
        Facts(state="misplaced", proposal="move", common_place="building", category="Laptop")
    )
    assert learn(decided(("accept", "user:1", 15), ("accept", "user:2", 15))) == []
    # However many: one person alone makes no rule, and neither do few.
    assert learn(decided(("accept", "user:1", 500))) == []
    assert learn(decided(("accept", "user:1", 20), ("accept", "user:2", 9))) == []


def test_the_page_of_audits_lists_the_fields():
    assert show_fields() in (DOCS / "audits.md").read_text()
    assert set(FIELDS) == set(Facts.__slots__) - {"common_name"}
