"""What a code means: the server against the vectors that the phone's scripts are tested with."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from hardware.delivery.forward import GS1_CARRIERS
from scanner_app.decoding.codes import read
from scanner_app.decoding.codes.read import TagRules, is_secret, read_code, tag_key
from scanner_app.decoding.codes.reading import GS1_AIMS
from scanner_app.decoding.picture import engines
from scanner_app.decoding.picture.decode import ALL_FORMATS, SAFE_FORMATS, decode_picture
from scanner_app.domain.scanning.sentences import show_code
from scanner_app.queries.scanning.codes import PLAIN
from tests.vectors import load_vectors

VECTORS = load_vectors("codes.json")
PICTURES = load_vectors("pictures.json")
ROOT = Path(__file__).parents[2]
LABELS = Path(__file__).parents[1] / "data" / "labels"


def tag_rules(given: dict[str, Any]) -> TagRules:
    return TagRules(**given | {"foreign_hosts": frozenset(given.get("foreign_hosts", ()))})


@pytest.mark.parametrize("row", VECTORS["raw"], ids=lambda row: repr(row["text"]))
def test_a_raw_text_means_the_same_as_what_a_phone_sends_of_it(row):
    raw = read_code(row["text"]).candidates
    sent = read_code(row["code"], symbology=row["symbology"]).candidates

    assert (list(raw[0]) if raw else None) == row["means"]
    assert (list(sent[0]) if sent else None) == row["means"]


@pytest.mark.parametrize("row", VECTORS["keys"], ids=repr)
def test_a_key_is_that_of_the_vectors(row):
    assert tag_key(row["text"], tag_rules(row["rules"])) == row["key"]


@pytest.mark.parametrize("row", VECTORS["meanings"], ids=repr)
def test_a_code_is_looked_up_by_the_keys_of_the_vectors_in_their_order(row):
    reading = read_code(row["text"], symbology=row["symbology"], rules=tag_rules(row["rules"]))

    values = [value for scheme, value in reading.candidates if scheme in PLAIN]
    assert list(dict.fromkeys(values)) == row["keys"]


@pytest.mark.parametrize("row", VECTORS["own_links"], ids=repr)
def test_a_link_of_ours_says_what_it_labels(row):
    found = read_code(row["text"], rules=tag_rules(row["rules"])).candidates
    is_own = bool(found) and row["text"].lower().startswith("http") and found[0].scheme != "alias"

    assert (list(found[0]) if is_own else None) == row["means"]


@pytest.mark.parametrize("row", VECTORS["plain"], ids=repr)
def test_a_code_is_plain_where_the_vectors_say_so(row):
    assert bool(read._PLAIN.fullmatch(row["text"])) is row["is_plain"]


@pytest.mark.parametrize("text", VECTORS["server_only"])
def test_a_code_that_only_the_server_understands_is_more_than_a_tag(text):
    assert read._PLAIN.fullmatch(text) is None
    assert {scheme for scheme, _ in read_code(text).candidates} - {"tag", "alias"}


@pytest.mark.parametrize("row", VECTORS["secrets"], ids=repr)
def test_a_secret_is_recognized_as_in_the_vectors(row):
    assert is_secret(row["text"]) is row["is_secret"]


@pytest.mark.parametrize("row", VECTORS["shown"], ids=repr)
def test_a_code_is_shown_as_in_the_vectors(row):
    assert show_code(row["text"]) == row["shown"]


def test_every_symbology_that_a_decoder_names_is_in_the_vectors():
    vectors = load_vectors("symbologies.json")

    assert {name: vectors.get(name) for name in engines._NAMES} == engines._NAMES


def test_every_symbology_of_the_settings_is_in_the_pictures():
    assert {row["symbology"] for row in PICTURES} == ALL_FORMATS


@pytest.mark.parametrize("row", PICTURES, ids=lambda row: row["picture"])
def test_a_picture_is_read_as_the_phone_reads_it_and_means_one_thing(row):
    formats = SAFE_FORMATS if row["symbology"] in SAFE_FORMATS else frozenset({row["symbology"]})

    found = decode_picture((LABELS / row["picture"]).read_bytes(), formats=formats).symbols

    got = [(s.symbology, s.code, s.aim, s.bytes.hex()) for s in found]
    assert got == [(row["symbology"], row["code"], row["aim"], row["bytes"])]
    assert list(read_code(row["code"], symbology=row["symbology"]).candidates[0]) == row["means"]


class TestMarksOfGs1:
    def test_are_the_same_for_the_server_the_phone_and_the_agent(self):
        script = (ROOT / "static" / "js" / "shared" / "codes.js").read_text(encoding="utf-8")
        [written] = re.findall(r"GS1_PREFIXES = new Set\(\[(.*?)\]\)", script)

        # ISO/IEC 15424 and the GS1 General Specifications: GS1-128, Data Matrix, QR, DataBar,
        # DotCode, Aztec with FNC1 in first position.
        wanted = {"]C1", "]d2", "]Q3", "]e0", "]J1", "]z1"}
        assert set(re.findall(r'"(.*?)"', written)) == wanted
        assert wanted == GS1_AIMS
        assert wanted == GS1_CARRIERS
