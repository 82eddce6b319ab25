"""A scan goes where the label before it says: the server reads the label, and no phone."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from scanner_app.domain.access.roles import Actor, Role
from scanner_app.domain.scanning.intents import Intent
from scanner_app.domain.scanning.new_scan import LabelRead, NewScan, parse_scan
from scanner_app.models import Identifier, Location, Person, Scan
from scanner_app.services.scanning.record import record_scans
from scanner_app.storage.database import reading, unit_of_work
from tests.scanning.cut_off.labels import BADGES, OTHERS, ROOMS, RULES, Label, fill_office

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
CLERK = Actor(kind="user", id=1, name="Cleo", role=Role.STOCKROOM, user_id=1)


@pytest.fixture
def post(app, work):
    with work() as session:
        fill_office(session, now=START)

    def send(*scans: NewScan, now: datetime = START + timedelta(days=1)):
        with app.app_context(), unit_of_work() as session:
            return record_scans(session, scans=scans, actor=CLERK, now=now, rules=RULES)

    return send


def make(code: str, intent: str = "sighting", *, second: int = 0, **fields) -> NewScan:
    at = START + timedelta(hours=1, seconds=second)
    return NewScan(uuid.uuid4(), code, Intent(intent), at, **fields)


def read(label: Label, *, second: int = 0) -> LabelRead:
    return LabelRead(label.text, label.symbology, START + timedelta(hours=1, seconds=second))


def load_rows(app) -> dict[str, tuple[str | None, str | None]]:
    """Return the place and the person of each scan in the log, by its code."""
    with app.app_context(), reading() as session:
        rows = session.execute(
            select(Scan.code, Location.code, Person.number)
            .outerjoin(Location, Location.id == Scan.location_id)
            .outerjoin(Person, Person.id == Scan.person_id)
        )
        return {code: (place, person) for code, place, person in rows}


class TestLocation:
    def test_is_that_of_the_label_whatever_its_form_and_in_any_order_of_arrival(self, app, post):
        asked = []
        for number, label in enumerate(ROOMS):
            own = make(label.text, second=10 * number, symbology=label.symbology)
            follows = make(
                "LT-0100",
                second=10 * number + 1,
                location="LIS-107",
                location_read=(read(label, second=10 * number),),
            )
            # In one batch, each alone, the label last, the label never.
            arrivals = [[own, follows], [follows, own], [own], [follows]]
            sent = arrivals[number % 4]
            for scans in ([sent], [sent[:1], sent[1:]])[number % 2]:
                if scans:
                    post(*scans)
            answers = post(follows)
            assert answers[0].outcome == "noted", label.name
            asked.append((follows.scan_id, label.means))

        with app.app_context(), reading() as session:
            places = dict(
                session.execute(
                    select(Scan.scan_id, Location.code).join(
                        Location, Location.id == Scan.location_id
                    )
                ).all()
            )
        assert {id_: places[id_] for id_, _ in asked} == dict(asked)

    def test_stays_after_what_is_not_a_rooms_label(self, app, post):
        between = [make(label.text, second=n) for n, label in enumerate(OTHERS)]
        reads = tuple(read(label, second=n) for n, label in enumerate(OTHERS))

        post(*between, make("LT-0100", second=60, location="ROOMG", location_read=reads))

        assert load_rows(app)["LT-0100"] == ("ROOMG", None)

    def test_is_the_newest_labels(self, app, post):
        labels = [ROOMS[3], ROOMS[9], BADGES[0], ROOMS[11], OTHERS[2]]
        reads = tuple(read(label, second=n) for n, label in enumerate(labels))

        post(make("LT-0100", "move", second=60, location_read=reads))

        assert load_rows(app)["LT-0100"] == ("ROOMT", None)

    def test_is_what_the_label_meant_when_it_was_read(self, app, post, work):
        with work() as session:
            rooms = dict(session.execute(select(Location.code, Location.id)).all())
            moved = START + timedelta(hours=1, seconds=30)
            for code, since, until in (("ROOMG", START, moved), ("ROOMC", moved, None)):
                session.add(
                    Identifier(
                        scheme="alias",
                        value="DOOR-9",
                        location_id=rooms[code],
                        started_at=since,
                        ended_at=until,
                    )
                )
        door = Label("a door", "DOOR-9", None, "ROOMG")

        post(make("LT-0100", second=60, location_read=(read(door, second=10),)))
        post(make("LT-0101", second=60, location_read=(read(door, second=40),)))

        rows = load_rows(app)
        assert (rows["LT-0100"][0], rows["LT-0101"][0]) == ("ROOMG", "ROOMC")

    def test_that_is_closed_is_not_the_one_before(self, app, post):
        shut = (LabelRead("SHUT"),)

        [seen, moved] = post(
            make("LT-0100", location="LIS-107", location_read=shut),
            make("LT-0101", "move", location="LIS-107", location_read=shut),
        )

        assert (seen.outcome, moved.refusal) == ("noted", "location_closed")
        assert load_rows(app)["LT-0100"] == ("SHUT", None)

    @pytest.mark.parametrize("name", ["location", "custodian"])
    def test_that_is_really_an_assets_code_refuses_its_scan_alone(self, app, post, name):
        named: dict[str, Any] = {"custodian": "1005", name: "OLD-1"}
        wrong = make("LT-0100", "check_out", **named)

        answers = post(make("LT-0101"), wrong, make("LT-0042", location="ROOMG"))

        assert [a.refusal for a in answers] == [None, f"unknown_{name}", None]
        assert load_rows(app)["LT-0042"] == ("ROOMG", None)


class TestCustodian:
    def test_is_that_of_the_badge_whatever_its_form(self, app, post):
        for number, label in enumerate(BADGES):
            at = 10 * number
            [out, _] = post(
                make(
                    "LT-0100",
                    "check_out",
                    second=at + 1,
                    custodian="1031",
                    custodian_read=(read(label, second=at), read(OTHERS[0])),
                ),
                make("LT-0100", "check_in", second=at + 2),
            )
            assert (out.outcome, out.asset.custodian) == ("applied", label.means), label.name

    def test_who_left_is_not_the_person_before(self, post):
        [answer] = post(
            make(
                "LT-0100", "check_out", custodian="1031", custodian_read=(LabelRead("BADGE-1066"),)
            )
        )

        assert answer.refusal == "person_left"


class TestLabel:
    @pytest.mark.parametrize(
        ("code", "set_before"),
        [
            ("ROOMG", {"custodian": "1066"}),
            ("BADGE-1031", {"location": "SHUT"}),
            ("ROOMG", {"location": "SHUT"}),
            ("BADGE-1031", {"custodian": "1066"}),
            ("ROOMG", {"due_at": START}),
        ],
    )
    def test_is_judged_by_what_it_names_and_not_by_what_was_set_before(
        self, post, code, set_before
    ):
        [answer] = post(make(code, "check_out", **set_before))

        assert (answer.outcome, answer.refusal) == ("noted", None)


class TestTheSameScanAgain:
    def test_is_known_by_what_was_read_before_it(self, post):
        scan = make("LT-0100", location_read=(LabelRead("ROOMG"),))
        other = scan._replace(location_read=(LabelRead("ROOMC"),))

        statuses = [post(one)[0].status for one in (scan, scan, other)]

        assert statuses == ["recorded", "repeated", "conflict"]

    def test_has_the_fingerprint_that_the_log_holds_if_nothing_was_read(self, app, post):
        scan = make("LT-0100", location="ROOMG")._replace(scan_id=uuid.UUID(int=7))

        post(scan)

        with app.app_context(), reading() as session:
            [kept] = session.scalars(select(Scan.fingerprint))
        # As versions before 0.3 wrote it.
        assert kept == FINGERPRINT


FINGERPRINT = "f48188f7ec78f93bd3bea4568634a90aed2036ae7a308fe9d3defc865c5b9a8f"

GOOD = {"scan_id": str(uuid.UUID(int=1)), "code": "LT-1", "intent": "sighting"}
GOOD["scanned_at"] = START.isoformat()


class TestParsing:
    @pytest.mark.parametrize("name", ["location_read", "custodian_read"])
    def test_leaves_out_what_would_not_be_a_scan_by_itself(self, name):
        codes = ["ROOMG", "a\x00b", "x" * 5000, " ", None, 7]
        reads = [{"code": code, "symbology": "qr_code"} for code in codes]
        reads += [{"code": "A", "symbology": "?"}, {"code": "B", "scanned_at": "soon"}]

        scan = parse_scan({**GOOD, name: reads})

        assert getattr(scan, name) == (LabelRead("ROOMG", "qr_code"),)

    @pytest.mark.parametrize(
        "wrong", ["ROOMG", {}, [1], [{"text": "A"}], [{"code": "A"}] * 1001, [{}]]
    )
    def test_names_a_list_that_is_not_one(self, wrong):
        assert list(parse_scan({**GOOD, "location_read": wrong})) == ["location_read"]
