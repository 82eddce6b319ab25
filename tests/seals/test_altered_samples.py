"""Alterations 21 and 22, of samples: who holds the key cannot exchange what was drawn, nor the seed."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import update

from scanner_app.domain.audits.sampling.drawing import (
    Candidate,
    DrawnAs,
    Seed,
    draw_by_count,
    draw_places,
    draw_with_values,
)
from scanner_app.edge.state import app_state
from scanner_app.models import Asset, Location
from scanner_app.storage.keys import load_signing_key
from tests.audits.sampling.test_audits import DICE, fill_shelves, plan
from tests.audits.steps import close, reject_all, start_at
from tests.seals.closed_audits import seal_again
from tests.seals.test_alterations import SCRIPT, both
from tests.support.databases import SqliteTemplate

SAMPLES: list[dict[str, Any]] = [
    {"method": "simple", "size": 4},
    {"method": "stratified", "by": "location", "size": 6},
    {"method": "pps", "size": 4, "currency": "EUR", "floor": {"places": 2, "every": 5}},
]
NOT_PROMISED = "its secret number does not have the hash that was shown before"
NOT_TYPED = "its seed is not what was typed and the secret number"


def fill_mixed(session: Any) -> None:
    """The twelve laptops of docs/samples.md, some of them elsewhere or without a value."""
    fill_shelves(session)
    session.flush()
    room = session.query(Location).filter_by(code="BER-102").one()
    away = ["LT-0002", "LT-0003", "LT-0004"]
    session.execute(update(Asset).where(Asset.asset_tag.in_(away)).values(location_id=room.id))
    bare = Asset.asset_tag.in_(["LT-0005", "LT-0006"])
    session.execute(update(Asset).where(bare).values(purchase_cost_cents=None, currency=None))


@pytest.fixture
def database(sqlite_template: SqliteTemplate, tmp_path) -> str:
    """SQLite alone: what a report holds does not depend on the database."""
    return sqlite_template.make(tmp_path / "instance", fill_mixed)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda one: one["method"])
def test_are_named_by_both_readings(app, api, tmp_path, sample):
    audit = plan(api, **sample)
    start_at(api, audit, typed=DICE)
    again = {"typed": DICE[::-1], "reason": "a witness was late"}
    assert api.post(f"/audits/{audit}/draws", json=again).status_code in {200, 201}
    api.post(f"/audits/{audit}/reconciliation")
    reject_all(api, audit)
    close(api, audit)
    text = api.get(f"/audits/{audit}/report.json").data
    key = load_signing_key(app_state(app).settings.instance_dir)

    def alter(change: Callable[[dict[str, Any]], None]) -> str:
        report = json.loads(text)
        change(report["sample"]["draws"][-1])
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        return both(None, seal_again(report, key), folder, key=key.public_pem)

    assert both(None, text, tmp_path / "whole", key=key.public_pem) == ""
    members = json.loads(text)["sample"]["draws"][-1]["members"]
    drawn = {one["asset_tag"] for one in members}
    reserve = next(t for t in (f"LT-{n:04}" for n in range(1, 13)) if t not in drawn)
    taken = members[0]["asset_tag"]
    # 21: a sampled asset for a reserve.
    exchange = alter(lambda draw: draw["members"][0].update(asset_tag=reserve))
    assert exchange == f"draw 2: {taken} belongs, {reserve} does not"
    # 22: another seed, alone, with what was typed, and with a secret number made for it.
    seed, nonce = "9" * 20, "ab" * 32
    chosen = {"nonce": nonce, "nonce_sha256": hashlib.sha256(bytes.fromhex(nonce)).hexdigest()}
    assert alter(lambda draw: draw.update(seed=seed)) == f"draw 2: {NOT_TYPED}"
    assert alter(lambda draw: draw.update(chosen)) == f"draw 2: {NOT_PROMISED}"

    def type_another(draw: dict[str, Any]) -> None:
        """Take another number until its sample is another, as somebody would who tries seeds."""
        draw["typed"] = seed
        draw["seed"] = f"{seed}.{draw['nonce']}"
        draw["members"].reverse()
        draw["members"] = draw["members"][:-1]

    assert alter(type_another).startswith("draw 2: LT-")


def test_two_programs_draw_the_same_from_a_thousand_random_lists():
    """Run the outsider's program on draws of ours: by count, by value, with places on the floor."""
    script: dict[str, Any] = {}
    exec(compile(SCRIPT.read_text().split("words, links, load")[0], "verify", "exec"), script)
    chance = random.Random(13)
    for _ in range(1000):
        rows = [
            [f"T{n}", chance.choice(["A", "B", ""]), "", "in_use",
             chance.choice([None, 0, chance.randrange(1, 10**chance.randrange(1, 7))]),
             chance.choice(["EUR", "EUR", "JPY"])]
            for n in range(chance.randrange(1, 30))
        ]  # fmt: skip
        frozen = {"items": rows, "sha256": f"{chance.getrandbits(256):064x}"}
        script["check_draw"](*draw_one(chance, frozen))


def draw_one(chance: random.Random, frozen: dict[str, Any]) -> tuple[Any, ...]:
    """Return a draw of ours from a list, as the report shows it, with its nonce's hash and plan."""
    nonce = f"{chance.getrandbits(256):064x}"
    sha256 = hashlib.sha256(bytes.fromhex(nonce)).hexdigest()
    seed = Seed(nonce, frozen["sha256"])
    rows, by_value = frozen["items"], chance.choice([None, chance.randrange(1, 12)])
    if by_value:
        candidates = [Candidate(r[0], r[4] if r[5] == "EUR" else None) for r in rows]
        drawn = draw_with_values(seed, candidates, by_value)
        strata = {}
    else:
        frozen["strata"] = [row[1] for row in rows]
        strata = {name: chance.randrange(0, 5) for name in {*frozen["strata"]}}
        drawn = draw_by_count(seed, [Candidate(r[0], stratum=r[1]) for r in rows], strata)
    floor = {"places": chance.randrange(1, 3), "every": chance.randrange(1, 9)}
    starts = draw_places(
        seed, {r[1] for r in rows if r[1]}, number=floor["places"], step=floor["every"]
    )
    draw = {
        "number": 1, "typed": None, "nonce": nonce, "nonce_sha256": sha256, "seed": nonce,
        "by_value": by_value, "currency": "EUR" if by_value else None, "strata": strata,
        "members": [
            {"asset_tag": one.tag, "drawn_as": one.drawn_as.value}
            for one in drawn if one.drawn_as is not DrawnAs.RESERVE
        ],
        "floor": [{"location": one.place, "first": one.first} for one in starts],
    }  # fmt: skip
    return draw, sha256, frozen, floor
