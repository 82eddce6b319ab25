"""A consignment from packing to its closing (scenarios 23 and 24 of the life of an asset)."""

from __future__ import annotations

import io
import itertools

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from scanner_app.domain.access.roles import Actor, Role
from scanner_app.domain.disposal.consignments import (
    CONFIRMED,
    CONSIGNMENT_STATES,
    ITEM_DECISIONS,
    METHODS,
    Confirmed,
    ConsignmentState,
    ItemDecision,
    can_step,
)
from scanner_app.domain.errors import Conflict, Invalid
from scanner_app.domain.lifecycle.checklists import ChecklistKind
from scanner_app.models import Asset, ConsignmentItem, Expense, RegisterChange
from scanner_app.services.disposal.confirmation import add_document, confirm_list, decide_item
from scanner_app.services.disposal.consignments import (
    add_transfer,
    cancel_consignment,
    hand_over,
    reopen_list,
    sign_list,
    take_off,
)
from scanner_app.services.lifecycle.checklists import save_checklist
from scanner_app.storage.database import reading, unit_of_work
from tests.audits.steps import open_audit
from tests.custody.steps import START, load_asset, make
from tests.disposal.steps import (
    ALICE,
    BOB,
    CAROL,
    PAPER,
    TAGS,
    TAKEN,
    TOM,
    at,
    close,
    erase,
    give_seats,
    hand_out,
    in_work,
    open_one,
    read_certificate,
    retire_and_erase,
    scan_all,
)

# From the design: what a consignment may become.
STEPS = {
    "packing": {"ready", "cancelled"},
    "ready": {"packing", "handed_over", "closed", "cancelled"},
    "handed_over": {"confirmed"},
    "confirmed": {"closed"},
    "closed": set(),
    "cancelled": set(),
}

FINAL = (
    "UPDATE consignment SET recipient = 'X'",
    "UPDATE consignment_item SET weight_g = 1",
    "DELETE FROM consignment_item",
    "UPDATE consignment_transfer SET sha256 = 'x'",
    "DELETE FROM consignment_document",
    "UPDATE certificate SET number = 'x'",
)


class TestStates:
    def test_are_those_of_the_written_table(self):
        assert {state.value for state in ConsignmentState} == set(STEPS)
        assert set(CONSIGNMENT_STATES) == set(ConsignmentState)
        for current, wanted in itertools.product(ConsignmentState, repeat=2):
            assert can_step(current, wanted) is (wanted.value in STEPS[current.value])

    def test_have_rows_for_all_that_is_said(self):
        assert set(CONFIRMED) == set(Confirmed)
        assert set(ITEM_DECISIONS) == set(ItemDecision)
        assert {one.value for one in METHODS} == {
            "recycling", "resale", "donation", "destruction", "lease_return", "vendor_return",
            "write_off",
        }  # fmt: skip


