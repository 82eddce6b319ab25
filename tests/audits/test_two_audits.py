"""Two audits, two readers, two people: what belongs to one is not reached, nor shown, by another."""

from __future__ import annotations

import io
from pathlib import Path
from zipfile import ZipFile

import pytest
from sqlalchemy import select

from scanner_app.domain.scanning.intents import Intent
from scanner_app.models import ReadPoint
from scanner_app.services.readers.setup import add_reader, set_read_point
from tests.audits.steps import find, scan, start_at
from tests.edge.test_routes import walk
from tests.support.databases import SqliteTemplate
from tests.support.register import add_asset, add_location

# Each route that names two things, with what of a neighbour is put into it; None where its second
# part names no row of anything.
TWO_IDS = {
    "PATCH /api/v1/audits/<id:audit_id>/findings/<id:finding_id>": "finding",
    "GET /audits/<id:audit_id>/findings/<id:finding_id>": "finding",
    "GET /api/v1/audits/<id:audit_id>/findings/<id:finding_id>/history": "finding",
    "POST /api/v1/audits/<id:audit_id>/findings/<id:finding_id>/match": "finding",
    "POST /audits/<id:audit_id>/findings/<id:finding_id>/match": "finding",
    "POST /api/v1/audits/<id:audit_id>/findings/<id:finding_id>/comments": "finding",
    "POST /audits/<id:audit_id>/findings/<id:finding_id>/comments": "finding",
    "POST /api/v1/audits/<id:audit_id>/findings/<id:finding_id>/evidence": "finding",
    "POST /audits/<id:audit_id>/findings/<id:finding_id>/evidence": "finding",
    # A link is of one person and one audit; tests/audits/asking ends one.
    "DELETE /api/v1/audits/<id:audit_id>/attestation-requests/<id:person_id>": "person",
    "POST /audits/<id:audit_id>/attestations/<id:person_id>/removal": "person",
    # tests/audits/asking asks for one of another audit.
    "GET /audits/<id:audit_id>/pictures/<string:sha256>.jpg": "picture",
    # A holding is looked up within its audit: tests/audits/holdings.
    **dict.fromkeys(
        (
            "POST /audits/<id:audit_id>/holdings/<id:holding_id>",
            "POST /api/v1/audits/<id:audit_id>/holdings/<id:holding_id>/answers",
            "PUT /api/v1/audits/<id:audit_id>/holdings/<id:holding_id>/decision",
        ),
        "holding",
    ),
    "DELETE /api/v1/audits/<id:audit_id>/matches/<id:match_id>": "match",
    "POST /audits/<id:audit_id>/matches/<id:match_id>/removal": "match",
    "GET /audits/<id:audit_id>/rooms/<id:location_id>": "room",
    # A location is no audit's own: any audit may count in any, each with rows of its own.
    **dict.fromkeys(
        (
            f"POST /audits/<id:audit_id>/rooms/<id:location_id>/{act}"
            for act in ("assignment", "recount", "sign-off")
        ),
        "room",
    ),
    # A quote is of one request: tests/procurement.
    "POST /api/v1/requests/<id:request_id>/quotes/<id:quote_id>/choice": "quote",
    # A waiver is of one policy: tests/policies.
    "POST /policies/<code>/waivers/<id:waiver_id>/withdrawal": "waiver",
    # tests/licences takes a seat back twice.
    "DELETE /api/v1/licences/<path:asset_tag>/seats/<id:seat_id>": "seat",
    # An asset is no contract's own: tests/contracts ends the coverage of each alone.
    "DELETE /api/v1/contracts/<number>/assets/<path:asset_tag>": "asset",
    "PUT /api/v1/audits/<id:audit_id>/places/<path:code>/assignments": "room",
    "POST /api/v1/audits/<id:audit_id>/places/<path:code>/sign-offs": "room",
    "POST /api/v1/audits/<id:audit_id>/places/<path:code>/recounts": "room",
    "GET /api/v1/audits/<id:audit_id>/places/<path:code>/comparison": "room",
    # A receipt is of one delivery, a line of one order: tests/procurement.
    "PATCH /api/v1/tasks/<number>/receipts/<id:receipt_id>": "receipt",
    **dict.fromkeys(
        (
            "DELETE /api/v1/orders/<number>/lines/<id:position>",
            "PUT /api/v1/orders/<number>/lines/<id:position>",
            "POST /orders/<number>/lines/<id:position>",
        ),
        "line",
    ),
    "POST /admin/notices/webhooks/<id:webhook_id>/deliveries/<id:delivery_id>": "delivery",
    # An item is looked up within its consignment, a piece within its kit.
    "POST /consignments/<task>/items/<id:item_id>/removal": "item",
    "POST /consignments/<task>/items/<id:item_id>": "item",
    "GET /consignments/<task>/documents/<id:document_id>": "document",
    "POST /kits/<path:tag>/pieces/<id:piece_id>/removal": "piece",
    "DELETE /api/v1/kits/<path:tag>/pieces/<id:piece_id>": "piece",
    "POST /readers/<id:reader_id>/points/<int(max=65535):antenna>/removal": "point",
    "GET /api/v1/audits/<id:audit_id>/report.<string:form>": None,
    "GET /audits/<id:audit_id>/report.<string:form>": None,
    "POST /audits/<id:audit_id>/<any(counting, reconciliation, cancellation):step>": None,
    # A version has a number within its terms.
    "GET /terms/<id:terms_id>/<id:version>": None,
    # A phone has the name that its own person gives it within an audit.
    "PUT /api/v1/audits/<id:audit_id>/phones/<string:device>": None,
    # A draw has a number within its audit.
    "GET /api/v1/audits/<id:audit_id>/draws/<id:number>": None,
    # tests/register/one_asset/test_attachments.py asks for one of another asset.
    **dict.fromkeys(
        (
            f"{method} /api/v1/assets/<path:asset_tag>/attachments/<uuid:uuid>"
            for method in ("GET", "PUT", "DELETE")
        ),
        "attachment",
    ),
    "GET /exports/<name>.<ending>": None,
    "GET /js/<version>/<room>/<name>": None,
}
SECRET = "Zebra"


