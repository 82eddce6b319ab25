"""The main job from end to end in one browser: an imported register becomes a sealed report."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete

from scanner_app.models import User
from scanner_app.services.access import links
from tests.browser.conftest import open_scan_page, wait_until

pytestmark = pytest.mark.browser

PLACES = "Code,Name,Parent\nANNEX,Annex,\nA-1,Annex room 1,ANNEX\nA-2,Annex room 2,ANNEX\n"
PEOPLE = "Employee Number,Name,Email,Badge\n2001,Cleo Carr,cleo@example.org,B-90\n"
TAGS = [f"ST-{number:03}" for number in range(1, 23)]
CHECKED_OUT, MISSING, MISPLACED, ELSEWHERE = "ST-005", "ST-020", "ST-021", "ST-022"
UNKNOWN = "MYSTERY-7"
COUNTED = {"right place": 20, "wrong place": 1, "extra": 0, "unknown label": 1}


def list_assets() -> str:
    """Return the register of the annex in the columns of Snipe-IT: twenty in room 1, two in room 2."""
    rows = ["Asset Tag,Name,Serial,Model,Category,Status,Location,Default Location,Purchase Cost"]
    for number, tag in enumerate(TAGS, start=1):
        room = "A-2" if tag in {MISPLACED, ELSEWHERE} else "A-1"
        rows.append(
            f"{tag},Laptop {number},SN-{number:04},Latitude 7440,Laptops,Ready to Deploy,"
            f"{room},{room},1200.00"
        )
    return "\n".join(rows) + "\n"


@pytest.fixture
def has_worker() -> bool:
    return True


class Pictures:
    """Screenshots of each page in the order of the story, for people to look at."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.taken: list[Path] = []
        folder.mkdir(parents=True, exist_ok=True)

    def take(self, page, name: str, *, whole: bool = False) -> None:
        path = self.folder / f"{len(self.taken) + 1:02}-{name}.png"
        page.screenshot(path=str(path), animations="disabled", full_page=whole)
        self.taken.append(path)


@pytest.fixture
def pictures(tmp_path: Path) -> Pictures:
    return Pictures(Path(os.environ.get("SCANNER_SCREENSHOTS") or tmp_path / "screenshots"))


def import_csv(page, kind: str, content: str, pictures: Pictures) -> None:
    """Upload, say what the columns mean, read the dry run, apply."""
    page.goto("/imports")
    page.click(f".choices label:has(input[value={kind}])")
    page.set_input_files(
        "#f-file",
        {"name": f"{kind}.csv", "mimeType": "text/csv", "buffer": content.encode()},
    )
    pictures.take(page, f"import-{kind}-upload")
    page.click("button:has-text('Upload')")
    page.wait_for_url("**/mapping")
    pictures.take(page, f"import-{kind}-columns")
    page.click("text=Preview import")
    rows = content.count("\n") - 1
    page.locator(f"button:has-text('Apply {rows} row')").wait_for()
    pictures.take(page, f"import-{kind}-dry-run")
    page.click(f"button:has-text('Apply {rows} row')")
    page.locator(f"text=Imported: {rows} created, 0 changed").wait_for()
    pictures.take(page, f"import-{kind}-applied")


def type_code(page, code: str) -> str:
    """Type a code into the scan field and give the word of the server's answer."""
    rows = page.locator("[data-rows] > li")
    before = rows.first.get_attribute("data-scan-id") if rows.count() else None
    page.fill("#code", code)
    page.press("#code", "Enter")

    def read_answer() -> str | None:
        if not rows.count() or rows.first.get_attribute("data-scan-id") == before:
            return None
        # The phone answers at once from its own lists; what counts here is the server's word.
        is_stored = rows.first.get_attribute("data-kept") == "server"
        return rows.first.get_attribute("data-answer") if is_stored else None

    return wait_until(read_answer, what=f"the server answers {code}")


def read_tiles(page) -> dict[str, int]:
    """Return the figures of an audit by their labels."""
    return {
        tile.locator(".label").inner_text(): int(tile.locator(".figure").inner_text())
        for tile in page.locator(".tiles .tile").all()
    }


def verify(report: Path, key: Path) -> subprocess.CompletedProcess[str]:
    command = "from scanner_app.cli import main; main()"
    return subprocess.run(
        [sys.executable, "-c", command, "audits", "verify", str(report), "--key", str(key)],
        capture_output=True,
        text=True,
        check=False,
        cwd=report.parent,
    )


