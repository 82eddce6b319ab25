"""Help: each page of it exists, its links lead somewhere, and each place and error has its part."""

from __future__ import annotations

import re

import pytest

from scanner_app.domain.help import (
    HELP_AT,
    HELP_FOR_ERRORS,
    HELP_PAGES,
    find_error_help,
    find_help,
)
from scanner_app.edge.help.texts import load_help, make_anchor
from scanner_app.pages.errors import TITLES
from scanner_app.pages.shell import GROUPS, MINE

ON_SQLITE = pytest.mark.parametrize("database_kind", ["sqlite"])


def anchors(name: str) -> set[str]:
    return set(re.findall(r'<h[1-6] id="([^"]+)"', load_help()[name].html))


class TestTexts:
    def test_every_page_is_there(self):
        assert tuple(load_help()) == HELP_PAGES

    @pytest.mark.parametrize("row", [*HELP_AT, *HELP_FOR_ERRORS], ids=lambda row: row.href)
    def test_a_place_and_an_error_lead_to_a_part_that_exists(self, row):
        assert not row.section or row.section in anchors(row.page)

    @pytest.mark.parametrize("name", HELP_PAGES)
    def test_links_lead_to_pages_and_parts_that_exist_or_out(self, name):
        for href in re.findall(r'<a href="([^"]+)"', load_help()[name].html):
            page, _, section = href.partition("#")
            if href.startswith("http"):
                continue
            target = page.removeprefix("/help/") or name
            assert target in HELP_PAGES, href
            assert not section or section in anchors(target), href

    def test_an_anchor_is_made_as_code_hosting_sites_make_it(self):
        assert make_anchor("Keyboard scanners (wedges)") == "keyboard-scanners-wedges"
        assert make_anchor("What was tried, and with what") == "what-was-tried-and-with-what"

    def test_nothing_of_the_repository_that_is_not_shipped_is_linked(self):
        assert not any(".md" in href for name in HELP_PAGES
                       for href in re.findall(r'href="(/[^"]*)"', load_help()[name].html))  # fmt: skip


class TestRows:
    @pytest.mark.parametrize(
        ("path", "href"),
        [
            ("/", "/help/scanning"),
            ("/scan", "/help/phone#the-screen"),
            ("/scanner-setup", "/help/phone#keyboard-scanners-wedges"),
            ("/audits", "/help/audits"),
            ("/audits/new", "/help/audits#scope"),
            ("/audits/7/rooms/3", "/help/audits"),
            ("/assets/LT-1", "/help/register"),
            ("/admin/tokens", "/help/access#tokens"),
            ("/h/H-2026-000123", "/help/counter#the-document"),
            ("/nowhere", "/help/scanning"),
        ],
    )
    def test_the_longest_beginning_of_an_address_counts(self, path, href):
        assert find_help(path).href == href

    def test_every_page_of_the_menu_has_help_of_its_own(self):
        sections = [one for _, group in GROUPS for one in group] + list(MINE)
        for path in {one.href.partition("?")[0] for one in sections} - {"/", "/help"}:
            assert find_help(path).path != "/", path

    def test_errors_that_say_what_to_do_themselves_have_none(self):
        assert find_error_help(404) is None
        assert {row.status for row in HELP_FOR_ERRORS} <= set(TITLES)


@ON_SQLITE
class TestPages:
    def test_a_search_shows_the_parts_with_all_its_words_to_anybody(self, app):
        client = app.test_client()

        found = client.get("/help?q=torn+reads+nowhere").text
        undo = client.get("/help?q=undo+blank").text

        assert "Nothing in the help has these words" in found
        assert "data-help-part" in client.get("/help?q=wedges").text
        assert undo.count("data-help-part=") < client.get("/help").text.count("data-help-part=")

    def test_a_page_has_its_contents_and_a_strange_name_is_not_found(self, app):
        client = app.test_client()

        assert '<h2 id="camera">Camera</h2>' in client.get("/help/phone").text
        for name in ("hardening", "nothing", "..%2Fpyproject", "phone.md"):
            assert client.get(f"/help/{name}").status_code == 404

    def test_every_page_offers_its_own_part(self, page_as):
        admin = page_as("admin")

        assert 'href="/help/audits"' in admin.get("/audits").text
        assert 'href="/help/phone#the-screen"' in admin.get("/scan").text
        assert 'href="/help/access"' in page_as("technician").get("/settings").text  # refused

    def test_the_page_without_a_network_names_nobody(self, page_as):
        page = page_as("technician").get("/offline").text

        assert "You are offline" in page
        assert "Technician" not in page
