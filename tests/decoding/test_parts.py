"""What the codes on the underside of a device are, each in the form in which a field takes it."""

from __future__ import annotations

import pytest

from scanner_app.decoding.codes.parts import sort_parts
from scanner_app.decoding.codes.read import read_code
from scanner_app.decoding.codes.reading import TagRules

RULES = TagRules(base_url="https://assets.example.org", prefix="LT-", digits=4)


def sort(*codes: tuple[str, str]) -> list[list[tuple[str, str]]]:
    readings = [read_code(text, symbology=kind, rules=RULES) for text, kind in codes]
    found = sort_parts(readings, [kind for _, kind in codes], RULES)
    return [[(part.kind.value, part.value) for part in parts] for parts in found]


@pytest.mark.parametrize(
    ("text", "symbology", "parts"),
    [
        ("LT-0042", "code_128", [("tag", "LT-0042")]),
        ("https://assets.example.org/a/LT-0042", "qr_code", [("tag", "LT-0042")]),
        (
            "1S20XW00KGGEPF2ABCDE",
            "code_128",
            [("model_number", "20XW00KGGE"), ("serial", "PF2ABCDE")],
        ),
        ("1P5SJ47EA#ABD", "code_128", [("model_number", "5SJ47EA#ABD")]),
        ("P/N: 5SJ47EA#ABD", "qr_code", [("model_number", "5SJ47EA#ABD")]),
        ("SC02XG1LFJG5J", "code_128", [("serial", "C02XG1LFJG5J")]),
        ("S/N: 5CG1234ABC", "qr_code", [("serial", "5CG1234ABC")]),
        ("4006381333931", "ean_13", [("article", "4006381333931")]),
        ("00:1A:2B:3C:4D:5E", "code_128", [("address", "00:1A:2B:3C:4D:5E")]),
        ("001A2B3C4D5E", "code_128", [("address", "001A2B3C4D5E")]),
        ("5CG1234ABC", "code_128", [("other", "5CG1234ABC")]),
        (
            "Inventory number = LT-0042\nSerial number = PF2ABCDE",
            "qr_code",
            [("tag", "LT-0042"), ("serial", "PF2ABCDE")],
        ),
        ("WIFI:S:office;P:hunter2;;", "qr_code", []),
    ],
)
def test_a_code_says_what_it_is_or_is_left_to_a_person(text, symbology, parts):
    assert sort((text, symbology)) == [parts]


def test_a_number_is_an_express_code_only_beside_its_service_tag():
    tag, express = "7ABC123", str(int("7ABC123", 36))

    assert sort((express, "code_128")) == [[("other", express)]]
    assert sort((express, "code_128"), (tag, "code_128")) == [[("serial", tag)], [("serial", tag)]]
    assert sort((tag, "code_128"), ("5CG1234ABC", "code_128"))[0] == [("other", tag)]