def watch(page) -> list[str]:
    """Return a list of what goes wrong on the page from now on."""
    failures: list[str] = []
    page.on("pageerror", lambda error: failures.append(str(error)))
    page.on(
        "response",
        lambda answer: (
            answer.status >= 500 and failures.append(f"{answer.status} {answer.url}")  # type: ignore[func-returns-value] # only its effect counts
        ),
    )

    page.on(
        "console",
        lambda said: "Content Security Policy" in said.text and failures.append(said.text),  # type: ignore[func-returns-value] # only its effect counts
    )
    return failures


def make_first_admin(page, server, pictures) -> None:
    """The first admin comes in by the one-time link that the server prints at its start."""
    with server.session(write=True) as session:
        session.execute(delete(User))
        link = links.make_link(session, purpose="first_admin", user_id=None, now=datetime.now(UTC))
    page.goto(f"/links/{link}")
    pictures.take(page, "first-admin")
    page.fill("input[name=email]", "ada@example.org")
    page.fill("input[name=name]", "Ada Admin")
    page.fill("input[name=password]", "a short sentence")
    page.click("text=Make the account")
    page.locator("text=Welcome. You are signed in.").wait_for()
    pictures.take(page, "home")


def import_register(page, pictures) -> None:
    import_csv(page, "locations", PLACES, pictures)
    import_csv(page, "people", PEOPLE, pictures)
    import_csv(page, "assets", list_assets(), pictures)
    page.goto("/assets?q=ST-0")
    assert page.locator("a:has-text('ST-001')").count() >= 1
    pictures.take(page, "assets")


def scan_room(page, server, pictures) -> None:
    """Scan a room, then the twenty assets in it."""
    open_scan_page(page, "/scan?mode=sighting")
    pictures.take(page, "scan-empty")
    assert type_code(page, "A-1") == "fine"
    assert [type_code(page, tag) for tag in TAGS[:20]] == ["fine"] * 20
    assert "Annex room 1" in page.inner_text("[data-place]")
    pictures.take(page, "scan-sighting")
    assert [scan.code for scan in server.scans()] == ["A-1", *TAGS[:20]]


def check_out(page, pictures) -> None:
    open_scan_page(page, "/scan?mode=check_out")
    assert type_code(page, "B-90") == "fine"
    assert type_code(page, CHECKED_OUT) == "fine"
    pictures.take(page, "scan-check-out")
    page.goto(f"/assets/{CHECKED_OUT}")
    assert "Cleo Carr" in page.inner_text("main")
    pictures.take(page, "asset-checked-out", whole=True)


def start_audit(page, pictures) -> int:
    """Return the number of the audit."""
    page.goto("/audits/new")
    page.fill("input[name=name]", "Annex, autumn")
    page.check("input[name=locations][value=ANNEX]")
    page.locator("#covered strong:text-is('22')").wait_for()
    pictures.take(page, "audit-new", whole=True)
    page.click("text=Create audit")
    page.wait_for_url(re.compile(r"/audits/\d+$"))
    audit_id = int(page.url.rstrip("/").rsplit("/", 1)[1])
    pictures.take(page, "audit-draft")
    page.click("text=Start counting")
    page.locator("text=Count by scanning").wait_for()
    assert read_tiles(page)["not counted yet"] == len(TAGS)
    return audit_id


def count(page, pictures, audit_id: int) -> None:
    open_scan_page(page, f"/scan?audit={audit_id}")
    assert type_code(page, "A-1") == "fine"
    counted = [tag for tag in TAGS[:20] if tag != MISSING]
    assert [type_code(page, tag) for tag in counted[:12]] == ["fine"] * 12
    pictures.take(page, "count-fine")
    assert [type_code(page, tag) for tag in counted[12:]] == ["fine"] * 7
    assert type_code(page, MISPLACED) == "wrong_place"
    pictures.take(page, "count-wrong-place")
    assert type_code(page, UNKNOWN) == "unknown"
    pictures.take(page, "count-unknown")
    assert type_code(page, "A-2") == "fine"
    assert type_code(page, ELSEWHERE) == "fine"
    page.goto(f"/audits/{audit_id}")
    assert read_tiles(page) == {**COUNTED, "not counted yet": 1}
    pictures.take(page, "audit-counting")
    page.locator("section ul.list a", has_text="room 1").first.click()
    page.locator(f".tag:text-is('{MISSING}')").first.wait_for()
    pictures.take(page, "audit-room")


