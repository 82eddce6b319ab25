"""Each constant of the rules stands in tests/constants as it was reviewed."""

from __future__ import annotations

import pytest

from scripts.dump_constants import KEPT, dump_module, file_of, list_modules

MODULES = list_modules()


@pytest.mark.parametrize("module", MODULES)
def test_stand_as_they_were_reviewed(module):
    file = file_of(module)
    kept = file.read_text() if file.is_file() else ""

    assert dump_module(module) == kept, "Run `make docs`, and look at what it changes."


def test_are_kept_of_no_module_that_is_gone():
    assert {file.stem for file in KEPT.glob("*.txt")} <= set(MODULES)
