"""Fields of forms as a browser reads them: what must be filled says so, and what is wrong is tied to its reason."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest

pytestmark = pytest.mark.either_database


class Fields(HTMLParser):
    """The fields of a page by their names, and the ids that stand in it."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.by_name: dict[str, dict[str, str | None]] = {}
        self.ids: set[str] = set()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if found.get("id"):
            self.ids.add(str(found["id"]))
        if tag in ("input", "textarea", "select") and found.get("name"):
            self.by_name.setdefault(str(found["name"]), found)


class TestRequiredField:
    @pytest.mark.parametrize(
        ("path", "name"),
        [
            ("/assets", "asset_tag"),
            ("/locations", "name"),
            ("/people", "name"),
            ("/audits", "name"),
            ("/admin/users", "email"),
            ("/admin/tokens", "name"),
        ],
    )
    def test_that_was_left_empty_says_that_it_must_be_filled_and_why_it_was_refused(
        self, admin, path, name
    ):
        page = Fields(admin.post(path, data={"role": "viewer", "days": ""}).get_data(as_text=True))

        field = page.by_name[name]
        assert "required" in field
        assert field["aria-invalid"] == "true"
        assert str(field["aria-describedby"]) in page.ids

    @pytest.mark.parametrize("path", ["/patterns", "/admin/tokens", "/assets/new"])
    def test_has_only_attributes_that_a_browser_knows(self, admin, path):
        page = Fields(admin.get(path).get_data(as_text=True))

        glued = [
            attribute
            for field in page.by_name.values()
            for attribute in field
            for word in ("required", "multiple", "checked", "selected", "aria-invalid")
            if attribute.startswith(word) and attribute != word
        ]
        assert glued == []
