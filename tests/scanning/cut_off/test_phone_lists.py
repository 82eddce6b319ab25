"""What a phone is sent to tell labels by itself, and what it is to leave to the server."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from scanner_app.queries.audits.offline_list import load_expected
from scanner_app.queries.scanning.offline_lists import load_phone_lists
from tests.audits.steps import open_audit
from tests.scanning.cut_off.labels import RULES, fill_office

NOW = datetime.now(UTC)


@pytest.fixture
def labels(work):
    with work() as session:
        fill_office(session, now=NOW - timedelta(days=30))


@pytest.mark.usefixtures("labels")
class TestPlacesAndPeople:
    def test_are_sent_by_the_keys_that_mean_them_alone_by_every_rule(self, work):
        with work() as session:
            lists = load_phone_lists(session, rules=RULES, now=NOW)

        keys = {key: place.code for place in lists.places for key in place.keys}
        assert {"0207": "0207", "ROOMG": "ROOMG", "04A3C6CAE26180": "ROOMT"}.items() <= keys.items()
        people = {key: person.number for person in lists.people for key in person.keys}
        assert people == {
            "1005": "1005", "04B1C2D3E4F580": "1005", "1031": "1031", "BADGE-1031": "1031"
        }  # fmt: skip

    def test_that_are_ambiguous_closed_or_gone_are_left_to_the_server(self, work):
        with work() as session:
            lists = load_phone_lists(session, rules=RULES, now=NOW)

        assert {place.code: place.keys for place in lists.places}["42"] == []
        assert lists.left == ["1066", "1071", "42", "BADGE-1066", "SHUT"]


@pytest.mark.usefixtures("labels")
class TestExpectedAssets:
    def test_are_sent_by_the_keys_that_mean_them_alone(self, work, api):
        audit = open_audit(api)
        with work() as session:
            sent = load_expected(session, audit, rules=RULES, now=NOW)

        keys = {key: asset["tag"] for asset in sent["assets"] for key in asset["keys"]}
        assert keys["LT-0042"] == "LT-0042"
        assert keys["OLD-1"] == "ZZ-1"
        assert sent["left"] == []
