"""The tray of a counter: what follows from its scans, and the page that works without script."""

from __future__ import annotations

import json
import re
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from scanner_app.domain.register.lifecycle import Stage
from scanner_app.domain.stockroom.handovers import HandoverKind
from scanner_app.domain.stockroom.tray import (
    Command,
    TrayKit,
    TrayScan,
    TrayStock,
    TrayThing,
    fold_tray,
    read_command,
)
from tests.stockroom.steps import handover, holder_of, post
from tests.support.on_both import database  # noqa: F401 - pages ask little of the database

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "trays.json").read_text())
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def to_scan(word: str) -> TrayScan:
    """`@` is a person, `#` a location, `%` the label of a kit, anything else a thing of the vectors.

    `thing%kit` is a piece of a kit whose label was scanned.
    """
    word, _, kit = word.partition("%")
    if not word:
        return TrayScan(uuid.uuid4(), kit, NOW, kit=TrayKit(**VECTORS["kits"][kit]))
    ref, _, name = word[1:].partition(" ")
    named: dict[str, Any] = {"person": (ref, name)} if word[0] == "@" else {"place": (ref, name)}
    if word in VECTORS["stock"]:
        named = {"stock": TrayStock(**VECTORS["stock"][word])}
    elif word[0] not in "@#":
        thing = VECTORS["things"][word]
        named = {"thing": TrayThing(**{**thing, "status": Stage(thing["status"])})}
    of_kit = TrayKit(**VECTORS["kits"][kit]) if kit else None
    return TrayScan(uuid.uuid4(), word, NOW, **named, of_kit=of_kit)


class TestTray:
    @pytest.mark.parametrize("tray", VECTORS["trays"], ids=lambda tray: " ".join(tray["scans"]))
    def test_follows_from_its_scans(self, tray):
        chosen = HandoverKind(tray["chosen"]) if "chosen" in tray else None

        folded = fold_tray(map(to_scan, tray["scans"]), kind=chosen)

        assert folded.kind == tray["kind"]
        assert (folded.person or (None, None))[1] == tray["person"]
        assert (folded.place or (None, None))[1] == tray["place"]
        lines = [
            f"{f'{line.quantity} ' if line.stock else ''}{line.tag}{f': {line.why}' if line.why else ''}"
            f"{f' > {line.place}' if line.place else ''}"
            for line in folded.lines
        ]
        assert lines == tray["lines"]

    def test_a_command_is_understood_by_its_exact_text(self):
        assert read_command(" SCN-UNDO ") is Command.UNDO
        assert read_command("LT-001") is None
        assert read_command("scn-undo") is None
        with pytest.raises(ValueError, match="SCN-DANCE"):
            read_command("SCN-DANCE")


