"""Saved views: a list under a name, for oneself or for everybody."""

from __future__ import annotations

import re

from scanner_app.services.register import saved_views


def save(client, name: str, *, query: str = "q=lt&status=in_use", shared: str = "") -> None:
    form = {"list": "assets", "name": name, "query": query, "shared": shared}
    assert client.post("/views", data=form).headers["Location"] == f"/assets?{query}"


def views_of(client) -> dict[str, str]:
    text = client.get("/assets").get_data(as_text=True)
    tabs = re.search(r'aria-label="Views">(.*?)</nav>', text, re.DOTALL)
    found = re.findall(r'<a href="([^"]*)"[^>]*><bdi>([^<]*)</bdi>', tabs[1])
    return {name: href.replace("&amp;", "&") for href, name in found}


class TestSavedViews:
    def test_are_seen_by_who_saved_them_or_by_everybody(self, page_as):
        ana, bob = page_as("viewer"), page_as("technician")
        save(ana, "Mine")
        save(ana, "Ours", shared="yes")
        save(ana, "Ours", query="status=missing", shared="yes")  # replaced

        assert views_of(ana) == {
            "Mine": "/assets?q=lt&status=in_use",
            "Ours": "/assets?status=missing",
        }
        assert views_of(bob) == {"Ours": "/assets?status=missing"}
        answers = {bob.get(f"/views/{number}").status_code for number in (1, 2, 3)}
        assert answers == {303, 404}

    def test_are_removed_by_who_saved_them_or_by_an_admin(self, page_as, admin):
        ana, bob = page_as("viewer"), page_as("technician")
        save(ana, "Mine")
        save(ana, "Ours", shared="yes")

        assert bob.post("/views/2/removal").status_code == 403
        assert bob.post("/views/1/removal").status_code == 404
        assert admin.post("/views/2/removal").status_code == 303
        assert ana.post("/views/1/removal").status_code == 303
        assert views_of(ana) == {}

    def test_need_a_name_and_room(self, admin, monkeypatch):
        monkeypatch.setattr(saved_views, "MAX_VIEWS", 1)
        save(admin, " ")
        save(admin, "x" * 61)
        save(admin, "One")
        save(admin, "Two")

        assert list(views_of(admin)) == ["One"]