@pytest.fixture
def database(sqlite_template: SqliteTemplate, tmp_path: Path) -> str:
    """SQLite alone: which rows a select asks for does not depend on the database."""
    return sqlite_template.make(tmp_path / "instance")


@pytest.fixture
def neighbours(api, work, now) -> tuple[int, int]:
    """Two audits that are reconciled, of two sites; all that is the second's is called Zebra."""
    with work() as session:
        mine = add_location(session, "M-1", "My room", now=now)
        theirs = add_location(session, "Z-1", f"{SECRET} room", now=now)
        for number in (1, 2):
            add_asset(session, f"M-A{number}", location=mine, now=now)
            add_asset(session, f"Z-A{number}", name=SECRET, location=theirs, now=now)
    audits = []
    for name, place in (("Mine", "M-1"), (SECRET, "Z-1")):
        body = {"name": name, "scope": {"locations": [place]}}
        audits.append(api.post("/audits", json=body).json["id"])
        start_at(api, audits[-1])
        scan(api, f"{place[0]}-A1", audits[-1], place, note=f"{name} note")
        scan(api, f"{name}-unknown", audits[-1], place)
    # The second found things in the room of the first, where both counted.
    scan(api, "Z-A2", audits[1], "M-1", note=f"{SECRET} note")
    scan(api, f"{SECRET}-stray", audits[1], "M-1")
    scan(api, "M-A1", audits[1], "Z-1", note=f"{SECRET} note")
    return audits[0], audits[1]


def read_text(answer) -> str:
    """Return what an answer says, of a pack what each of its files says."""
    if answer.mimetype != "application/zip":
        return answer.text
    with ZipFile(io.BytesIO(answer.data)) as pack:
        return "\n".join(pack.read(name).decode(errors="replace") for name in pack.namelist())


def test_every_route_with_two_ids_is_in_the_table(app):
    found = {name for name, _method, rule in walk(app) if len(rule.arguments) > 1}

    assert found == set(TWO_IDS)


