"""A picture of a thing with an unknown label: one more sighting, for the auditor, recorded once."""

from __future__ import annotations

import io
import uuid

from PIL import Image
from sqlalchemy import select

from scanner_app.models import Location, Scan, ScanPicture, ShelfShot
from tests.audits.steps import open_audit
from tests.shelf.steps import START, count, scans
from tests.support.register import add_person

FIELDS = {"code": "GHOST-1", "location": "R-101", "note": "Dell monitor on the sill"}


def plain_picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (320, 240), "#886644").save(out, "PNG")
    return out.getvalue()


def send(client, **fields: object):
    picture = (io.BytesIO(plain_picture()), "thing.png")
    data = {**FIELDS, "shot_id": str(uuid.uuid4()), "picture": picture, **fields}
    return client.post("/scan/evidence", data={k: v for k, v in data.items() if v is not None})


class TestEvidence:
    def test_is_a_sighting_with_the_picture_and_the_words_in_the_audit(
        self, client, office, api, page_as, work
    ):
        audit = open_audit(api)

        answer = send(client, audit=str(audit))

        assert (answer.status_code, answer.json["message"]) == (200, "The auditor has the picture.")
        [scan] = scans(work)
        assert (scan.code, scan.intent, scan.source) == ("GHOST-1", "sighting", "photo")
        assert (scan.note, scan.outcome) == ("Dell monitor on the sill", "unregistered")
        with work() as session:
            shot = session.scalars(select(ShelfShot)).one()
            shot_id = shot.id
            assert shot.recorded_at is not None
            assert session.get_one(Location, shot.location_id).code == "R-101"
            pair = session.execute(select(ScanPicture.scan_id, ScanPicture.shot_id)).one()
            assert tuple(pair) == (scan.scan_id, shot.id)
        [item] = [
            i
            for i in api.get(f"/audits/{audit}/findings").json["items"]
            if i["state"] == "unregistered"
        ]
        approver = page_as("approver")
        evidence = approver.get(f"/audits/{audit}/findings/{item['id']}").text
        assert "Dell monitor on the sill" in evidence
        assert f'href="/shelf/{shot_id}"' in evidence
        assert approver.get(f"/shelf/{shot_id}/picture.jpg").status_code == 200

    def test_comes_twice_and_is_recorded_once(self, client, office, api, work):
        audit, shot = str(open_audit(api)), str(uuid.uuid4())

        answers = [send(client, audit=audit, shot_id=shot) for _ in range(2)]

        assert [a.status_code for a in answers] == [200, 200]
        assert (count(work, Scan), count(work, ScanPicture)) == (1, 1)

    def test_refuses_what_is_known_or_secret_or_no_picture_and_keeps_nothing(
        self, client, office, api, work
    ):
        with work() as session:
            add_person(session, "4711", "Ana Alves", badge="B-4711", now=START)
        audit = str(open_audit(api))

        refused: dict[str, dict[str, object]] = {
            "asset": {"code": "LT-001"},
            "badge": {"code": "B-4711"},
            "no audit": {"audit": None},
            "no code": {"code": ""},
            "password": {"code": "WIFI:T:WPA;S:office;P:hunter22;;"},
            "no picture": {"picture": None},
            "text": {"picture": (io.BytesIO(b"hello"), "x.png")},
        }
        told = {
            name: send(client, **{"audit": audit, **fields}) for name, fields in refused.items()
        }

        assert {name: answer.status_code for name, answer in told.items()} == dict.fromkeys(
            told, 422
        )
        assert all(answer.json["message"] for answer in told.values())
        assert (count(work, Scan), count(work, ShelfShot)) == (0, 0)
