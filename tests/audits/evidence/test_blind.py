"""A blind count tells who counts nothing: no answer and no page depends on what is expected."""

from __future__ import annotations

import re
import uuid

import pytest

from tests.audits.steps import HX, START, find, open_audit, scan, start_at
from tests.edge.test_routes import walk
from tests.support.register import add_asset, add_location, add_person


@pytest.fixture
def database(sqlite_template, tmp_path) -> str:
    """SQLite alone: what is told does not depend on the database."""
    return sqlite_template.make(tmp_path / "instance")


@pytest.fixture
def office(work) -> None:
    """A room with assets of every sort; their tags and names are as long as each other."""
    with work() as session:
        one = add_location(session, "R-1", "Room 1", now=START)
        two = add_location(session, "R-2", "Room 2", now=START)
        away = add_location(session, "R-3", "Room 3", now=START)
        ana = add_person(session, "1001", "Ana", now=START)
        add_asset(session, "T-EXPECTED", location=one, custodian=ana, now=START)
        add_asset(session, "T-STRAYING", location=two, now=START)
        add_asset(session, "T-EXTRATHG", location=away, now=START)
        add_asset(session, "T-MISSINGT", location=one, now=START)
        add_asset(session, "T-RETIREDT", location=one, now=START)
        add_asset(session, "T-NOPLACED", now=START)


TAGS = ["T-EXPECTED", "T-STRAYING", "T-EXTRATHG", "T-MISSINGT", "T-RETIREDT", "T-NOPLACED"]


@pytest.fixture
def audit(api, office) -> int:
    api.patch("/assets/T-MISSINGT", json={"status": "missing"})
    api.patch("/assets/T-RETIREDT", json={"status": "retired"})
    return open_audit(api, scope={"locations": ["R-1", "R-2"]}, blind=True)


def plain(answer: dict, tag: str) -> str:
    """Return an answer without its id and its tag."""
    assert answer["scan_id"]
    return str({**answer, "scan_id": ""}).replace(tag, "TAG")


class TestAnswers:
    @pytest.mark.parametrize("role", ["technician", "stockroom", "auditor", "admin"])
    @pytest.mark.parametrize(
        "fields",
        [{}, {"location": None}, {"intent": "lookup"}, {"condition": "damaged"},
         {"custodian": "1001"}],
        ids=str,
    )  # fmt: skip
    def test_are_the_same_for_every_asset_but_for_its_tag(self, api_as, audit, role, fields):
        phone = api_as(role)

        first = {plain(scan(phone, tag, audit, **fields), tag) for tag in TAGS}
        again = {plain(scan(phone, tag, audit, minute=1, **fields), tag) for tag in TAGS}

        assert len(first) == len(again) == 1
        [told] = first
        assert "R-1" not in told
        assert "'finding': None" in told
        if fields.get("intent") != "lookup":
            assert "already_scanned" in again.pop()

    def test_to_a_custody_scan_name_no_place_and_nobody(self, api_as, audit):
        phone = api_as("technician")

        for intent in ("check_in", "check_out", "move"):
            told = scan(phone, "T-EXPECTED", audit, "R-3", intent=intent, custodian="1001")
            assert told["finding"] is None
            assert not re.search("Room|Ana|R-1", str(told)), told

    def test_to_an_unknown_code_say_that_it_is_unknown(self, api_as, audit):
        told = scan(api_as("technician"), "NO-SUCH-LABEL", audit)

        assert (told["answer"], told["finding"]) == ("unknown", None)

    def test_are_the_same_when_they_come_again_and_in_the_log(self, api_as, audit):
        phone = api_as("technician")
        scan_id = str(uuid.uuid4())
        first = scan(phone, "T-EXPECTED", audit, scan_id=scan_id)

        again = scan(phone, "T-EXPECTED", audit, scan_id=scan_id)
        logged = phone.get(f"/scans?audit={audit}").json["items"]

        assert {**again, "status": "recorded"} == first
        assert "belongs" not in str(logged)

    def test_of_a_late_scan_are_blind_too(self, api, api_as, audit):
        api.post(f"/audits/{audit}/reconciliation")

        told = {plain(scan(api_as("technician"), tag, audit), tag) for tag in TAGS[:3]}

        assert len(told) == 1
        assert find(api, audit, "T-EXPECTED")["flags"] == ["late"]


class TestRoutes:
    def count(self, api, locations: list[str]) -> int:
        """Start a blind count of these rooms, in which the same things were seen."""
        body = {"name": "Blind", "scope": {"locations": locations}, "blind": True}
        audit = api.post("/audits", json=body).json["id"]
        start_at(api, audit)
        for tag, place in (("T-EXPECTED", "R-1"), ("T-STRAYING", "R-1"), ("T-EXTRATHG", None)):
            scan(api, tag, audit, place)
        return audit

    def test_of_an_audit_tell_a_technician_nothing_that_depends_on_what_is_expected(
        self, app, api, office, api_as, page_as
    ):
        page, program = page_as("technician"), api_as("technician")
        # The first expects two of what was seen, one of them elsewhere; the second nothing of it.
        audits = [self.count(api, ["R-1", "R-2"]), self.count(api, ["R-3"])]
        told: list[dict[str, tuple[int, str]]] = [{}, {}]
        for number, audit in enumerate(audits):
            for name, method, rule in walk(app):
                if method != "GET" or "audit_id" not in rule.arguments:
                    continue
                for room in ("1", "2", "3"):
                    path = rule.rule.replace("<id:audit_id>", str(audit))
                    path = path.replace("<string:form>", "json").replace("<id:location_id>", room)
                    path = path.replace("<id:finding_id>", "1")
                    asked = program if path.startswith("/api/") else page
                    answer = asked.get(
                        path.removeprefix("/api/v1") if asked is program else f"{path}?place=R-{room}",
                        headers=HX if path.endswith("/here") else {},
                    )  # fmt: skip
                    told[number][f"{name} {room}"] = (
                        answer.status_code,
                        self.neutral(answer.text, audit),
                    )

        assert told[0].keys() == told[1].keys()
        assert sum(status == 200 for status, _ in told[0].values()) >= 12
        for name, (status, text) in told[0].items():
            assert (status, text) == told[1][name], name

    def neutral(self, text: str, audit: int) -> str:
        """Return a page without what may differ: ids, the scope, and times."""
        text = re.sub(rf"(audits?[/=\"': ]+){audit}\b", r"\1N", text)
        text = re.sub(r"\"id\": ?\d+", '"id": N', text)
        text = re.sub(r"R-\d", "R-N", text)
        text = re.sub(r'("locations": ?)\[[^\]]*\]', r"\1[]", text)
        return re.sub(r"\d{4}-\d\d-\d\d[T ][\d:.]+(Z|\+00:00)?|\d\d:\d\d(:\d\d)?|\b[0-9a-f-]{32,}\b",
                      "T", text)  # fmt: skip

    def test_of_its_list_and_its_own_address_hold_no_count(self, api, audit, api_as):
        phone = api_as("technician")

        shown = phone.get(f"/audits/{audit}").json

        assert shown["counts"] == shown["accuracy"] == shown["proposals"] == {}
        assert "by_currency" not in shown
        assert shown["population"] is None
        assert api.get(f"/audits/{audit}").json["counts"]["expected"] == 3

    def test_show_all_again_when_counting_has_ended(self, api, audit, api_as):
        api.post(f"/audits/{audit}/reconciliation")

        assert api_as("technician").get(f"/audits/{audit}").json["counts"]["expected"] == 3