class TestPacking:
    def test_refuses_what_may_not_leave(self, app, post, desk):
        number = open_one(app)
        in_work(
            app, save_checklist, kind=ChecklistKind.RETIREMENT, category="", text="Data is moved",
            actor=ALICE, now=START,
        )  # fmt: skip
        post(make("LT-2", "retire", minute=1), actor=ALICE)
        pack = {"task": number, "label": "BOX-1"}

        in_stock, open_items, by_tom, unknown = (
            post(make("LT-1", "pack", minute=2, **pack), actor=ALICE)[0],
            post(make("LT-2", "pack", minute=2, **pack), actor=ALICE)[0],
            post(make("LT-2", "pack", minute=2, **pack), actor=TOM)[0],
            post(make("LT-2", "pack", minute=2, task="C99"), actor=ALICE)[0],
        )

        found = [one.refusal for one in (in_stock, open_items, by_tom, unknown)]
        assert found == ["not_retired", "open_items", "not_your_role", "unknown_task"]

    def test_waits_for_the_erasing_and_ends_the_retirement(self, app, admin, post, desk):
        number = open_one(app)
        scan = make("LT-1", "pack", minute=6, task=number, label="BOX-1")
        post(make("LT-1", "retire", minute=1), actor=ALICE)
        erase(app, "LT-1", minute=2, technique="overwrite")
        [refused] = post(make("LT-1", "pack", minute=3, task=number), actor=ALICE)
        erase(app, "LT-1", minute=4)

        packed, again = post(scan, make("LT-1", "pack", minute=7, task=number), actor=ALICE)
        other = open_one(app)
        [elsewhere] = post(make("LT-1", "pack", minute=8, task=other), actor=ALICE)

        assert refused.refusal == "not_sanitized"
        assert f"packed in {number}: 1 thing so far" in packed.message
        assert again.answer == "already_scanned"
        assert elsewhere.refusal == "already_packed"
        assert "It was packed." in admin.get("/tasks/R1").text

    def test_is_undone_until_the_list_is_signed(self, app, post, desk):
        number = open_one(app)
        retire_and_erase(app, post, ["LT-1", "LT-2"])
        first, second = (make(tag, "pack", minute=5, task=number) for tag in ("LT-1", "LT-2"))
        retire = make("LT-3", "retire", minute=5)
        post(first, second, retire, actor=ALICE)

        [undone] = post(make("LT-1", "void", minute=6, voids=first.scan_id), actor=ALICE)
        in_work(app, sign_list, number, actor=BOB, now=at(7))
        [late] = post(make("LT-2", "void", minute=8, voids=second.scan_id), actor=ALICE)
        [closed] = post(make("LT-1", "pack", minute=8, task=number), actor=ALICE)

        assert undone.outcome == "applied"
        assert (late.refusal, closed.refusal) == ("task_not_open", "task_not_open")

    def test_keeps_the_retirement_from_being_undone(self, app, post, desk):
        number = open_one(app)
        retire = make("LT-1", "retire", minute=1)
        post(retire, actor=ALICE)
        erase(app, "LT-1", minute=2)
        post(make("LT-1", "pack", minute=3, task=number), actor=ALICE)

        [kept] = post(make("LT-1", "void", minute=4, voids=retire.scan_id), actor=ALICE)

        assert kept.refusal == "asset_packed"

    def test_scans_that_name_a_task_are_told_apart_by_it(self, app, post, desk):
        scan = make("LT-1", "sighting", minute=1, task="C1")

        [first] = post(scan, actor=ALICE)
        [other] = post(scan._replace(task="C2"), actor=ALICE)

        assert first.refusal == "unknown_task"
        assert other.status == "conflict"


