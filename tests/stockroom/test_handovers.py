"""A hand-over through the API: all or nothing, as a fact, the same again, and its undo."""

from __future__ import annotations

import json
import threading
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from scanner_app.cli.handovers import handovers_command
from scanner_app.models import ContestedScan, Custody, Handover, Scan
from scanner_app.services.files.signatures import load_signature
from scanner_app.storage.database import reading
from tests.scanning.steps import post as post_scans
from tests.scanning.steps import scan
from tests.stockroom.steps import handover, holder_of, line, now, post

pytestmark = pytest.mark.usefixtures("counter")


def count(app, *conditions) -> int:
    with app.app_context(), reading() as session:
        return session.scalar(select(func.count()).select_from(Scan).where(*conditions))


class TestStrict:
    def test_hands_over_and_takes_back(self, api):
        out = post(api, handover("LT-001", "LT-002", place="R-STORE"))
        assert out.status_code == 201, out.text
        assert out.json["state"] == "recorded"
        assert out.json["number"] == f"H-{datetime.now(UTC).year}-000001"
        assert out.json["person"] == {"ref": "1001", "name": "Dana Reyes"}
        assert out.json["place"] == {"ref": "R-STORE", "name": "Stockroom"}
        assert [one["asset_tag"] for one in out.json["lines"]] == ["LT-001", "LT-002"]
        assert out.json["lines"][0]["serial_number"] == "SN-1"
        assert holder_of(api, "LT-001") == "1001"

        back = post(
            api, handover(line("LT-001", condition="damaged", note="Screen cracked"), kind="return")
        )

        assert back.status_code == 201, back.text
        [returned] = back.json["lines"]
        assert returned["from"] == {"ref": "1001", "name": "Dana Reyes"}
        assert (returned["condition"], returned["note"]) == ("damaged", "Screen cracked")
        assert api.get("/assets/LT-001").json["status"] == "in_maintenance"
        assert holder_of(api, "LT-002") == "1001"

    def test_is_all_or_nothing_and_keeps_the_refused_scan(self, api, app):
        post(api, handover("LT-002", person="1002"))
        since = datetime.now(UTC)
        body = handover("LT-001", "LT-002", "LT-003")

        refused = post(api, body)

        assert refused.status_code == 409
        assert refused.json["code"] == "handover_refused"
        [one] = refused.json["lines"]
        assert one["index"] == 1
        assert one["result"]["refusal"] == "already_checked_out"
        assert "Bob Brook since" in one["result"]["message"]
        assert f"{since:%Y-%m-%dT%H:%M}"[:-1] in one["result"]["message"]
        assert holder_of(api, "LT-001") is None
        assert count(app, Scan.handover == uuid.UUID(body["handover_id"])) == 1
        # The clerk takes the line off; the rest keeps its scan ids under a new hand-over.
        rest = {**body, "handover_id": str(uuid.uuid4()), "scans": body["scans"][::2]}
        assert post(api, rest).status_code == 201
        assert holder_of(api, "LT-003") == "1001"

    def test_takes_effect_after_what_is_known_whatever_the_clock_says(self, api):
        post(api, handover("LT-001", person="1002"))

        second = post(api, handover("LT-001", at=now(-120)))

        assert second.status_code == 409
        assert holder_of(api, "LT-001") == "1002"

    @pytest.mark.parametrize("claimed", ["2099-01-01T09:00:00Z", "1970-01-01T00:00:00Z"])
    def test_the_document_has_no_time_that_a_clock_made_up(self, api, claimed):
        out = post(api, handover(line("LT-001"), at=claimed))

        assert out.status_code == 201, out.text
        assert out.json["at"] == out.json["recorded_at"]

    def test_refuses_a_thing_twice(self, api):
        answer = post(api, handover("LT-001", "lt-001"))

        assert (answer.status_code, answer.json["code"]) == (422, "twice")
        assert "scans.1.code" in answer.json["errors"]
        assert holder_of(api, "LT-001") is None

    def test_refuses_an_unknown_code_and_an_unknown_person(self, api):
        unknown = post(api, handover("LT-001", "NOT-A-TAG"))
        nobody = post(api, handover("LT-001", person="9999"))

        assert [a.status_code for a in (unknown, nobody)] == [409, 409]
        assert unknown.json["lines"][0]["result"]["outcome"] == "unregistered"
        assert nobody.json["lines"][0]["result"]["refusal"] == "unknown_custodian"

    def test_the_same_again_is_one_document(self, api, app):
        body = handover("LT-001", "LT-002")
        answers: list = []

        def send() -> None:
            answers.append(post(api, body))

        threads = [threading.Thread(target=send) for _ in range(5)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert sorted(a.status_code for a in answers) == [200, 200, 200, 200, 201]
        assert len({json.dumps(a.json, sort_keys=True) for a in answers}) == 1
        assert post(api, {**body, "mode": "fact"}).status_code == 200
        changed = {**body, "scans": [body["scans"][0], line("LT-003")]}
        assert post(api, changed).json["code"] == "handover_reused"
        with app.app_context(), reading() as session:
            assert session.scalar(select(func.count(Handover.id))) == 1
            assert session.scalar(select(func.count()).select_from(Custody)) == 2

    def test_is_not_for_a_role_that_may_not_change_custody(self, api_as):
        assert post(api_as("viewer"), handover("LT-001")).status_code == 403


class TestFact:
    def test_keeps_every_scan_and_contests_the_refused(self, api, app):
        post(api, handover("LT-002", person="1002"))

        told = post(api, handover("LT-001", "LT-002", "NOT-A-TAG", mode="fact"))

        assert told.status_code == 201
        assert told.json["state"] == "contested"
        assert [one["outcome"] for one in told.json["lines"]] == [
            "applied", "contested", "contested",
        ]  # fmt: skip
        assert told.json["lines"][1]["refusal"] == "already_checked_out"
        assert (holder_of(api, "LT-001"), holder_of(api, "LT-002")) == ("1001", "1002")
        with app.app_context(), reading() as session:
            assert session.scalar(select(func.count(ContestedScan.id))) == 2

    def test_that_comes_late_overturns_an_answer_and_says_so(self, api, app):
        """Dana left with it at minute -20, without a network; Bob was told `applied` at -10."""
        [answer] = post_scans(
            api, scan("LT-001", "check_out", custodian="1002", scanned_at=now(-600))
        )
        assert answer["outcome"] == "applied"

        told = post(api, handover("LT-001", at=now(-1200), mode="fact"))

        assert told.json["state"] == "recorded"
        assert holder_of(api, "LT-001") == "1001"
        with app.app_context(), reading() as session:
            [row] = session.scalars(select(ContestedScan))
            assert str(row.scan_id) == answer["scan_id"]
            assert row.refusal == "already_checked_out"
            assert str(row.cause) == told.json["lines"][0]["scan_id"]

    def test_that_comes_late_and_is_refused_is_contested_itself(self, api):
        post_scans(api, scan("LT-001", "check_out", custodian="1002", scanned_at=now(-1800)))
        post_scans(api, scan("LT-001", "move", location="R-101", scanned_at=now(-600)))

        told = post(api, handover("LT-001", at=now(-1200), mode="fact"))

        assert told.json["lines"][0]["refusal"] == "already_checked_out"
        assert holder_of(api, "LT-001") == "1002"


class TestVoid:
    def test_undoes_what_nothing_rests_on_and_says_why_the_rest_stays(self, api, app):
        codes = [f"LT-{n:03}" for n in range(1, 11)]
        made = post(api, handover(*codes)).json
        post_scans(api, scan("LT-003", "move", location="R-101", scanned_at=now()))
        post(api, handover("LT-007", kind="return"))
        post_scans(api, scan("LT-009", "transfer", custodian="1002", scanned_at=now()))

        told = api.post(f"/handovers/{made['handover_id']}/void")

        assert told.status_code == 200, told.text
        lines = told.json["lines"]
        assert [one["n"] for one in lines if not one["is_voided"]] == [3, 7, 9]
        assert "LT-003 Laptop was moved since" in lines[2]["message"]
        assert "LT-007 Laptop was checked in since" in lines[6]["message"]
        assert "LT-009 Laptop was handed on since" in lines[8]["message"]
        kept = {"LT-003": "1001", "LT-009": "1002"}
        assert [holder_of(api, code) for code in codes] == [kept.get(code) for code in codes]
        again = api.get(f"/handovers/{made['handover_id']}").json
        assert again["state"] == "voided"
        assert again["events"][-1]["detail"]["voided"] == [1, 2, 4, 5, 6, 8, 10]
        assert count(app, Scan.voids.is_not(None)) == 7
        twice = api.post(f"/handovers/{made['handover_id']}/void")
        assert (twice.status_code, twice.json["code"]) == (409, "already_voided")

    def test_that_undoes_nothing_leaves_the_hand_over_as_it_is(self, api):
        made = post(api, handover("LT-001")).json
        post(api, handover("LT-001", kind="return"))

        told = api.post(f"/handovers/{made['handover_id']}/void").json

        assert [one["is_voided"] for one in told["lines"]] == [False]
        after = api.get(f"/handovers/{made['handover_id']}").json
        assert (after["state"], after["events"]) == ("recorded", [])

    def test_is_its_clerks_for_fifteen_minutes(self, api_as, monkeypatch):
        clerk, other = api_as("stockroom"), api_as("technician")
        made = post(clerk, handover("LT-001")).json
        path = f"/handovers/{made['handover_id']}/void"

        assert other.post(path).status_code == 403
        monkeypatch.setattr("scanner_app.services.stockroom.void.OWN_TIME", timedelta(seconds=-1))
        assert clerk.post(path).status_code == 403
        monkeypatch.undo()
        assert clerk.post(path).status_code == 200
        assert holder_of(clerk, "LT-001") is None


STROKES = {"w": 1200, "h": 400, "strokes": [[[x, 200] for x in range(100, 500, 10)]]}


class TestSignature:
    def test_is_kept_by_its_hash_and_accepts_the_hand_over(self, api, app):
        signed = post(api, handover("LT-001", signature=STROKES, signed_by="Bob, courier"))

        assert signed.status_code == 201, signed.text
        assert signed.json["state"] == "accepted"
        told = signed.json["signature"]
        assert (told["by"], told["is_typed"]) == ("Bob, courier", False)
        with app.app_context(), reading() as session:
            assert load_signature(session, told["sha256"]).to_json() == STROKES

    def test_typed_is_marked_so_and_names_the_person(self, api):
        signed = post(api, handover("LT-001", signature={"typed": "D. Reyes"})).json

        assert signed["signature"]["by"] == "Dana Reyes"
        assert signed["signature"]["is_typed"] is True

    def test_that_is_a_dot_is_refused(self, api):
        dot = {"w": 1200, "h": 400, "strokes": [[[5, 5]]]}

        answer = post(api, handover("LT-001", signature=dot))

        assert answer.status_code == 422
        assert "signature" in answer.json["errors"]
        assert holder_of(api, "LT-001") is None


class TestSeal:
    def test_names_the_line_that_was_altered(self, api, tmp_path):
        made = post(api, handover("LT-001", "LT-002")).json
        receipt = api.get(f"/handovers/{made['handover_id']}/receipt.json")
        file = tmp_path / "receipt.json"
        run = CliRunner().invoke
        file.write_bytes(receipt.data)
        assert run(handovers_command, ["verify", str(file)]).exit_code == 0

        file.write_bytes(receipt.data.replace(b'"SN-2"', b'"SN-3"'))
        altered = run(handovers_command, ["verify", str(file)])

        assert altered.exit_code == 1
        assert "lines (" in altered.stderr
        file.write_text("{}")
        assert run(handovers_command, ["verify", str(file)]).exit_code == 2

    def test_rows_of_the_record_are_final(self, work, api):
        post(api, handover("LT-001", "NOT-A-TAG", mode="fact"))
        for table, column in (
            ("handover", "clerk"),
            ("handover_line", "condition"),
            ("handover_event", "actor"),
        ):
            for statement in (f"DELETE FROM {table}", f"UPDATE {table} SET {column} = 'x'"):
                with pytest.raises(DBAPIError, match="cannot be changed"), work() as session:
                    session.execute(text(statement))

    def test_the_list_has_the_newest_first(self, api):
        numbers = [post(api, handover(f"LT-{n:03}")).json["number"] for n in (1, 2, 3)]

        first = api.get("/handovers?limit=2").json
        rest = api.get(f"/handovers?limit=2&cursor={first['next']}").json

        assert [one["number"] for one in first["items"] + rest["items"]] == numbers[::-1]
        assert rest["next"] is None
        assert len(api.get("/handovers?person=1001").json["items"]) == 3
        assert api.get("/handovers?person=1002").json["items"] == []


class TestDueDates:
    def test_of_the_rules_of_lending_are_in_the_document(self, api):
        [default] = api.get("/loan-rules").json["items"]
        api.put(f"/loan-rules/{default['id']}", json={"loan_days": 14})

        made = post(api, handover("LT-001"))

        assert made.status_code == 201, made.text
        [one] = made.json["lines"]
        due_at = api.get("/assets/LT-001").json["due_at"]
        assert due_at is not None
        assert one["due_at"][:16] == due_at[:16]
