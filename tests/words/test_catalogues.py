"""Every text of the interface is in each catalogue, with what it is filled with."""

from __future__ import annotations

import re

import pytest

from scanner_app.domain.settings import LANGUAGES
from scanner_app.edge.words.catalogue import load_catalogue
from scripts.words.gather import FOLDER, gather

PLACE = re.compile(r"\{[^{}]*\}|</?\w+>|%[-+0-9.]*[sdfg]")
OTHERS = sorted(set(LANGUAGES) - {"en"})


@pytest.fixture(scope="module")
def messages():
    return gather()


def test_a_catalogue_is_there_for_each_language():
    assert sorted(path.stem for path in FOLDER.glob("*.po")) == OTHERS


@pytest.mark.slow
@pytest.mark.parametrize("language", OTHERS)
def test_every_text_is_translated_with_the_same_placeholders(messages, language):
    catalogue = load_catalogue(language)
    missing, wrong = [], []
    for key, places in messages.items():
        forms = [key] if isinstance(key, str) else [key[0], *[key[1]] * 9]
        own = [catalogue.texts.get(key)] if isinstance(key, str) else catalogue.forms.get(key)
        if not own or not all(own):
            missing.append(f"{places[0][0]}: {key}")
            continue
        wrong += [
            f"{english} => {said}"
            for english, said in zip(forms, own, strict=False)
            if sorted(PLACE.findall(english)) != sorted(PLACE.findall(said))
        ]
    assert not missing, f"{len(missing)} texts, see `make words`:\n" + "\n".join(missing[:40])
    assert not wrong, "\n".join(wrong[:40])
