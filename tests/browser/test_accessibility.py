"""Every page that a GET reaches, found by the app's own routes: accessible, in light and dark."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser.conftest import PHONE, LiveServer, scan_by_keys, wait_until
from tests.browser.full_office import Office, fill
from tests.support.databases import SqliteTemplate
from tests.support.page_checks import CHECKS, HIDDEN

pytestmark = pytest.mark.browser

AXE = (Path(__file__).parent / "axe-4.14.1.min.js").read_text()
RULES = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]
DESK = {"width": 1280, "height": 900}


@pytest.fixture(scope="module")
def office(
    sqlite_template: SqliteTemplate, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Office]:
    folder = tmp_path_factory.mktemp("accessible") / "instance"
    sqlite_template.make(folder)
    server = LiveServer(folder, settings={"SCANNER_DEBUG": "1"})
    made = fill(server)
    server.start()
    yield made
    server.stop(kill=True)
    server.forget()


def open_page(browser: Any, office: Office, cookie: str | None, viewport: dict[str, int]) -> Any:
    context = browser.new_context(
        base_url=office.server.url,
        viewport=viewport,
        service_workers="block",
        reduced_motion="reduce",
    )
    if cookie is not None:
        context.add_cookies([{"name": "scanner", "value": cookie, "url": office.server.url}])
    page = context.new_page()
    page.set_default_timeout(15_000)
    return page


def find_faults(page: Any) -> list[str]:
    """Ask our own questions, and axe in light and dark."""
    faults = list(page.evaluate(CHECKS))
    page.evaluate(AXE)
    options = json.dumps({"runOnly": RULES, "resultTypes": ["violations"]})
    for scheme, run in (("light", options), ("dark", json.dumps({"runOnly": ["color-contrast"]}))):
        page.emulate_media(color_scheme=scheme)
        page.evaluate("new Promise((f) => requestAnimationFrame(() => requestAnimationFrame(f)))")
        found = page.evaluate(f"axe.run(document, {run}).then((r) => r.violations)")
        faults += [f"{scheme}, {v['id']}: {v['nodes'][0]['html'][:160]}" for v in found]
    return faults


def visit(
    page: Any, office: Office, paths: list[str]
) -> tuple[dict[str, list[str]], dict[str, tuple[str, str]]]:
    """Open each address; give the faults of those that are pages, their titles and headings."""
    faults: dict[str, list[str]] = {}
    titles: dict[str, tuple[str, str]] = {}
    for path in paths:
        answer = page.request.get(path, max_redirects=0)
        if answer.status >= 500 or (answer.status >= 400 and path != "/nothing-here"):
            faults[path] = [f"answers {answer.status}"]
            continue
        is_page = answer.headers.get("content-type", "").startswith("text/html")
        if (answer.status >= 300 and path != "/nothing-here") or not is_page:
            continue
        page.goto(path, wait_until="load")
        titles[path] = page.title(), page.inner_text("h1")
        if found := find_faults(page) + office.find_dead_links(page):
            faults[path] = found
    return faults, titles


def tell(faults: dict[str, list[str]]) -> str:
    return "\n".join(f"{path}\n    " + "\n    ".join(found) for path, found in faults.items())


class TestEveryPage:
    def test_is_accessible_on_a_phone_in_light_and_dark(self, browser, office):
        page = open_page(browser, office, office.cookies["admin"], PHONE)

        faults, titles = visit(page, office, office.paths())

        page.context.close()
        assert len(titles) > 30, titles
        assert not faults, tell(faults)
        # Two pages that are headed differently are told apart by their titles too.
        headings: dict[str, set[str]] = {}
        for title, heading in titles.values():
            headings.setdefault(title, set()).add(heading)
        assert {title: found for title, found in headings.items() if len(found) > 1} == {}
        assert all(title.endswith(" · scanner-app") and len(title) > 14 for title in headings)

    def test_is_accessible_on_a_desk(self, browser, office):
        page = open_page(browser, office, office.cookies["admin"], DESK)

        # The frame is the same on all: a page with a table, a form, findings and a report.
        reconciling, closed = (office.samples["audit_id",][i]["audit_id"] for i in (3, 4))
        faults, titles = visit(
            page,
            office,
            ["/", "/assets", "/new/asset", f"/audits/{reconciling}", f"/audits/{closed}"],
        )

        page.context.close()
        assert len(titles) == 5
        assert not faults, tell(faults)

    @pytest.mark.parametrize("role", [None, "technician", "reader"])
    def test_is_accessible_to_who_sees_less(self, browser, office, role):
        page = open_page(browser, office, office.cookies.get(role), PHONE)
        secret = office.samples["secret",][0]["secret"]
        blind = office.samples["audit_id",][2]["audit_id"]
        paths = {
            None: ["/sign-in", f"/links/{secret}", "/nothing-here", "/api/v1/docs"],
            "technician": ["/", f"/audits/{blind}", "/more"],
            "reader": ["/", "/more"],
        }[role]

        faults, titles = visit(page, office, paths)

        page.context.close()
        assert len(titles) == len(paths)
        assert not faults, tell(faults)


class TestKeyboard:
    def test_skips_to_the_content_first(self, browser, office):
        page = open_page(browser, office, office.cookies["admin"], DESK)
        page.goto("/assets")

        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.innerText") == "Skip to the content"
        assert page.locator(".skip").bounding_box()["y"] >= 0
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")

        assert page.evaluate("!!document.activeElement.closest('main')")
        page.context.close()

    def test_opens_the_search_by_a_slash_that_no_scanner_typed(self, browser, office):
        page = open_page(browser, office, office.cookies["admin"], DESK)
        page.goto("/locations")
        page.locator("html[data-shell]").wait_for()

        page.keyboard.press("/")
        page.locator("[data-global-search] input:focus").wait_for()
        page.keyboard.press("Escape")
        page.evaluate(
            "for (const key of 'a/b') "
            "document.body.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }))"
        )
        assert page.evaluate("document.activeElement === document.body")
        page.keyboard.press("Control+k")
        page.keyboard.type("LT-001")
        page.locator("[data-hits] a.hit").first.wait_for()
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")

        page.wait_for_url("**/assets/LT-001")
        page.context.close()

    def test_opens_no_search_by_a_code_that_holds_slashes(self, browser, office):
        page = open_page(browser, office, office.cookies["admin"], DESK)
        page.goto("/assets")
        page.locator("html[data-tables]").wait_for()
        page.locator("html[data-shell]").wait_for()
        is_in_search = "document.activeElement.matches('[data-global-search] input')"

        for gap_ms in (5, 90):
            scan_by_keys(page, "/A/LT-001", gap_ms=gap_ms)
            page.get_by_text("was not stored").first.wait_for()
            assert not page.evaluate(is_in_search)
            assert page.locator("[data-global-search] input").input_value() == ""
            page.reload()
            page.locator("html[data-tables]").wait_for()
        page.keyboard.press("/")
        page.locator("[data-global-search] input:focus").wait_for()
        page.context.close()

    def test_selects_rows_and_all_that_match(self, browser, office):
        page = open_page(browser, office, office.cookies["admin"], DESK)
        page.goto("/assets?q=LT-0")
        page.locator("html[data-tables]").wait_for()
        boxes, count = page.locator("[data-pick]"), page.locator("[data-bulk-count]")

        boxes.nth(1).click()
        boxes.nth(4).click(modifiers=["Shift"])
        page.keyboard.press("j")
        page.locator("tr:nth-child(6) .row-link:focus").wait_for()
        page.keyboard.press("x")
        page.locator("tr:nth-child(6) [data-pick]:checked").wait_for()
        assert count.inner_text() == "5 selected"
        for key in "xj-x1":  # a scanner's code selects nothing
            page.keyboard.press(key)
        page.keyboard.press("Enter")
        page.locator(".toast").wait_for()
        assert count.inner_text() == "5 selected"
        page.locator("[data-pick-all]").check()
        assert count.inner_text() == f"{boxes.count()} selected"
        boxes.nth(0).uncheck()
        assert count.inner_text() == f"{boxes.count() - 1} selected"
        page.locator("[data-pick-none]").click()
        assert not page.locator("[data-bulk]").is_visible()
        page.context.close()

    def test_never_hides_what_has_the_focus_under_the_bars(self, browser, office):
        page = open_page(browser, office, office.cookies["admin"], PHONE)
        closed = office.samples["audit_id",][4]["audit_id"]
        for path in ("/locations", f"/audits/{closed}", "/new/asset"):
            page.goto(path)
            for _ in range(30):
                page.keyboard.press("Tab")
                hidden = page.evaluate(HIDDEN)
                assert not hidden, f"{path}: {hidden}"
        page.context.close()

    def test_decides_findings_and_goes_on_to_the_next(self, browser, office):
        page = open_page(browser, office, office.cookies["admin"], DESK)
        reconciling = office.samples["audit_id",][3]["audit_id"]
        page.goto(f"/audits/{reconciling}")
        first, second = (page.locator("li.finding").nth(n).get_attribute("id") for n in (0, 1))

        page.keyboard.press("j")
        page.locator(f"#{first}:focus").wait_for()
        page.keyboard.press("r")
        page.locator(f"#{first} dialog input[name=reason]:focus").wait_for()
        page.keyboard.press("Escape")
        page.locator(f"#{first} dialog").wait_for(state="hidden")
        page.keyboard.press("r")
        page.locator(f"#{first} dialog input[name=reason]:focus").wait_for()
        page.keyboard.press("Enter")
        page.locator(f"#{first} dialog [role=alert]").wait_for()
        page.locator(f"#{first} dialog input[name=reason]:focus").wait_for()
        page.keyboard.type("On a kart, next", delay=120)
        page.keyboard.press("Enter")

        page.locator(f"#{first}[data-decided]").wait_for()
        assert "Rejected" in page.inner_text(f"#{first}")
        assert "“On a kart, next”" in page.inner_text(f"#{first}")
        page.locator(f"#{second}:focus").wait_for()
        assert page.locator("[data-decided]").count() == 1
        page.context.close()

    def test_letters_decide_nothing_after_a_field_went_away(self, browser, office):
        page = open_page(browser, office, office.cookies["admin"], DESK)
        reconciling = office.samples["audit_id",][3]["audit_id"]
        page.goto(f"/audits/{reconciling}?state=missing&open=yes")
        before = page.locator("[data-decided]").count()

        page.locator("#many input[name=reason]").focus()
        page.evaluate("document.activeElement.blur()")
        page.keyboard.type("jax", delay=200)
        assert page.evaluate("document.activeElement === document.body")
        page.keyboard.press("Tab")  # a step that somebody takes: the keys act again
        page.keyboard.press("j")
        page.locator("[data-finding]:focus").wait_for()
        page.keyboard.press("x")

        page.locator("[data-finding]:focus .pick input:checked").wait_for()
        assert page.locator("[data-decided]").count() == before
        page.context.close()

    def test_a_scanners_code_decides_nothing_and_is_named(self, browser, office):
        page = open_page(browser, office, office.cookies["admin"], DESK)
        reconciling = office.samples["audit_id",][3]["audit_id"]
        page.goto(f"/audits/{reconciling}?open=yes")
        before = page.locator("[data-decided]").count()
        page.keyboard.press("j")
        finding = page.locator("[data-finding]:focus")
        finding.wait_for()
        first = finding.get_attribute("id")

        for code, ending in (
            ("a", "Enter"),
            ("xajker", "Enter"),
            ("rak-7", "Tab"),
            ("AX/1", "Enter"),
        ):
            scan_by_keys(page, code, ending)
        page.keyboard.press("r")
        reason = page.locator(f"#{first} dialog input[name=reason]:focus")
        reason.wait_for()
        scan_by_keys(page, "axel-40118")

        page.locator("[data-toasts] >> text=“axel-40118” was not stored").wait_for()
        assert reason.input_value() == ""
        assert page.locator(".pick input:checked").count() == 0
        assert page.locator("[data-decided]").count() == before
        page.context.close()

    def test_nothing_is_cut_off_on_the_smallest_phone(self, browser, office):
        page = open_page(browser, office, office.cookies["admin"], {"width": 320, "height": 568})
        reconciling = office.samples["audit_id",][3]["audit_id"]
        page.goto(f"/audits/{reconciling}?state=missing")

        cut = page.evaluate(
            "[...document.querySelectorAll('main button')]"
            ".filter((e) => e.checkVisibility() && e.scrollWidth > e.clientWidth + 1)"
            ".map((e) => e.innerText)"
        )

        assert page.locator("[data-accept]").count() > 0
        assert not cut
        # The texts of the help hold long addresses, which break nowhere by themselves.
        page.goto("/help")
        assert page.evaluate("document.documentElement.scrollWidth") == 320
        page.context.close()

    def test_keeps_the_focus_where_a_list_refreshes_itself(self, browser, office):
        page = open_page(browser, office, office.cookies["admin"], DESK)
        counting = office.samples["audit_id",][1]["audit_id"]
        page.goto(f"/audits/{counting}")
        page.locator(".rooms a").nth(1).focus()
        focused = page.evaluate("(window.before = document.activeElement).id")

        wait_until(lambda: page.evaluate("!window.before.isConnected"), what="a refresh")

        assert focused
        wait_until(
            lambda: page.evaluate("document.activeElement.id") == focused,
            what="the link has the focus again",
        )
        page.context.close()
