"""Two counters hand out one laptop at once: one gets it, the other learns who has it."""

from __future__ import annotations

import os
import random
import threading
from itertools import pairwise

import pytest
from sqlalchemy import func, select

from scanner_app.models import ContestedScan, Custody, Handover
from scanner_app.storage.database import reading
from tests.stockroom.steps import handover, now, post

ROUNDS = int(os.environ.get("SCANNER_ROUNDS", "12"))


@pytest.mark.usefixtures("counter")
class TestTwoCounters:
    def test_one_laptop_goes_to_one_of_two(self, api, app):
        """Whatever their clocks claim, up to two seconds apart either way."""
        chance = random.Random(14)
        for n in range(ROUNDS):
            skew = chance.uniform(-2, 2)
            mine = [f"LT-{2 + n % 5:03}", f"LT-{7 + n % 5:03}"]
            bodies = [
                handover("LT-001", mine[0], person="1001"),
                handover(mine[1], "LT-001", person="1002", at=now(skew)),
            ]
            answers = race(api, bodies)

            by_code = {a.status_code: (a, b) for a, b in zip(answers, bodies, strict=True)}
            assert set(by_code) == {201, 409}, [a.text for a in answers]
            winner, loser = by_code[201], by_code[409]
            [line] = loser[0].json["lines"]
            assert "since" in line["result"]["message"]
            name = {"1001": "Dana Reyes", "1002": "Bob Brook"}[winner[1]["person"]]
            assert name in line["result"]["message"]
            with app.app_context(), reading() as session:
                held = session.scalar(
                    select(func.count()).select_from(Custody).where(Custody.ended_at.is_(None))
                )
            assert held == 2, "the loser's other thing stays where it was"
            back = [scan["code"] for scan in winner[1]["scans"]]
            assert post(api, handover(*back, kind="return")).status_code == 201
        with app.app_context(), reading() as session:
            assert session.scalar(select(func.count(Handover.id))) == 2 * ROUNDS
            assert session.scalar(select(func.count(ContestedScan.id))) == 0
            rows = session.execute(
                select(Custody.asset_id, Custody.started_at, Custody.ended_at).order_by(
                    Custody.asset_id, Custody.started_at
                )
            ).all()
        for (asset, _, end), (following, start, _) in pairwise(rows):
            assert asset != following or end <= start, "two spans of one laptop overlap"


def race(api, bodies):
    """Send each in a thread of its own, all at once."""
    answers: dict[int, object] = {}
    gate = threading.Barrier(len(bodies))

    def send(index: int) -> None:
        gate.wait()
        answers[index] = post(api, bodies[index])

    threads = [threading.Thread(target=send, args=(index,)) for index in range(len(bodies))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [answers[index] for index in range(len(bodies))]