@pytest.mark.usefixtures("counter")
class TestWithoutScript:
    @pytest.fixture
    def clerk(self, page_as):
        return page_as("stockroom")

    def scan(self, clerk, *codes: str, path: str = "/counter") -> str:
        for code in codes:
            form = dict(part.split("=") for part in path.partition("?")[2].split("&") if part)
            answer = clerk.post("/counter", data={**form, "code": code})
            assert answer.status_code == 303, answer.text
            path = answer.headers["Location"]
        return path

    def test_a_hand_over_by_forms_alone(self, clerk, api):
        path = self.scan(clerk, "B-77", "LT-001", "LT-002")
        tray = re.search(r"tray=([0-9a-f-]{36})", path)[1]
        shown = clerk.get(path).text
        assert "Check out 2 to Dana Reyes" in shown

        done = clerk.post(
            "/counter/handover",
            data={"tray": tray, "signature_typed": "Dana Reyes", "signature_is_mine": "on"},
        )

        assert done.status_code == 303, done.text
        document = clerk.get(done.headers["Location"]).text
        assert "LT-001" in document
        assert "Signed" in document
        assert holder_of(api, "LT-002") == "1001"
        # The same form again makes the same hand-over.
        again = clerk.post(
            "/counter/handover",
            data={"tray": tray, "signature_typed": "Dana Reyes", "signature_is_mine": "on"},
        )
        assert again.headers["Location"] == done.headers["Location"]

    def test_a_second_screen_reads_the_same_tray(self, clerk, api):
        path = self.scan(clerk, "B-77", "LT-001", "NO-SUCH", "LT-002", "SCN-UNDO")
        tray = re.search(r"tray=([0-9a-f-]{36})", path)[1]

        seen = api.get(f"/trays/{tray}").json

        assert (seen["kind"], seen["person"]) == ("issue", {"ref": "1001", "name": "Dana Reyes"})
        assert [(one["asset_tag"], one["is_ready"]) for one in seen["lines"]] == [("LT-001", True)]
        assert seen["unknown_codes"] == ["NO-SUCH"]
        assert api.get(f"/trays/{uuid.uuid4()}").json["lines"] == []

    def test_a_return_with_a_damaged_thing_by_command_codes(self, clerk, api):
        post(api, handover("LT-001", "LT-002"))
        path = self.scan(clerk, "LT-001", "LT-002")
        key = re.search(r'name="damaged-([0-9a-f-]{36})"', clerk.get(path).text)[1]
        tray = re.search(r"tray=([0-9a-f-]{36})", path)[1]

        clerk.post(
            "/counter/handover",
            data={"tray": tray, f"damaged-{key}": "on", f"note-{key}": "Screen cracked"},
        )

        assert api.get("/assets/LT-001").json["status"] == "in_maintenance"
        assert api.get("/assets/LT-002").json["status"] == "in_stock"

    def test_a_thing_is_taken_off_and_the_direction_is_changed(self, clerk):
        path = self.scan(clerk, "B-77", "LT-001", "LT-002", "SCN-UNDO")
        assert "LT-002" not in clerk.get(path).text

        path = self.scan(clerk, "SCN-RETURN", path=path)

        assert "kind=return" in path
        assert "It is in stock already." in clerk.get(path).text
        assert self.scan(clerk, "SCN-CLEAR", path=path) == "/counter"

    def test_says_who_has_a_thing_and_what_is_missing(self, clerk, api):
        path = self.scan(clerk, "LT-003")
        tray = re.search(r"tray=([0-9a-f-]{36})", path)[1]
        nobody = clerk.post("/counter/handover", data={"tray": tray})
        assert nobody.status_code == 422
        assert "Scan the person&#39;s badge first." in nobody.text
        self.scan(clerk, "B-77", path=path)
        post(api, handover("LT-003", person="1002"))

        refused = clerk.post("/counter/handover", data={"tray": tray})

        assert refused.status_code == 409
        assert "Bob Brook" in refused.text
        assert "since" in refused.text

    def test_an_unknown_command_is_refused(self, clerk):
        answer = clerk.post("/counter", data={"code": "SCN-DANCE"})

        assert answer.status_code == 422
        assert "does not know the command SCN-DANCE" in answer.text

    def test_a_contested_line_is_settled_with_what_was_found_out(self, clerk, api):
        post(api, handover("LT-001", person="1002"))
        fact = post(api, handover("LT-001", mode="fact")).json
        listed = clerk.get("/handovers").text
        action = re.search(r'action="(/contested/\d+)"', listed)[1]

        clerk.post(action, data={"note": ""})
        assert api.get(f"/handovers/{fact['handover_id']}").json["state"] == "contested"
        clerk.post(action, data={"note": "Bob has it; Dana took the spare."})

        assert api.get(f"/handovers/{fact['handover_id']}").json["state"] == "recorded"
        assert "settled this already" in clerk.post(
            action, data={"note": "again"}, follow_redirects=True
        ).text  # fmt: skip

    def test_an_undo_says_what_stays(self, clerk, api):
        made = post(api, handover("LT-001", "LT-002")).json
        post(api, handover("LT-001", kind="return"))

        refused = clerk.post(f"/h/{made['number']}/undo", follow_redirects=True).text

        assert "Ask test admin or an admin to undo it." in refused
        assert holder_of(api, "LT-002") == "1001"
