"""Files are read, devices report, and the pages say what follows."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from scanner_app.domain.register.lifecycle import Stage
from scanner_app.models import Asset, AssetModel, DeviceHealth, Notice, Task, Vulnerability
from scanner_app.storage.database import reading, unit_of_work
from scanner_app.worker.device_check.run import check_all
from tests.health.lists import CATALOGUE, LIFECYCLES
from tests.support.register import add_asset

TODAY, NOW = date(2026, 11, 29), datetime(2026, 11, 29, 9, tzinfo=UTC)
SEEN = "2026-02-27T08:00:00Z"


@pytest.fixture
def fleet(app, admin, api):
    """Five devices: three with Windows, one Mac, one phone that reports nothing."""
    with app.app_context(), unit_of_work() as session:
        phone = AssetModel(name="iPhone 6S")
        session.add(phone)
        session.flush()
        for tag in ("WIN-1", "WIN-2", "WIN-3", "MAC-1", "TEL-1"):
            id_ = add_asset(session, tag, now=datetime(2026, 1, 1, tzinfo=UTC), status=Stage.IN_USE)
            if tag == "TEL-1":
                session.get_one(Asset, id_).model_id = phone.id
    for kind, data in (("lifecycles", LIFECYCLES), ("vulnerabilities", CATALOGUE)):
        assert read(admin, kind, data).status_code == 303
    windows = {"os": "Windows", "os_version": "10.0.26100.4652"}
    for tag, facts in (
        ("WIN-1", windows),
        ("WIN-2", {**windows, "edition": "Enterprise", "patched_on": "2026-11-25"}),
        ("WIN-3", {"os": "Windows", "os_version": "10.0.19045.1", "patched_on": "2025-10-01"}),
        ("MAC-1", {"os": "macOS", "os_version": "14.5"}),
    ):
        one = {"asset_tag": tag, "observed_at": SEEN, "facts": facts}
        assert api.post("/facts", json={"items": [one]}).json == {"items": ["recorded"]}


def read(admin, kind, data, **more):
    file = (io.BytesIO(data), "list.json")
    return admin.post("/admin/lifecycles", data={"step": kind, "file": file, **more})


def check(app) -> int:
    with app.app_context():
        return check_all(TODAY, NOW)


def find(app, tag: str) -> DeviceHealth | None:
    with app.app_context(), reading() as session:
        found = session.scalar(select(DeviceHealth).join(Asset).where(Asset.asset_tag == tag))
        if found is not None:
            session.expunge(found)
        return found


@pytest.mark.usefixtures("fleet")
class TestDevices:
    def test_are_told_how_long_they_are_supported(self, app, admin):
        assert check(app) > 0
        assert check(app) == 0

        one, two, three, mac, tel = (
            find(app, tag) for tag in ("WIN-1", "WIN-2", "WIN-3", "MAC-1", "TEL-1")
        )
        # Scenario 22: the edition decides; without it the earliest counts.
        assert (one.ends_on, one.is_sure, one.cycle) == (date(2026, 10, 13), False, "11-24h2-w")
        assert (two.ends_on, two.is_sure) == (date(2027, 10, 12), True)
        assert (three.ends_on, mac.ends_on, mac.is_ended) == (date(2025, 10, 14), None, False)
        assert (tel.model_ends_on, tel.last_seen_at) == (date(2022, 9, 12), None)
        # Nothing says when WIN-1 was patched; WIN-2 was after; of WIN-3 no patch is to come.
        assert (one.unpatched, one.possible) == (0, 2)
        assert (two.unpatched, two.possible) == (0, 0)
        assert (three.unpatched, three.possible) == (1, 0)

        text = admin.get("/monitoring").text
        assert "Microsoft Windows 11 24H2 (W)" in text
        assert "say no edition" in text
        listed = admin.get("/monitoring/devices?product=windows&cycle=11-24h2-w").text
        assert "WIN-1" in listed
        assert "WIN-2" not in listed
        health = admin.get("/assets/WIN-3/health").text
        assert "CVE-2026-1001" in health
        assert "Check first" in health
        assert "names products, never versions" in health
        assert "not sure" in admin.get("/monitoring/devices?state=ended").text

    def test_are_told_of_by_one_notice_a_release_and_vulnerability(self, app):
        check(app)
        with app.app_context(), reading() as session:
            keys = set(session.scalars(select(Notice.key).where(Notice.cleared_at.is_(None))))
            counts = session.execute(
                select(Vulnerability.unpatched, Vulnerability.possible).where(
                    Vulnerability.cve == "CVE-2026-1001"
                )
            ).one()
        assert {
            "support:windows:11-24h2-w:2026-10-13:over",
            "support:windows:10-22h2:2025-10-14:over",
            "exploited:CVE-2026-1001",
        } <= keys
        assert tuple(counts) == (1, 1)
        assert not any("CVE-2024" in key for key in keys)  # of 2024: no news

    def test_are_chosen_for_a_maintenance(self, app, admin, page_as):
        check(app)
        shown = admin.get("/monitoring/devices?state=ended").text
        assert "Upgrade or replace: support has ended" in shown
        number = shown.split('name="id" value="')[1].split('"')[0]
        form = {"state": "ended", "id": number, "title": "Upgrade", "all": "on"}
        for wrong in ({"title": " "}, {"all": ""}, {"due_on": "soon"}):
            assert admin.post("/monitoring/devices", data={**form, **wrong}).status_code == 422
        assert page_as("viewer").post("/monitoring/devices", data=form).status_code == 403
        for _ in range(2):
            assert admin.post("/monitoring/devices", data=form).status_code == 303
        again = {**form, "id": "00000000-0000-4000-8000-000000000001", "all": "", "assets": "WIN-1"}
        assert admin.post("/monitoring/devices", data=again).status_code == 303

        with app.app_context(), reading() as session:
            tags = session.scalars(
                select(Asset.asset_tag)
                .join(Task, Task.asset_id == Asset.id)
                .where(Task.title == "Upgrade")
                .order_by(Asset.asset_tag)
            ).all()
        assert tags == ["TEL-1", "WIN-1", "WIN-3"]

    def test_that_run_what_a_vulnerability_names_are_listed(self, app, admin, api):
        items = [{"name": "Adobe Acrobat Reader DC", "publisher": "Adobe", "version": "23.1"}]
        put = api.put("/assets/MAC-1/installations", json={"source": "fleet", "items": items})
        assert put.status_code == 200
        assert find(app, "MAC-1").possible == 2
        check(app)

        names = admin.get("/monitoring/devices?cve=CVE-2023-1003").text
        assert "MAC-1" in names
        assert "WIN-1" not in names
        text = admin.get("/monitoring/vulnerabilities?q=adobe").text
        assert "1 possible" in text
        assert "CVE-2021-1005" not in admin.get("/monitoring/vulnerabilities").text
        assert "CVE-2021-1005" in admin.get("/monitoring/vulnerabilities?all=on").text


@pytest.mark.usefixtures("fleet")
class TestFiles:
    def test_a_second_time_change_nothing_and_what_is_gone_goes(self, app, admin):
        read(admin, "lifecycles", LIFECYCLES)
        assert "0 new, 0 changed, 0 gone" in admin.get("/admin/lifecycles").text
        short = LIFECYCLES.replace(b"2025-10-14", b"2025-10-15")
        read(admin, "lifecycles", short)
        assert "0 new, 1 changed, 0 gone" in admin.get("/admin/lifecycles").text
        php = b'[{"cycle": "8.3", "eol": "2027-12-31"}]'
        assert read(admin, "lifecycles", php).status_code == 422
        assert read(admin, "lifecycles", php, product="php").status_code == 303
        assert read(admin, "vulnerabilities", b"{}").status_code == 422
        assert read(admin, "vulnerabilities", b"").status_code == 422

    def test_are_for_admins(self, page_as):
        for role in ("viewer", "technician", "approver"):
            assert page_as(role).get("/admin/lifecycles").status_code == 403

    def test_names_are_told_by_rules(self, app, admin, api):
        one = {"asset_tag": "WIN-1", "observed_at": "2026-02-28T08:00:00Z",
               "facts": {"os": "Fenster", "os_version": "10.0.26100"}}  # fmt: skip
        api.post("/facts", json={"items": [one]})
        check(app)
        assert find(app, "WIN-1").product == ""
        assert "Fenster" in admin.get("/admin/lifecycles").text
        assert "Fenster" in admin.get("/monitoring").text
        rule = {"step": "save", "of": "system", "prefix": "Fenster", "product": "windows"}
        for wrong in ({"product": "gates"}, {"prefix": " "}, {"of": "x"}, {"of": "model"}):
            assert admin.post("/admin/lifecycles", data={**rule, **wrong}).status_code == 422
        assert admin.post("/admin/lifecycles", data=rule).status_code == 303
        check(app)
        assert find(app, "WIN-1").product == "windows"
        with app.app_context(), reading() as session:
            open_ = session.scalars(select(Notice.key).where(Notice.cleared_at.is_(None))).all()
        assert "no_rule:fenster" not in open_

    def test_what_is_retired_is_forgotten(self, app):
        check(app)
        with app.app_context(), unit_of_work() as session:
            row = session.scalars(select(Asset).where(Asset.asset_tag == "WIN-1")).one()
            row.status = Stage.RETIRED
        check(app)
        assert find(app, "WIN-1") is None
