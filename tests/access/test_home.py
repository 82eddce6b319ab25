"""The start page for each role, the first run, the sample office, the sections, and the phone's menu."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, update

from scanner_app.domain.access.roles import Role
from scanner_app.domain.register.lifecycle import Stage
from scanner_app.models import Asset
from tests.support.on_both import OnBoth


def add_asset(page_as, tag: str = "LT-1", status: str = "in_stock") -> None:
    form = {"asset_tag": tag, "name": "Laptop", "status": status}
    answer = page_as("stockroom", f"{tag}@example.org").post("/assets", data=form)
    assert answer.status_code == 303, answer.get_data(as_text=True)


class TestFirstRun:
    @pytest.mark.parametrize(
        ("role", "offered"),
        [
            ("admin", {"/imports", "/demo", "/admin/users#add-user"}),
            ("stockroom", {"/imports"}),
            ("technician", set()),
            ("viewer", set()),
        ],
    )
    def test_offers_the_first_steps_that_the_role_may_take(self, page_as, role, offered):
        text = page_as(role).get("/").get_data(as_text=True)
        main = text[text.index("<main") : text.index("</main>")]

        steps = {"/imports", "/demo", "/admin/users#add-user"}
        assert {step for step in steps if f'"{step}"' in main} == offered
        assert "The register is empty" in main

    def test_is_over_with_the_first_asset(self, page_as):
        add_asset(page_as)

        text = page_as("admin").get("/").get_data(as_text=True)

        assert "The register is empty" not in text
        assert 'action="/demo"' not in text


@pytest.mark.either_database
class TestSampleOffice(OnBoth):
    def test_is_loaded_by_one_tap_and_only_into_an_empty_register(self, admin, page_as, work):
        answer = admin.post("/demo")
        again = admin.post("/demo")

        text = admin.get("/").get_data(as_text=True)
        with work() as session:
            counts = session.execute(select(Asset.kind, func.count()).group_by(Asset.kind)).all()
        assert (answer.status_code, answer.headers["Location"]) == (303, "/")
        assert again.status_code == 409
        assert {kind.value: count for kind, count in counts} == {"hardware": 1500, "software": 3}
        assert "1,503" in text
        assert "Open audits" in text
        assert "Overdue check-outs" in text

    def test_never_mixes_with_a_register(self, admin, page_as, work):
        add_asset(page_as)

        assert admin.post("/demo").status_code == 409

        with work() as session:
            assert session.scalars(select(Asset.asset_tag)).all() == ["LT-1"]


class TestHome:
    def test_shows_a_technician_the_scan_button_and_their_own_last_scans(self, page_as):
        add_asset(page_as)
        technician, other = page_as("technician"), page_as("technician", "tom@example.org")
        other.post("/scan", data={"mode": "lookup", "code": "NOT-MINE"})

        answer = technician.post("/scan", data={"mode": "lookup", "code": "LT-1"})
        text = technician.get("/").get_data(as_text=True)

        assert answer.status_code in {200, 303}, answer.get_data(as_text=True)
        main = text[text.index("<main") : text.index("</main>")]
        assert 'href="/scan"' in main
        assert 'href="/assets/LT-1"' in main
        assert "NOT-MINE" not in main

    def test_shows_a_viewer_no_scan_button(self, page_as):
        add_asset(page_as)

        text = page_as("viewer").get("/").get_data(as_text=True)

        assert 'href="/scan"' not in text

    def test_shows_a_reader_nothing_of_the_register(self, page_as):
        add_asset(page_as)

        text = page_as("reader").get("/").get_data(as_text=True)

        for hidden in (
            'href="/scan"',
            'href="/assets',
            'href="/audits',
            'href="/locations',
            'href="/people',
        ):
            assert hidden not in text
        assert 'class="tile' not in text

    def test_keeps_what_a_blind_audit_expects_from_who_counts(self, page_as):
        add_asset(page_as)
        auditor = page_as("auditor")
        made = auditor.post("/audits", data={"name": "Blind count", "blind": "on"})
        auditor.post(f"{made.headers['Location']}/counting")

        counted = page_as("technician").get("/").get_data(as_text=True)
        run = auditor.get("/").get_data(as_text=True)

        assert "Blind count" in counted
        assert "0 of 1" not in counted
        assert "0 of 1" in run

    def test_lists_overdue_check_outs_longest_first(self, page_as, work):
        for number in range(1, 8):
            add_asset(page_as, f"LT-{number}")
        now = datetime.now(UTC)
        with work() as session:
            for number in range(1, 7):
                session.execute(
                    update(Asset)
                    .where(Asset.asset_tag == f"LT-{number}")
                    .values(status=Stage.IN_USE, due_at=now - timedelta(days=number))
                )
            not_yet = update(Asset).where(Asset.asset_tag == "LT-7")
            session.execute(not_yet.values(status=Stage.IN_USE, due_at=now + timedelta(days=1)))

        text = page_as("stockroom").get("/").get_data(as_text=True)

        listed = text[text.index('id="overdue"') :]
        places = [listed.find(f'href="/assets/LT-{number}"') for number in (6, 5, 4, 3, 2)]
        assert places == sorted(places)
        assert -1 not in places
        assert "LT-7" not in listed
        assert 'href="/assets?overdue=yes">All 6</a>' in listed

    def test_leads_from_the_big_button_into_the_only_open_audit(self, page_as):
        add_asset(page_as)
        auditor, technician = page_as("auditor"), page_as("technician")
        before = technician.get("/").text
        made = auditor.post("/audits", data={"name": "First floor"}).headers["Location"]
        auditor.post(f"{made}/counting")
        one = technician.get("/").text
        second = auditor.post("/audits", data={"name": "Second floor"}).headers["Location"]
        auditor.post(f"{second}/counting")
        two = technician.get("/").text

        big = re.compile(r'home-scan" href="([^"]+)"')
        number = made.rpartition("/")[2]
        assert [big.findall(text) for text in (before, one, two)] == [
            ["/scan"],
            [f"/scan?audit={number}"],
            ["/scan"],
        ]
        assert "Count <bdi>First floor</bdi>" in one

    def test_shows_each_role_its_own_work(self, page_as):
        add_asset(page_as)
        shown = {role: page_as(role).get("/").text for role in ("technician", "stockroom", "admin")}

        assert "Overdue check-outs" not in shown["technician"]
        assert "Seen in the last 12 months" not in shown["stockroom"]
        for part in ("Overdue check-outs", "Due back this week", "Waiting for repair"):
            assert part in shown["stockroom"]
        for part in ("Seen in the last 12 months", "Records to complete", "Readers"):
            assert part in shown["admin"]
        counter = 'class="button big" href="/counter"'
        assert [counter in text for text in shown.values()] == [False, True, True]

    def test_every_figure_leads_to_a_list(self, page_as, work):
        add_asset(page_as)
        late = datetime.now(UTC) - timedelta(days=3)
        with work() as session:
            session.execute(update(Asset).values(status=Stage.IN_USE, due_at=late))
        admin = page_as("admin")

        main = admin.get("/").text.partition("<main")[2]

        links = set(re.findall(r'href="(/assets[^"]*)"', main))
        assert {"/assets?due=late-1-7", "/assets?lacks=holder", "/assets?seen=year"} <= links
        for link in links:
            assert admin.get(link.replace("&amp;", "&")).status_code == 200, link

    def test_walks_through_the_register_once_in_five_minutes(self, app, page_as):
        add_asset(page_as)
        admin = page_as("admin")
        first = admin.get("/").text
        add_asset(page_as, "LT-2")

        kept = admin.get("/").text
        app.extensions.pop("register_totals")
        again = admin.get("/").text

        assert [re.findall(r"(\d) of \1|0 of (\d)", t)[0][1] for t in (first, kept, again)] == [
            "1",
            "1",
            "2",
        ]
        assert 'figure">2<' in kept  # what needs no walk is never old


class TestMore:
    @pytest.mark.parametrize("role", [role for role in Role if role is not Role.READER])
    def test_leads_nowhere_that_refuses(self, page_as, role):
        client = page_as(role.value)
        text = client.get("/more").get_data(as_text=True)
        main = text[text.index("<main") : text.index("</main>")]

        links = re.findall(r'href="(/[^"#]*)"', main)
        assert "/locations" in links
        for link in links:
            assert client.get(link).status_code == 200, link
        assert 'action="/sign-out"' in main

    def test_and_the_bar_lead_wherever_the_wide_screens_sections_do(self, page_as):
        text = page_as("admin").get("/more").get_data(as_text=True)
        side, _, rest = text.partition('class="app-side"')[2].partition("</nav>")

        sections, reached = (set(re.findall(r'<a[^>]*href="(/[^"]*)"', t)) for t in (side, rest))
        assert sections
        assert sections - reached == set()


class TestSections:
    def test_say_how_many_audits_are_open_and_assets_overdue(self, app, page_as, work):
        add_asset(page_as)
        auditor = page_as("auditor")
        made = auditor.post("/audits", data={"name": "Count"})
        auditor.post(f"{made.headers['Location']}/counting")
        late = datetime.now(UTC) - timedelta(days=1)
        with work() as session:
            session.execute(update(Asset).values(status=Stage.IN_USE, due_at=late))
        app.extensions.pop("section_counts", None)  # a count may be some seconds old

        side = page_as("viewer").get("/assets").get_data(as_text=True)

        assert re.findall(r'<span>(\w+)</span><span class="count">(\d+)', side) == [
            ("Audits", "1"),
            ("Overdue", "1"),
        ]


class TestNotFound:
    def test_keeps_the_sections_in_reach_of_who_is_signed_in(self, app, page_as):
        inside, outside = page_as("viewer").get("/nothing"), app.test_client().get("/nothing")

        assert (inside.status_code, outside.status_code) == (404, 404)
        assert 'aria-label="Sections"' in inside.get_data(as_text=True)
        assert 'aria-label="Sections"' not in outside.get_data(as_text=True)