def decide(page, pictures, audit_id: int) -> None:
    page.goto(f"/audits/{audit_id}")
    page.click("text=Finish counting")
    page.click("#finish-count button.primary")
    page.locator("text=3 left to decide").wait_for()
    pictures.take(page, "audit-reconciling", whole=True)
    for code, choice, reason in (
        (MISPLACED, "accept", "It stays there"),
        (MISSING, "accept", "Nobody has it"),
        (UNKNOWN, "reject", "A visitor's own"),
    ):
        finding = page.locator("li.finding", has_text=code)
        finding.locator("[data-reject]").click()
        finding.locator("dialog input[name=reason]").fill(reason)
        finding.locator(f"dialog button[value={choice}]").click()
        finding.locator(f".verdict:has-text('{choice.capitalize()}ed')").wait_for()
    page.locator("text=Review and close").wait_for()
    pictures.take(page, "audit-decided", whole=True)


def close(page, pictures) -> None:
    page.click("text=Review and close")
    page.locator("h1:text-is('Close the audit')").wait_for()
    pictures.take(page, "audit-closing", whole=True)
    page.click("text=Close audit and seal record")
    page.locator("text=Sealed JSON").wait_for()
    assert read_tiles(page) == {"expected": len(TAGS), **COUNTED, "missing": 1}
    # 21 of 22 were seen, 20 of them where the register says; 21 of 22 things seen are registered.
    accuracy = page.locator("section", has_text="Accuracy").last.locator("dd strong")
    assert [text.replace("\xa0", " ") for text in accuracy.all_inner_texts()] == [
        "95.5 %",
        "90.9 %",
        "95.5 %",
    ]
    pictures.take(page, "audit-report", whole=True)


def look_at_register(page, pictures) -> None:
    """The register followed what was accepted, and nothing else."""
    page.goto(f"/assets/{MISPLACED}")
    assert "Annex room 1" in page.inner_text("main")
    page.goto(f"/assets/{MISSING}")
    assert "Missing" in page.inner_text("main")
    pictures.take(page, "asset-missing")
    assert page.goto(f"/assets/{UNKNOWN}").status == 404
    pictures.take(page, "not-found")


def check_seal(page, folder: Path, audit_id: int) -> None:
    """The sealed report is verified, and is found out when it is altered."""
    report, altered, key = (
        folder / name for name in ("report.json", "altered.json", "audit-key.pub.pem")
    )
    page.goto(f"/audits/{audit_id}")
    with page.expect_download() as download:
        page.click("text=Sealed JSON")
    download.value.save_as(report)
    address = page.locator("a:text-is('audit-key.pub.pem')").get_attribute("href")
    key.write_bytes(page.request.get(address).body())
    altered.write_bytes(report.read_bytes().replace(b"Annex, autumn", b"Annex, winter"))
    assert altered.read_bytes() != report.read_bytes()
    untouched, changed = verify(report, key), verify(altered, key)
    assert (untouched.returncode, changed.returncode) == (0, 1), untouched.stderr
    assert "ALTERED" in changed.stderr
    assert count_states(json.loads(report.read_bytes())) == {
        "verified": 20, "misplaced": 1, "missing": 1, "unregistered": 1,
    }  # fmt: skip


def count_states(report: dict[str, Any]) -> dict[str, int]:
    states = [finding["state"] for finding in report["findings"]]
    return {state: states.count(state) for state in dict.fromkeys(states)}


class TestStory:
    def test_a_register_is_imported_scanned_audited_and_sealed(
        self, phone, server, pictures, tmp_path
    ):
        page = phone.open()
        failures = watch(page)

        make_first_admin(page, server, pictures)
        import_register(page, pictures)
        scan_room(page, server, pictures)
        check_out(page, pictures)
        audit_id = start_audit(page, pictures)
        count(page, pictures, audit_id)
        decide(page, pictures, audit_id)
        close(page, pictures)
        look_at_register(page, pictures)
        check_seal(page, tmp_path, audit_id)

        assert failures == []