class TestConsigning:
    def test_twelve_leave_and_another_serial_arrives(self, app, api_as, page_as, post, desk):
        number = open_one(app)
        retire_and_erase(app, post, TAGS)
        answers = scan_all(post, number, TAGS, "pack", minute=5)
        by_stockroom = page_as("stockroom").post(f"/consignments/{number}/readiness")
        with pytest.raises(Conflict) as early:
            in_work(app, hand_over, number, TAKEN, actor=ALICE, now=at(6))
        in_work(app, sign_list, number, actor=BOB, now=at(7))
        scan_all(post, number, TAGS[:11], "sighting", minute=8)
        with pytest.raises(Conflict) as not_out:
            in_work(app, hand_over, number, TAKEN, actor=ALICE, now=at(9))
        [foreign] = post(make("LT-1", "sighting", minute=9, task=number), actor=ALICE)
        scan_all(post, number, TAGS[11:], "sighting", minute=9)
        in_work(app, hand_over, number, TAKEN, actor=ALICE, now=at(10))
        with pytest.raises(Conflict) as cancelled:
            in_work(app, cancel_consignment, number, actor=ALICE, now=at(11))

        listed = "Serial,Weight kg\n" + "".join(f"SN-{tag},1.8\n" for tag in TAGS[:11]) + "SN-X,2\n"
        counts = in_work(app, confirm_list, number, listed, actor=ALICE, now=at(12))
        in_work(app, add_document, number, PAPER, actor=ALICE, now=at(13))
        with pytest.raises(Conflict) as undecided:
            close(app, number)
        decide_all(app, number, "accept")
        with pytest.raises(Conflict) as by_packer:
            close(app, number, actor=ALICE)
        certificate = close(app, number)

        assert answers[-1].message.endswith("12 things so far.")
        assert by_stockroom.status_code == 403
        assert foreign.refusal == "not_packed"
        assert counts == (11, 1, 1)
        codes = [one.value.code for one in (early, not_out, cancelled, undecided, by_packer)]
        assert codes == [
            "no_such_step", "undecided_items", "no_such_step", "undecided_items",
            "second_person_required",
        ]  # fmt: skip
        assert TAGS[11] in str(not_out.value)
        with app.app_context(), reading() as session:
            statuses = session.scalars(select(Asset.status).where(Asset.asset_tag.in_(TAGS))).all()
            kinds = session.scalars(
                select(RegisterChange.kind).where(RegisterChange.kind == "disposed")
            ).all()
            cost = session.scalars(select(Expense.amount_cents)).all()
        assert {status.value for status in statuses} == {"disposed"}
        assert (len(kinds), sorted(cost)) == (12, [100] * 12)
        assert certificate == "C-2026-1"

    def test_who_packed_neither_signs_nor_closes(self, app, post, desk):
        number = open_one(app)
        retire_and_erase(app, post, ["LT-1"])
        with pytest.raises(Conflict) as empty:
            in_work(app, sign_list, number, actor=BOB, now=at(4))
        scan_all(post, number, ["LT-1"], "pack", minute=5)

        nobodys = Actor("token", 4, "Script", Role.ADMIN, token_id=4)
        codes = [empty.value.code]
        for actor in (ALICE, nobodys):
            with pytest.raises(Conflict) as caught:
                in_work(app, sign_list, number, actor=actor, now=at(6))
            codes.append(caught.value.code)

        assert codes == ["no_items", "second_person_required", "second_person_required"]

    def test_waits_for_an_audit_that_looks_for_it(self, app, api, post, desk):
        number = open_one(app)
        retire_and_erase(app, post, ["LT-3"])
        scan_all(post, number, ["LT-3"], "pack", minute=5)
        in_work(app, sign_list, number, actor=BOB, now=at(6))
        scan_all(post, number, ["LT-3"], "sighting", minute=7)
        audit = open_audit(api, scope={"locations": ["HQ"], "statuses": ["retired"]})

        with pytest.raises(Conflict) as caught:
            in_work(app, hand_over, number, TAKEN, actor=ALICE, now=at(8))
        api.post("/scans", json={"scans": [{
            "scan_id": "6a1c7f0f-6d5a-4f1f-9e0d-7e5b3b1f0777", "code": "LT-3",
            "intent": "sighting", "audit": audit,
            "scanned_at": api.get("/audits").json["items"][0]["counting_started_at"],
        }]})  # fmt: skip
        in_work(app, hand_over, number, TAKEN, actor=ALICE, now=at(9))

        assert caught.value.code == "in_open_audit"
        assert "LT-3" in str(caught.value)

    def test_goes_back_to_packing_and_loses_what_stays(self, app, post, desk):
        number = open_one(app)
        retire_and_erase(app, post, ["LT-1", "LT-2"])
        scan_all(post, number, ["LT-1", "LT-2"], "pack", minute=5)
        in_work(app, sign_list, number, actor=BOB, now=at(6))
        scan_all(post, number, ["LT-1"], "sighting", minute=7)
        in_work(app, reopen_list, number, actor=ALICE, now=at(8))
        ids = item_ids(app, number)
        with pytest.raises(Invalid):
            in_work(app, take_off, number, item_id=ids["LT-2"], reason=" ", actor=ALICE, now=at(9))
        in_work(app, take_off, number, item_id=ids["LT-2"], reason="Kept", actor=ALICE, now=at(9))
        hand_out(app, post, number, ["LT-1"])

        assert list(item_ids(app, number)) == ["LT-1"]
        assert load_asset(app, "LT-2").status == "retired"

    def test_rejected_and_sought_things_stay(self, app, api, post, desk):
        number = open_one(app, method="lease_return")
        in_work(app, give_seats, ["LT-1", "LT-2"])
        retire_and_erase(app, post, ["LT-1", "LT-2"])
        scan_all(post, number, ["LT-1", "LT-2"], "pack", minute=5)
        hand_out(app, post, number, ["LT-1", "LT-2"])
        in_work(app, add_transfer, number, TAKEN, actor=ALICE, now=at(13))
        in_work(app, confirm_list, number, "Asset Tag\nLT-1\n", actor=ALICE, now=at(14))
        decide_all(app, number, "search")
        with pytest.raises(Conflict) as sought:
            close(app, number)
        decide_all(app, number, "reject")
        close(app, number)

        assert (sought.value.code, api.get("/licences/L").json["given"]) == ("undecided_items", 1)
        assert [load_asset(app, tag).status for tag in ("LT-1", "LT-2")] == ["disposed", "retired"]

    @pytest.mark.either_database
    def test_books_no_cost_of_nothing(self, app, post, desk):
        number = open_one(app, method="lease_return")
        retire_and_erase(app, post, ["LT-1"])
        scan_all(post, number, ["LT-1"], "pack", minute=5)
        hand_out(app, post, number, ["LT-1"])
        in_work(app, confirm_list, number, "Asset Tag\nLT-9\n", actor=ALICE, now=at(14))
        decide_all(app, number, "reject")

        with pytest.raises(Invalid, match="Nothing of it is gone"):
            close(app, number, cost="12.00")
        assert close(app, number, cost="") == "C-2026-1"

    def test_is_never_changed_once_it_is_closed(self, app, closed):
        for statement in FINAL:
            with app.app_context(), pytest.raises(DBAPIError, match="cannot be changed"):
                with unit_of_work() as session:
                    session.execute(text(statement))


