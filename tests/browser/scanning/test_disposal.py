"""From a retirement to a certificate in the browser: a refused pack, another serial, four people."""

from __future__ import annotations

import json

import pytest

from tests.browser.conftest import open_scan_page, scan_by_keys, wait_until

pytestmark = pytest.mark.browser
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Count 0/Kids[]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


def scan(page, code: str) -> str:
    """Scan with a keyboard scanner, and return the sentence that is shown."""
    before = page.locator("[data-rows] > li").count()
    scan_by_keys(page, code)
    wait_until(lambda: page.locator("[data-rows] > li[data-kept=server]").count() > before)
    return page.locator("[data-result] .sentence").inner_text()


def press(page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


@pytest.fixture
def people(server, browser):
    """`people(role)` is a window in which somebody of that role is signed in."""
    contexts = {}

    def open_window(role: str):
        if role not in contexts:
            contexts[role] = browser.new_context(
                viewport={"width": 390, "height": 844}, base_url=server.url
            )
            cookie = {"name": "scanner", "value": server.sign_in(role), "url": server.url}
            contexts[role].add_cookies([cookie])
        return contexts[role].pages[0] if contexts[role].pages else contexts[role].new_page()

    yield open_window
    for context in contexts.values():
        context.close()


def erase(people, tag: str, technique: str) -> None:
    """Erase a medium as the technician, verify it as the stockroom, accept it as the auditor."""
    tom, alice, carol = people("technician"), people("stockroom"), people("auditor")
    tom.goto(f"/assets/{tag}/sanitizations/new")
    tom.get_by_label("Where it goes", exact=True).select_option("resale")
    tom.get_by_label("Medium", exact=True).select_option("ssd")
    field = tom.get_by_role("combobox", name="How it was erased")
    field.fill(technique)
    tom.get_by_role("option", name=technique).click()
    tom.get_by_label("Serial number of the medium").fill("DISK-1")
    press(tom, "Record")
    path = tom.url
    assert tom.get_by_role("button", name="Verify").count() == 0
    alice.goto(path)
    alice.get_by_label("How you made sure").select_option("full")
    alice.get_by_label("What you found").select_option("pass")
    press(alice, "Verify")
    carol.goto(path)
    press(carol, "Accept")
    carol.get_by_text("Accepted", exact=True).first.wait_for()


def hand_over_and_decide(alice, consignment: str) -> None:
    """Hand over, compare a list that has another serial, decide both differences, add a paper."""
    alice.goto(consignment)
    alice.get_by_label("Person who takes it").fill("Vera Driver")
    press(alice, "Hand over")
    alice.get_by_label("Or paste it").fill("Serial\nANOTHER-9\n")
    press(alice, "Compare")
    for number, code in enumerate(("LT-001", "ANOTHER-9"), start=1):
        decide = alice.get_by_role("button", name=f"Decide {code}", exact=True)
        form = alice.locator("form", has=decide)
        form.get_by_label("Decision").select_option("accept")
        form.get_by_label("Reason").fill("They mixed up two boxes")
        decide.click()
        decided = alice.locator("strong", has_text="Accept")
        wait_until(lambda n=number, all_of=decided: all_of.count() == n, what=f"{code} is decided")
    alice.locator("#paper").set_input_files(
        {"name": "sale.pdf", "mimeType": "application/pdf", "buffer": PDF}
    )
    press(alice, "Add")
    alice.get_by_role("link", name="sale.pdf").wait_for()


def test_from_a_retirement_to_a_certificate(people):
    alice, bob, carol = people("stockroom"), people("approver"), people("auditor")
    open_scan_page(alice, "/scan?mode=retire")
    assert "is retired" in scan(alice, "LT-001")
    alice.goto("/consignments/new")
    alice.get_by_label("Where it goes").select_option("resale")
    alice.get_by_label("Recipient").fill("Green IT")
    press(alice, "Open")
    consignment = alice.url

    erase(people, "LT-001", "Overwrite")
    alice.goto(consignment)
    packing = alice.get_by_role("link", name="Scan to pack").get_attribute("href")
    open_scan_page(alice, packing)
    refused = scan(alice, "LT-001")
    erase(people, "LT-001", "Block erase")
    open_scan_page(alice, packing)
    alice.context.set_offline(True)
    scan_by_keys(alice, "LT-001")
    alice.locator("[data-rows] > li").first.wait_for()
    alice.context.set_offline(False)
    bob.goto(consignment)
    wait_until(lambda: bob.reload() and bob.get_by_text("packed by").count(), what="packed")
    press(bob, "Sign")

    alice.goto(consignment)
    assert alice.get_by_role("button", name="Sign", exact=True).count() == 0
    open_scan_page(alice, alice.get_by_role("link", name="Scan out").get_attribute("href"))
    left = scan(alice, "LT-001")
    hand_over_and_decide(alice, consignment)
    carol.goto(consignment)
    press(carol, "Close and seal")
    carol.get_by_role("link", name="C-20").first.click(timeout=8000)
    with carol.expect_download() as download:
        carol.get_by_role("link", name="JSON").click()
    body = json.loads(download.value.path().read_text())

    assert "not erased" in refused
    assert "1 of 1" in left
    assert [one["asset_tag"] for one in body["items"]] == ["LT-001"]
    assert {one["code"]: one["confirmed"] for one in body["differences"]} == {
        "LT-001": "missing",
        "ANOTHER-9": "extra",
    }
