"""Programmes make the audits of their rounds, each once, late if they must, on both databases."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from sqlalchemy import func, select, update

from scanner_app.domain.audits.acts import ActKind
from scanner_app.domain.audits.states import AuditState
from scanner_app.domain.notices.kinds import NoticeKind, describe, find_link
from scanner_app.models import (
    Act,
    ApiToken,
    Audit,
    AuditProgramme,
    Location,
    Notice,
    ProgrammeRound,
)
from scanner_app.storage.database import reading, unit_of_work
from scanner_app.worker.programmes import make_rounds
from tests.audits.steps import start_at
from tests.support.register import add_asset, add_location, add_person

DAY = date(2027, 3, 1)
MONTHLY = {
    "name": "Head office",
    "every": "month",
    "anchor_on": "2027-01-31",
    "days_to_count": 10,
    "scope": {"locations": ["HQ"]},
    "policy": {"place_depth": "room"},
}


def run(api, day: date) -> None:
    """Run what the worker does on a day."""
    with api.client.application.app_context():
        make_rounds(0, datetime.combine(day, time(9), UTC))


def add(api, **more) -> int:
    answer = api.post("/audit-programmes", json={**MONTHLY, **more})
    assert answer.status_code == 201, answer.text
    return answer.json["id"]


def rounds(api, programme: int) -> list[dict]:
    return api.get(f"/audit-programmes/{programme}/rounds").json["items"]


def told(api) -> list[tuple[str, str]]:
    """Return what notices of programmes say and lead to, as long as they are not settled."""
    with api.client.application.app_context(), reading() as session:
        rows = session.execute(
            select(Notice.kind, Notice.params)
            .where(Notice.kind == NoticeKind.AUDIT_PLANNED, Notice.cleared_at.is_(None))
            .order_by(Notice.id)
        )
        return [(describe(k, p), find_link(k, p)) for k, p in rows]


def test_a_round_becomes_a_draft_on_its_day_once_and_says_when_it_is_late(api, office):
    programme = add(api)
    assert api.get(f"/audit-programmes/{programme}").json["next_on"] == "2027-01-31"
    run(api, date(2027, 1, 30))
    assert rounds(api, programme) == []
    run(api, date(2027, 1, 31))
    run(api, date(2027, 1, 31))
    [first] = rounds(api, programme)
    audit = api.get(f"/audits/{first['audit']}").json
    assert (audit["name"], audit["state"], audit["due_on"]) == (
        "Head office, 2027-01", "draft", "2027-02-10",
    )  # fmt: skip
    assert audit["scope"] == {**audit["scope"], "locations": ["HQ"]}
    assert audit["policy"]["place_depth"] == "room"
    assert told(api) == [
        ("Audit “Head office, 2027-01” waits to be counted: until 10 Feb 2027.",
         f"/audits/{first['audit']}")
    ]  # fmt: skip
    start_at(api, first["audit"])
    assert told(api) == []
    # The worker was off in February and March: April's is made, two days late.
    run(api, date(2027, 5, 2))
    newest = rounds(api, programme)[0]
    assert (newest["period"], newest["due_on"], newest["made_on"], newest["skipped"]) == (
        "2027-04", "2027-04-30", "2027-05-02", 2,
    )  # fmt: skip
    # Who is behind the programme is behind its audits.
    with api.client.application.app_context(), reading() as session:
        acts = session.execute(select(Act.actor, Act.person_key).where(Act.kind == "created"))
        owner = session.scalars(select(AuditProgramme.owner_key)).one()
        assert {tuple(act) for act in acts} == {("service", owner)}


def test_a_worker_that_dies_makes_no_draft_twice(api, office, monkeypatch):
    programme = add(api, every="week", anchor_on="2027-03-01")
    from scanner_app.services.audits.programmes import rounds as service

    def die(*_args, **_more):
        raise SystemExit  # after the draft, before its round is written

    with monkeypatch.context() as broken:
        broken.setattr(service, "raise_notice", die)
        with pytest.raises(SystemExit):
            run(api, DAY)
    assert api.get("/audits").json["items"] == []
    # Two workers saw that it is due: the second one finds it made.
    with api.client.application.app_context():
        for _ in range(2):
            with unit_of_work() as session:
                service.make_due(
                    session, programme, today=DAY, zone=UTC,
                    now=datetime.combine(DAY, time(9), UTC),
                )  # fmt: skip
                # As the first one saw it.
                session.execute(update(AuditProgramme).values(next_on=DAY))
        with reading() as session:
            assert session.scalar(select(func.count(Audit.id))) == 1
            assert session.scalars(select(ProgrammeRound.period_key)).all() == ["2027-W09"]


def test_a_programme_that_fails_does_not_keep_others_waiting(api, office):
    programme, other = add(api), add(api, name="Other")
    with api.client.application.app_context(), unit_of_work() as session:
        session.execute(
            update(AuditProgramme)
            .where(AuditProgramme.id == programme)
            .values(scope={"locations": 5})
        )
    with pytest.raises(TypeError):
        run(api, date(2027, 1, 31))
    assert rounds(api, programme) == []
    assert len(rounds(api, other)) == 1


def test_a_programme_that_names_something_gone_says_so_once_and_goes_on(api, office):
    programme, other = add(api), add(api, name="Other")
    with api.client.application.app_context(), unit_of_work() as session:
        session.execute(
            update(AuditProgramme)
            .where(AuditProgramme.id == programme)
            .values(scope={"locations": ["GONE"]})
        )
    run(api, date(2027, 1, 31))
    run(api, date(2027, 1, 31))
    assert rounds(api, programme) == []
    assert len(rounds(api, other)) == 1
    stuck = api.get(f"/audit-programmes/{programme}").json
    assert "There is no location 'GONE'." in stuck["problem"]
    problem = [one for one in told(api) if one[1] == f"/audits/programmes/{programme}"]
    assert problem == [
        ("Programme “Head office” could not set up its audit: There is no location 'GONE'.",
         f"/audits/programmes/{programme}")
    ]  # fmt: skip
    body = {**MONTHLY, "anchor_on": "2027-01-31"}
    assert api.put(f"/audit-programmes/{programme}", json=body).json["problem"] is None
    run(api, date(2027, 2, 2))
    [late] = rounds(api, programme)
    assert (late["due_on"], late["made_on"]) == ("2027-01-31", "2027-02-02")


def test_a_pause_makes_nothing_and_the_next_round_can_be_made_early(api, office):
    programme = add(api, every="week", anchor_on="2027-03-01")
    path = f"/audit-programmes/{programme}"
    assert api.patch(path, json={"paused": True}).json["paused"] is True
    run(api, DAY)
    assert api.post(f"{path}/rounds").status_code == 409
    assert api.patch(path, json={"paused": False}).json["next_on"] == "2027-03-01"
    early = api.post(f"{path}/rounds")
    assert early.status_code == 201, early.text
    assert (early.json["period"], early.json["audit_state"]) == ("2027-W09", "draft")
    run(api, DAY)
    assert [one["period"] for one in rounds(api, programme)] == ["2027-W09"]
    assert api.post("/audit-programmes", json={**MONTHLY, "name": "Head Office"}).status_code == 409
    wrong = api.post("/audit-programmes", json={**MONTHLY, "scope": {"locations": ["NO"]}})
    assert "scope.locations" in wrong.json["errors"]


def test_a_round_that_is_made_already_leads_to_the_one_after_it(api, office):
    programme = add(api, anchor_on="2027-03-01")
    path = f"/audit-programmes/{programme}"
    assert api.post(f"{path}/rounds").json["period"] == "2027-03"
    moved = api.put(path, json={**MONTHLY, "anchor_on": "2027-03-20"})
    assert moved.json["next_on"] == "2027-03-20"

    refused = api.post(f"{path}/rounds")

    assert (refused.status_code, refused.json["code"]) == (409, "round_made")
    assert "2027-04-20" in refused.json["detail"]
    assert api.get(path).json["next_on"] == "2027-04-20"
    assert api.post(f"{path}/rounds").json["period"] == "2027-04"


def test_a_token_that_nobody_owns_is_behind_the_programme_that_it_made(api, office):
    programme = add(api)
    with api.client.application.app_context(), reading() as session:
        kept = session.get_one(AuditProgramme, programme)
        [(token_id, name)] = session.execute(select(ApiToken.id, ApiToken.name)).all()
        assert (kept.owner_key, kept.created_by) == (f"token:{token_id}", name)
    run(api, date(2027, 1, 31))
    [made] = rounds(api, programme)
    acts = api.get(f"/audits/{made['audit']}/acts").json["items"]
    [created] = [one for one in acts if one["kind"] == ActKind.CREATED]
    assert (created["actor"], created["person"]) == ("service", f"token:{token_id}")


def fill_rooms(session) -> None:
    """Ten rooms of a site; the first two hold four fifths of the value; a rack is in the first."""
    site = add_location(session, "HQ", "Head office", now=datetime(2026, 1, 1, tzinfo=UTC))
    site.kind = "site"
    now = datetime(2026, 1, 1, tzinfo=UTC)
    for n in range(10):
        room = add_location(session, f"R-{n}", f"Room {n}", parent=site, now=now)
        where = room
        if n == 0:
            where = add_location(session, "R-0-A", "Rack", parent=room, now=now)
            where.kind = "rack"
            add_asset(session, "IN-ROOM", location=room, now=now)
        for k in range(4):
            cost = 1000_00 if n < 2 else 60_00
            add_asset(session, f"A-{n}-{k}", location=where, cost=cost, now=now)
    add_asset(session, "APART", location=site, now=now)
    add_asset(session, "NOWHERE", now=now)
    add_person(session, "1001", "Ana", now=now)


@pytest.mark.parametrize("contents", [fill_rooms])
def test_a_rolling_programme_takes_rooms_and_goes_by_their_sign_offs(api, office, contents):
    programme = add(
        api, name="Rolling", every="rolling", anchor_on="2027-03-01", period_days=13,
        scope={}, policy={}, counts={"A": 4, "B": 2, "C": 1},
    )  # fmt: skip
    path = f"/audit-programmes/{programme}"
    seen = api.get(f"{path}/places").json
    assert {one["location"]: one["class"] for one in seen["items"]} == {
        **{f"R-{n}": "A" for n in (0, 1)},
        **{f"R-{n}": "B" for n in range(2, 8)},
        **{f"R-{n}": "C" for n in range(8, 10)},
    }
    assert next(o["assets"] for o in seen["items"] if o["location"] == "R-0") == 5
    assert (seen["apart"], seen["nowhere"]) == (1, 1)
    taken: list[str] = []
    for number in range(28):
        day = DAY + timedelta(days=13 * number)
        run(api, day)
        [newest, *_] = rounds(api, programme)
        assert newest["due_on"] == day.isoformat()
        if newest["audit"]:
            codes = api.get(f"/audits/{newest['audit']}").json["scope"]["locations"]
            # Not counted yet, so no other round takes it; nobody waits longer than allowed.
            sign_off(api, newest["audit"], codes, datetime.combine(day, time(10), UTC))
            taken += codes
    assert {code: taken.count(code) for code in sorted(set(taken))} == {
        **{f"R-{n}": 4 for n in (0, 1)},
        **{f"R-{n}": 2 for n in range(2, 8)},
        **{f"R-{n}": 1 for n in range(8, 10)},
    }
    # An audit that is not counted keeps its rooms from the rounds after it.
    run(api, DAY + timedelta(days=13 * 28))
    waiting = {o["location"]: o["audit"] for o in api.get(f"{path}/places").json["items"]}
    [newest, *_] = rounds(api, programme)
    assert sorted(code for code, audit in waiting.items() if audit) == sorted(
        api.get(f"/audits/{newest['audit']}").json["scope"]["locations"]
    )


def sign_off(api, audit: int, codes: list[str], at: datetime) -> None:
    """Count an audit as if at that time: each of its locations is signed off then."""
    with api.client.application.app_context(), unit_of_work() as session:
        for id_ in session.scalars(select(Location.id).where(Location.code.in_(codes))):
            session.add(
                Act(
                    at=at, actor="user:1", actor_name="Sam", person_key="user:1",
                    kind=ActKind.PLACE_SIGNED_OFF, audit_id=audit,
                    about={"location_id": id_, "round": 1},
                )
            )  # fmt: skip
        session.execute(update(Audit).where(Audit.id == audit).values(state=AuditState.RECONCILING))