@pytest.fixture
def closed(app, post, desk):
    number = open_one(app)
    retire_and_erase(app, post, ["LT-1"])
    scan_all(post, number, ["LT-1"], "pack", minute=5)
    hand_out(app, post, number, ["LT-1"])
    in_work(app, confirm_list, number, "Asset Tag\nLT-1\n", actor=ALICE, now=at(14))
    in_work(app, add_document, number, PAPER, actor=ALICE, now=at(15))
    return close(app, number)


def item_ids(app, number: str) -> dict[str, int]:
    with app.app_context(), reading() as session:
        rows = session.execute(
            select(ConsignmentItem.code, ConsignmentItem.id).where(
                ConsignmentItem.consignment_id == int(number[1:]),
                ConsignmentItem.removed_at.is_(None),
            )
        ).all()
    return {row.code: row.id for row in rows}


def decide_all(app, number: str, decision: str) -> None:
    """Decide each difference of a consignment, as Alice."""
    with app.app_context(), reading() as session:
        ids = session.scalars(
            select(ConsignmentItem.id).where(
                ConsignmentItem.consignment_id == int(number[1:]),
                ConsignmentItem.confirmed.in_(("missing", "extra")),
            )
        ).all()
    for item_id in ids:
        in_work(
            app, decide_item, number, item_id=item_id, actor=ALICE, now=at(20),
            values={"decision": decision, "reason": "They mixed up two boxes"},
        )  # fmt: skip


@pytest.mark.either_database
def test_pages_lead_from_packing_to_the_certificate(app, admin, page_as, post, desk):
    opened = admin.post("/consignments/new", data={"method": "moon", "recipient": ""})
    made = admin.post("/consignments/new", data={"method": "donation", "recipient": "School"})
    number = made.location.rsplit("/", 1)[1]
    retire_and_erase(app, post, ["LT-1"])
    scan_page = admin.get(f"/scan?mode=pack&task={number}").text
    form = {"code": "LT-1", "mode": "pack", "intent": "pack", "task": number}
    scanned = admin.post("/scan", data=form)
    own = admin.post(f"/consignments/{number}/readiness")
    boss = page_as("approver", "boss@example.org")
    signed = boss.post(f"/consignments/{number}/readiness")
    out = {"code": "LT-1", "mode": "sighting", "intent": "sighting", "task": number}
    admin.post("/scan", data=out)
    missing = admin.post(f"/consignments/{number}/handover", data={"to_party": "School"})
    admin.post(f"/consignments/{number}/handover", data=TAKEN)
    garbled = io.BytesIO("Serial,Asset Tag\nä,LT-1".encode("cp1252"))
    unread = admin.post(f"/consignments/{number}/list", data={"file": (garbled, "list.csv")})
    admin.post(f"/consignments/{number}/list", data={"list": "Serial,Asset Tag\n,LT-1"})
    unpapered = boss.post(f"/consignments/{number}/closure", data={"cost": ""})
    in_work(app, add_document, number, PAPER, actor=ALICE, now=at(900))
    done = boss.post(f"/consignments/{number}/closure", data={"cost": "x"})
    sealed = boss.post(f"/consignments/{number}/closure", data={"cost": ""})
    page = admin.get(f"/consignments/{number}").text
    pdf = admin.get("/certificates/C-2026-1/certificate.pdf")

    assert (opened.status_code, made.status_code) == (422, 303)
    assert f'data-task="{number}"' in scan_page
    assert f"task={number}" in scanned.location
    assert (own.status_code, signed.status_code) == (409, 303)
    assert (missing.status_code, unpapered.status_code, done.status_code) == (422, 409, 422)
    assert sealed.status_code == 303
    assert unread.status_code == 422
    assert "Save it as CSV UTF-8" in unread.text
    assert "Vera Driver" in page
    assert "1 thing, " in page.partition("From hand to hand")[2]
    assert "C-2026-1" in page
    assert pdf.data.startswith(b"%PDF")
    assert "DISK-LT-1" in read_certificate(app, "C-2026-1")
    assert admin.get("/certificates/C-2026-1").status_code == 200
    assert "C-2026-1" in admin.get("/disposal").text
    assert {CAROL.role, TOM.role} == {"auditor", "technician"}
