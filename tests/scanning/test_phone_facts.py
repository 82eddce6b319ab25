"""What the server tells the scan page's scripts: whole, up to date, and in the page."""

from __future__ import annotations

import json
import re

from scanner_app.domain.register.lifecycle import Stage
from scanner_app.domain.scanning.intents import AnswerKind, Intent
from scanner_app.domain.scanning.new_scan import CONDITIONS
from scanner_app.domain.scanning.page_modes import MOVE_STOCK
from scanner_app.domain.scanning.verdicts import Verdict, verdict_row
from scanner_app.pages.scanning.phone_facts import CONDITION_LABELS, phone_facts
from tests.vectors import load_vectors


class TestFacts:
    def test_are_those_that_the_scripts_are_tested_with(self):
        # Otherwise: python -m tests.vectors.write_facts
        assert phone_facts() == load_vectors("facts.json")

    def test_name_every_intent_but_the_undo_every_stage_and_every_verdict(self):
        facts = phone_facts()

        # A scan is undone by its button, and a blank label is claimed on the page of tags.
        values = {mode["value"] for mode in facts["modes"]} - {MOVE_STOCK}
        assert values == set(Intent) - {
            Intent.VOID,
            Intent.CLAIM,
            Intent.TRANSFER,
        }
        assert set(facts["stages"]) == set(Stage)
        assert set(facts["verdicts"]) == set(Verdict)
        assert set(AnswerKind) < set(Verdict)
        assert all(verdict_row(verdict).word for verdict in Verdict)
        assert tuple(value for value, _ in CONDITION_LABELS) == CONDITIONS

    def test_hold_no_moment_that_was_only_needed_to_make_a_sentence(self):
        for name, sentence in phone_facts()["sentences"].items():
            assert not re.search(r"\d", sentence), name

    def test_come_with_the_scan_page(self, page_as):
        text = page_as("technician").get("/scan").text

        [found] = re.findall(r'<script type="application/json" data-facts>(.*?)</script>', text)
        assert json.loads(found) == phone_facts()
