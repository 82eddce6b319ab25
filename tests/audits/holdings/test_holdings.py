"""What has no label: attested, counted, decided, applied and sealed (scenario 25 of the life)."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pypdfium2
import pytest
from python_calamine import CalamineWorkbook

from scanner_app.domain.access.roles import Role
from scanner_app.domain.audits.checked import check_report
from scanner_app.domain.seals.check import Broken
from scanner_app.edge.state import app_state
from scanner_app.queries.stock.items import load_cards
from scanner_app.services.access import tokens, users
from scanner_app.services.stock.ledger import Order
from scanner_app.services.stock.moves import receive
from scanner_app.storage.database import reading, unit_of_work
from scanner_app.storage.keys import load_signing_key
from tests.audits.holdings.office import ALICE, ALL, HOLDINGS, fill_with_holdings
from tests.audits.steps import open_audit, scan
from tests.conftest import ApiClient
from tests.seals.closed_audits import seal_again
from tests.stock.steps import level_of

SCRIPT = Path(__file__).parents[3] / "static" / "verify_audit.py"


@pytest.fixture
def contents():
    return fill_with_holdings


@pytest.fixture
def people(app):
    """Two people with a token each: who counts, and who approves. Closing needs two."""
    app_state(app).settings = replace(app_state(app).settings, closure_needs_two=True)
    clients = []
    for name in ("Counter", "Approver"):
        with app.app_context(), unit_of_work() as session:
            now = datetime.now(UTC)
            user = users.add_user(
                session, email=f"{name}@example.org", role=Role.ADMIN, name=name, password=None,
                now=now,
            )  # fmt: skip
            secret = tokens.add_token(
                session, name=name, role=Role.ADMIN, created_by="test", now=now, owner_id=user.id
            ).secret
        clients.append(ApiClient(app.test_client(), secret))
    return clients


def list_held(api, audit: int) -> dict[str, dict]:
    items = api.get(f"/audits/{audit}/holdings").json["items"]
    return {item["code"]: item for item in items}


def answer(api, audit: int, code: str, **body):
    path = f"/audits/{audit}/holdings/{list_held(api, audit)[code]['id']}"
    return api.post(f"{path}/answers", json=body)


def decide(api, audit: int, code: str, decision: str, reason: str = ""):
    path = f"/audits/{audit}/holdings/{list_held(api, audit)[code]['id']}"
    return api.put(f"{path}/decision", json={"decision": decision, "reason": reason})


def answer_all(api, audit: int) -> None:
    """Answer as the scenario does: 48 of 50 seats, 22 of 24 toners, and no such data set."""
    for code, body in (
        ("LIC-1", {"quantity": 48, "note": "The portal of the vendor"}),
        ("ST-0001", {"quantity": 22}),
        ("DAT-1", {"holds": False, "note": "Deleted in May"}),
    ):
        given = answer(api, audit, code, **body)
        assert given.status_code == 200, given.text


SCOPE = {"locations": ["HQ"], "kinds": HOLDINGS}


class TestScenario25:
    def test_is_counted_decided_applied_and_sealed(self, app, people, filled, tmp_path):
        counter, approver = people
        audit = open_audit(counter, scope=SCOPE)
        frozen = list_held(counter, audit)
        answer_all(counter, audit)
        held = list_held(counter, audit)
        totals = counter.get(f"/audits/{audit}").json["holdings"]
        counter.post(f"/audits/{audit}/reconciliation")
        early = approver.post(f"/audits/{audit}/closure")
        for code in held:
            assert decide(counter, audit, code, "accept").status_code == 200
        own = counter.post(f"/audits/{audit}/closure")
        closed = approver.post(f"/audits/{audit}/closure")

        assert {code: one["frozen_quantity"] for code, one in frozen.items()} == {
            "LIC-1": 50, "DAT-1": None, "ST-0001": 24,
        }  # fmt: skip
        said = {code: (one["state"], one["flags"], one["proposal"]) for code, one in held.items()}
        assert said == {
            "LIC-1": ("verified", ["count_differs"], "adjust"),
            "ST-0001": ("verified", ["count_differs"], "adjust"),
            "DAT-1": ("denied", ["denied"], "retire"),
        }
        # 1 - 4/74 = 94.59 %
        assert (totals["part"], totals["whole"]) == (70, 74)
        assert round(100 * totals["part"] / totals["whole"], 2) == 94.59
        assert (early.status_code, early.json["code"]) == (409, "undecided_findings")
        assert (own.status_code, own.json["code"]) == (409, "second_person_required")
        assert closed.status_code == 200, closed.text
        assert counter.get("/licences/LIC-1").json["seats"] == 48
        assert counter.get("/assets/DAT-1").json["status"] == "retired"
        with app.app_context(), reading() as session:
            assert level_of(session, filled["toner"], filled["store"]) == 22
            assert level_of(session, filled["toner"], filled["away"]) == 3
        text = counter.get(f"/audits/{audit}/report.json").data
        assert check(text, tmp_path) == ""
        report = json.loads(text)
        assert report["holdings"]["figure"]["part"] == 70
        assert report["audit"]["scope"]["kinds"] == HOLDINGS
        [position] = report["positions"]
        assert (position["entitled"], position["need"], position["shortfall"]) == (48, 0, 0)
        assert_files_say_so(counter, audit)

    def test_says_what_is_to_be_bought(self, app, people):
        counter, _ = people
        with app.app_context(), unit_of_work() as session:
            give_to(session, 3)
        audit = open_audit(counter, scope={"kinds": ["software"]})
        answer(counter, audit, "LIC-1", quantity=1)
        counter.post(f"/audits/{audit}/reconciliation")
        decide(counter, audit, "LIC-1", "accept")
        assert people[1].post(f"/audits/{audit}/closure").status_code == 200

        [position] = counter.get(f"/audits/{audit}/report.json").json["positions"]

        # 3 seats are given and 1 was bought: 2 at 49.00.
        assert (position["shortfall"], position["true_up"]) == (2, "98.00")


def assert_files_say_so(api, audit: int) -> None:
    rows = [*csv.DictReader(io.StringIO(api.get(f"/audits/{audit}/report.csv").text))]
    said = {row["Asset Tag"] or row["Code"]: row for row in rows}
    assert said["LIC-1"]["Flags"] == "count_differs"
    assert said["ST-0001"]["Proposed"] == "counted 22, recorded 24"
    assert (said["DAT-1"]["Finding"], said["DAT-1"]["Decision"]) == ("denied", "accept")
    book = CalamineWorkbook.from_filelike(io.BytesIO(api.get(f"/audits/{audit}/report.xlsx").data))
    [licence] = [
        row for row in book.get_sheet_by_name("Without a label").to_python() if row[1] == "LIC-1"
    ]
    assert [licence[n] for n in (0, 6, 7, 14)] == ["Licence", 50, 48, "Accepted"]
    assert book.get_sheet_by_name("Licence positions").to_python()[1][3] == 48
    pdf = pypdfium2.PdfDocument(api.get(f"/audits/{audit}/report.pdf").data)
    words = "".join(page.get_textpage().get_text_bounded() for page in pdf)
    assert "Count accuracy 94.59" in words
    assert "Licences on the last day" in words


def give_to(session, count: int) -> None:
    from scanner_app.services.licences.seats import give_seat
    from tests.audits.steps import START
    from tests.support.register import add_person

    for number in range(count):
        person = add_person(session, f"20{number}", f"Person {number}", now=START)
        give_seat(
            session, asset_tag="LIC-1", holder=("person_id", person.id), actor=ALICE, now=START
        )


class TestAnswers:
    def test_say_how_many_where_that_is_counted_and_only_there(self, api):
        audit = open_audit(api, scope={"kinds": ["hardware", "cloud", *HOLDINGS]})
        codes = {
            "no number": answer(api, audit, "LIC-1"),
            "no pieces": answer(api, audit, "ST-0001", holds=False),
            "a cloud": answer(api, audit, "CLD-1", quantity=3),
            "negative": answer(api, audit, "LIC-1", quantity=-1),
        }
        assert {name: (one.status_code, one.json["code"]) for name, one in codes.items()} == {
            "no number": (422, "quantity_required"),
            "no pieces": (422, "quantity_required"),
            "a cloud": (422, "not_countable"),
            "negative": (422, "invalid"),
        }
        assert api.post(f"/audits/{audit}/holdings/999/answers", json={}).status_code == 404
        assert [*list_held(api, audit)] == [*ALL, "ST-0001"][:4]
        assert api.get(f"/audits/{audit}").json["counts"]["expected"] == 1

    def test_of_another_audit_are_not_taken(self, api, admin):
        theirs, mine = open_audit(api, scope=SCOPE), open_audit(api, scope=SCOPE)
        before = list_held(api, theirs)
        path = f"/audits/{mine}/holdings/{before['LIC-1']['id']}"
        assert api.post(f"{path}/answers", json={"quantity": 3}).status_code == 404
        assert admin.post(path, data={"quantity": "3"}).status_code == 404
        api.post(f"/audits/{mine}/reconciliation")
        assert api.put(f"{path}/decision", json={"decision": "accept"}).status_code == 404
        assert list_held(api, theirs) == before

    def test_are_acts_of_which_the_newest_holds_and_are_taken_while_it_counts(self, api):
        audit = open_audit(api, scope=SCOPE)
        for quantity in (47, 47, 50):
            answer(api, audit, "LIC-1", quantity=quantity)
        api.post(f"/audits/{audit}/reconciliation")
        late = answer(api, audit, "LIC-1", quantity=3)
        decided = decide(api, audit, "LIC-1", "reject", "It is right")

        kinds = [act["kind"] for act in api.get(f"/audits/{audit}/acts").json["items"]]
        assert kinds.count("holding_answered") == 2  # the same one twice is one
        assert (late.status_code, late.json["code"]) == (409, "not_counting")
        assert decided.status_code == 422  # nothing is proposed

    def test_a_new_answer_opens_its_decision_again(self, api):
        audit = open_audit(api, scope=SCOPE)
        answer(api, audit, "LIC-1", quantity=48)
        api.post(f"/audits/{audit}/reconciliation")
        bare = decide(api, audit, "LIC-1", "reject")
        decide(api, audit, "LIC-1", "reject", "Their list is old")
        api.post(f"/audits/{audit}/counting")
        answer(api, audit, "LIC-1", quantity=47)

        assert bare.status_code == 422
        assert list_held(api, audit)["LIC-1"]["decision"] is None

    def test_of_a_label_prove_nothing(self, api):
        audit = open_audit(api, scope=SCOPE)
        scan(api, "LIC-1", audit, None)

        assert list_held(api, audit)["LIC-1"]["state"] == "open"

    def test_are_compared_with_the_books_of_their_moment(self, app, api, filled):
        """Two more come after the freeze: 26 are there and 26 are counted, so nothing differs."""
        audit = open_audit(api, scope=SCOPE)
        with app.app_context(), unit_of_work() as session:
            card = load_cards(session, [filled["toner"]])[filled["toner"]]
            now = datetime.now(UTC)
            receive(
                session, card, quantity=2, place_id=filled["store"],
                order=Order(at=now, now=now, by=ALICE),
            )  # fmt: skip
        answer(api, audit, "ST-0001", quantity=26)

        one = list_held(api, audit)["ST-0001"]
        assert (one["frozen_quantity"], one["recorded"], one["flags"]) == (24, 26, [])

    def test_do_not_count_away_what_was_moved_since(self, app, people, filled):
        counter, approver = people
        audit = open_audit(counter, scope=SCOPE)
        answer(counter, audit, "ST-0001", quantity=22)
        with app.app_context(), unit_of_work() as session:
            card = load_cards(session, [filled["toner"]])[filled["toner"]]
            now = datetime.now(UTC)
            receive(
                session, card, quantity=10, place_id=filled["store"],
                order=Order(at=now, now=now, by=ALICE),
            )  # fmt: skip
        counter.post(f"/audits/{audit}/reconciliation")
        decide(counter, audit, "ST-0001", "accept")
        assert approver.post(f"/audits/{audit}/closure").status_code == 200

        with app.app_context(), reading() as session:
            assert level_of(session, filled["toner"], filled["store"]) == 32

    def test_that_the_register_has_overtaken_are_refused(self, people):
        counter, approver = people
        audit = open_audit(counter, scope=SCOPE)
        answer(counter, audit, "LIC-1", quantity=48)
        counter.post(f"/audits/{audit}/reconciliation")
        decide(counter, audit, "LIC-1", "accept")
        licence = counter.get("/licences/LIC-1").json
        changed = counter.patch("/licences/LIC-1", json={"seats": 60})
        assert changed.status_code in {200, 204}, (changed.text, licence)
        refused = approver.post(f"/audits/{audit}/closure")
        decide(counter, audit, "LIC-1", "reject", "60 were bought since")

        assert (refused.status_code, refused.json["code"]) == (409, "register_changed")
        assert approver.post(f"/audits/{audit}/closure").status_code == 200


class TestBlind:
    def test_who_counts_sees_no_number(self, api, api_as):
        audit = open_audit(api, scope=SCOPE, blind=True)
        technician = api_as("technician")
        given = answer(technician, audit, "ST-0001", quantity=22)

        assert given.status_code == 200
        for one in list_held(technician, audit).values():
            hidden = (one["frozen_quantity"], one["recorded"], one["counted"], one["flags"])
            assert hidden == (None, None, None, [])
        assert list_held(api, audit)["ST-0001"]["counted"] == 22


def check(text: bytes, folder: Path) -> str:
    """Return what both readings say of a report: they must agree. Empty: untouched."""
    path = folder / "report.json"
    path.write_bytes(text)
    done = subprocess.run(
        [sys.executable, "-I", str(SCRIPT), str(path)],
        capture_output=True, text=True, env={}, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode in {0, 1}, done.stderr
    said = done.stderr.strip().removeprefix("ALTERED: ")
    assert ours(text) == said
    return said


def ours(text: bytes) -> str:
    try:
        check_report(text)
    except Broken as broken:
        return str(broken)
    return ""


def change(code: str, **values):
    def edit(report):
        next(one for one in report["holdings"]["items"] if one["code"] == code).update(values)

    return edit


def change_part(**values):
    return lambda report: report["holdings"].update(values)


def change_figure(report):
    report["holdings"]["figure"]["part"] = 74


def take_out(report):
    del report["holdings"]["items"][0]


LIC, DAT, ST = "LIC-1", "DAT-1", "ST-0001"
FOLLOWS, DECIDED = "does not follow from its answers", "is not decided as its acts say"
SHA = "holdings: its SHA-256 is another"
# What the house's own key sealed although it may not be, and how both readings say so.
WRONG = [
    (change(LIC, counted=50), f"holdings: {LIC} {FOLLOWS}"),
    (change(LIC, recorded=48), f"holdings: {LIC} {FOLLOWS}"),
    (change(LIC, flags=[]), f"holdings: {LIC} {FOLLOWS}"),
    (change(DAT, state="verified"), f"holdings: {DAT} {FOLLOWS}"),
    (change(DAT, holds=True), f"holdings: {DAT} {FOLLOWS}"),
    (change(DAT, proposal=None), f"holdings: {DAT} {FOLLOWS}"),
    (change(ST, answered_by="Mallory"), f"holdings: {ST} {FOLLOWS}"),
    (change(ST, note="Nobody looked"), f"holdings: {ST} {FOLLOWS}"),
    (change(ST, decision="accept"), f"holdings: {ST} {DECIDED}"),
    (change(ST, reason=None), f"holdings: {ST} {DECIDED}"),
    (change(LIC, decided_by="Mallory"), f"holdings: {LIC} {DECIDED}"),
    (change(LIC, frozen_quantity=48), SHA),
    (change(ST, location="AWAY"), SHA),
    (take_out, SHA),
    (change_part(sha256="0" * 64), SHA),
    (change_part(count=2), SHA),
    (lambda report: report.pop("holdings"), SHA),
    (change_figure, "holdings: count_accuracy"),
]


@pytest.mark.either_database
class TestChecks:
    def test_name_what_does_not_follow(self, app, people, tmp_path):
        counter, approver = people
        audit = open_audit(counter, scope=SCOPE)
        answer_all(counter, audit)
        counter.post(f"/audits/{audit}/reconciliation")
        decide(counter, audit, LIC, "accept")
        decide(counter, audit, DAT, "accept")
        decide(counter, audit, ST, "reject", "Two are in the printer")
        assert approver.post(f"/audits/{audit}/closure").status_code == 200
        text = counter.get(f"/audits/{audit}/report.json").data
        key = load_signing_key(app_state(app).settings.instance_dir)

        assert check(text, tmp_path) == ""
        for edit, said in WRONG:
            report = json.loads(text)
            edit(report)
            assert check(seal_again(report, key), tmp_path) == said
        # Without the key, the seal names the item.
        report = json.loads(text)
        change(LIC, counted=50)(report)
        altered = json.dumps(report).encode()
        assert check(altered, tmp_path) == f"content: holdings ({LIC})"

    def test_hold_the_approver_to_what_they_answered(self, people, tmp_path):
        counter, _ = people
        audit = open_audit(counter, scope=SCOPE, policy={"approver": "not_a_counter"})
        answer(counter, audit, LIC, quantity=50)
        counter.post(f"/audits/{audit}/reconciliation")

        assert counter.post(f"/audits/{audit}/closure").json["code"] == "second_person_required"
