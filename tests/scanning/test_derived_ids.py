"""An id that follows from another can be made by its author and this service alone."""

from __future__ import annotations

import uuid

from scanner_app.domain.scanning.derived_ids import DerivedIds

BASE = uuid.UUID("6a1c7f0f-6d5a-4f1f-9e0d-7e5b3b1f0001")
OURS = DerivedIds("the secret of this service", "user:1")


class TestDerivedIds:
    def test_are_the_same_for_the_same_request(self):
        assert OURS.make(BASE, "undo") == DerivedIds(OURS.secret, "user:1").make(BASE, "undo")

    def test_differ_by_everything_that_they_follow_from(self):
        made = [
            OURS.make(BASE, "undo"),
            OURS.make(BASE, "label 1"),
            OURS.make(BASE, "label 11"),
            OURS.make(uuid.UUID(int=1), "undo"),
            DerivedIds(OURS.secret, "user:11").make(BASE, "undo"),
            DerivedIds("another secret", "user:1").make(BASE, "undo"),
        ]

        assert len(set(made)) == len(made)
        assert {one.version for one in made} == {4}

    def test_cannot_be_made_from_what_others_know(self):
        known = {uuid.uuid5(BASE, "undo"), uuid.uuid3(BASE, "undo"), BASE}

        assert OURS.make(BASE, "undo") not in known

    def test_are_made_of_half_a_character_too(self):
        assert OURS.make(BASE, "code \ud800") != OURS.make(BASE, "code ")