def test_an_id_of_another_audit_is_not_found_and_changes_nothing(api, admin, neighbours):
    mine, theirs = neighbours
    for audit in neighbours:
        assert api.post(f"/audits/{audit}/reconciliation").status_code == 200
    own, other = find(api, mine, "M-A2"), find(api, theirs, "Z-A2")
    reject = {"decision": "reject", "reason": "no"}
    many = {**reject, "finding": [own["id"], other["id"]]}
    label, stray = (find(api, theirs, f"{SECRET}-{name}")["id"] for name in ("unknown", "stray"))
    match = {"asset": "M-A2"}
    assert api.post(f"/audits/{theirs}/findings/{stray}/match", json=match).status_code == 200
    [made] = api.get(f"/audits/{theirs}/matches").json["items"]

    answers = [
        api.patch(f"/audits/{mine}/findings/{other['id']}", json=reject),
        admin.get(f"/audits/{mine}/findings/{other['id']}"),
        api.get(f"/audits/{mine}/findings/{other['id']}/history"),
        admin.post(f"/audits/{mine}/decisions", data={**many, "finding": other["id"]}),
        admin.post(f"/audits/{mine}/decisions", data=many),
        api.post(f"/audits/{mine}/findings/{label}/match", json=match),
        admin.post(f"/audits/{mine}/findings/{label}/match", data=match),
        api.post(f"/audits/{mine}/findings/{other['id']}/comments", json={"text": "mine"}),
        admin.post(f"/audits/{mine}/findings/{other['id']}/comments", data={"text": "mine"}),
        api.patch(f"/audits/{mine}/findings/{other['id']}", json={"due_on": "2026-12-24"}),
        admin.post(f"/audits/{mine}/assignments", data={"finding": other["id"]}),
        api.post(f"/audits/{mine}/findings/{other['id']}/evidence"),
        api.delete(f"/audits/{mine}/attestation-requests/1"),
        api.delete(f"/audits/{mine}/matches/{made['id']}"),
        admin.post(f"/audits/{mine}/matches/{made['id']}/removal"),
    ]

    assert [one.status_code for one in answers] == [404] * 15
    assert not any(SECRET in one.text or "Z-A" in one.text for one in answers)
    assert find(api, mine, "M-A2")["decision"] is find(api, theirs, "Z-A2")["decision"] is None


@pytest.mark.parametrize("step", ["counting", "reconciliation", "closure"])
def test_no_page_of_an_audit_shows_what_another_one_found(app, api, admin, neighbours, step):
    mine, theirs = neighbours
    if step != "counting":
        for audit in neighbours:
            assert api.post(f"/audits/{audit}/reconciliation").status_code == 200
            for item in api.get(f"/audits/{audit}/findings").json["items"]:
                change = {"decision": "reject", "reason": f"{SECRET if audit == theirs else 'no'}"}
                api.patch(f"/audits/{audit}/findings/{item['id']}", json=change)
    if step == "closure":
        for audit in neighbours:
            assert api.post(f"/audits/{audit}/closure").status_code == 200
    finding = find(api, mine, "M-A1")["id"]
    shown = 0
    for _name, method, rule in walk(app):
        if method == "GET" and "audit_id" in rule.arguments:
            for form in ("json", "csv") if "form" in rule.arguments else ("",):
                path = rule.rule.replace("<id:audit_id>", str(mine)).replace("<string:form>", form)
                path = path.replace("<id:finding_id>", str(finding))
                path = path.replace("<id:location_id>", "1")
                asked = api if path.startswith("/api/") else admin
                answer = asked.get(path.removeprefix("/api/v1") if asked is api else path)
                shown += answer.status_code == 200
                # The phone works in every room, so it knows the name of each.
                text = read_text(answer).replace(f"{SECRET} room", "")
                assert SECRET not in text, path
                assert "Z-A" not in text, path
    assert shown >= 5


def test_a_read_point_of_another_reader_is_not_removed(admin, work, now):
    with work() as session:
        for name in ("mine", "theirs"):
            reader = add_reader(session, name=name, kind="", silent_after=60, now=now)
            set_read_point(
                session, reader_id=reader.id, antenna=1, location_id=None, audit_id=None,
                intent=Intent.SIGHTING,
            )  # fmt: skip
        mine, _ = session.scalars(select(ReadPoint.reader_id).order_by(ReadPoint.reader_id)).all()

    admin.post(f"/readers/{mine}/points/1/removal")

    with work() as session:
        assert mine not in session.scalars(select(ReadPoint.reader_id)).all()
        assert len(session.scalars(select(ReadPoint.reader_id)).all()) == 1
