"""What files say of products, and which release a device runs."""

from __future__ import annotations

import json
from datetime import date

import pytest

from scanner_app.domain.health.matching import (
    Catalogue,
    ProductRule,
    RuleOf,
    fold_name,
    read_version,
)
from scanner_app.domain.health.releases import Release, has_ended, read_lifecycles
from tests.health.lists import LIFECYCLES, WINDOWS

RULES = [
    ProductRule(RuleOf.SYSTEM, fold_name(prefix), product)
    for prefix, product in (
        ("Windows", "windows"), ("Windows Server", "windows-server"), ("macOS", "macos"),
        ("Ubuntu", "ubuntu"),
    )
] + [ProductRule(RuleOf.MODEL, "a2481", "iphone", "13-mini")]  # fmt: skip
TODAY = date(2026, 11, 29)


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    found = read_lifecycles(LIFECYCLES)
    ubuntu = [Release("ubuntu", "Ubuntu", name, name, ends_on=date(int("20" + name[:2]) + 5, 4, 1),
                      latest=f"{name}.3") for name in ("22.04", "24.04", "24.10")]  # fmt: skip
    return Catalogue(RULES, found + ubuntu)


class TestFiles:
    def test_of_one_product_have_the_same_releases(self):
        one = read_lifecycles(json.dumps({"result": WINDOWS}).encode())

        assert one == [r for r in read_lifecycles(LIFECYCLES) if r.product == "windows"]
        assert one[3] == Release(
            "windows", "Microsoft Windows", "11-24h2-w", "11 24H2 (W)", date(2024, 10, 1), None,
            date(2026, 10, 13), None, latest="10.0.26100",
        )  # fmt: skip
        assert one[4].extended_until == date(2028, 10, 10)

    def test_of_the_older_form_need_a_product(self):
        told = [
            {"cycle": "8.3", "eol": "2027-12-31", "support": "2025-12-31", "latest": "8.3.1"},
            {"cycle": 7, "eol": True, "latest": "7.4.33"},
            {"cycle": "9", "eol": False},
        ]
        found = read_lifecycles(json.dumps(told).encode(), product="php")

        assert [(r.cycle, r.ends_on, r.is_ended) for r in found] == [
            ("8.3", date(2027, 12, 31), False), ("7", None, True), ("9", None, False),
        ]  # fmt: skip
        with pytest.raises(ValueError, match="does not name its product"):
            read_lifecycles(json.dumps(told).encode())

    @pytest.mark.parametrize(
        ("data", "words"),
        [(b"", "not JSON"), (b"[" * 100_000, "not JSON"), (b'"x"', "no result"),
         (b'{"result": [{"name": "windows", "uri": "x"}]}', "products/full"),
         (b'{"result": [1]}', "Product 1"), (b'{"result": []}', "no releases"),
         (b'{"result": {"name": "x", "releases": [1]}}', "Release 1 of x"),
         (b'{"result": {"name": "x", "releases": [{"name": "1", "eolFrom": "soon"}]}}', "Release 1"),
         (b'{"result": {"name": "x", "releases": [{"label": "1"}]}}', "a name is missing")],
    )  # fmt: skip
    def test_of_another_form_are_refused(self, data, words):
        with pytest.raises(ValueError, match=words):
            read_lifecycles(data)


class TestSystems:
    @pytest.mark.parametrize(
        ("system", "version", "edition", "cycle", "is_sure"),
        [
            # Scenario 22: four releases have this version.
            ("Windows", "10.0.26100.4652", "", "11-24h2-w", False),
            ("Windows", "10.0.26100.4652", "Enterprise", "11-24h2-e", True),
            ("Windows", "10.0.26100.4652", "Windows 11 Pro", "11-24h2-w", True),
            ("Windows", "10.0.26100.4652", "Enterprise LTSC", "11-24h2-e-lts", True),
            ("Windows", "10.0.26100.1", "IoT Enterprise LTSC", "11-24h2-iot-lts", True),
            ("Windows 11 Education", "10.0.26100", "", "11-24h2-e", True),
            ("", "Windows 10 Pro 22H2 10.0.19045.3007", "", "10-22h2", True),
            ("macOS", "14.1.2 (23B92)", "", "14", True),
            ("macOS", "10.15.7", "", "10.15", True),
            ("macOS", "10.1.5", "", "10.1", True),
            ("Ubuntu", "24.04.1 LTS", "", "24.04", True),
            ("", "Ubuntu 24.10", "", "24.10", True),
        ],
    )
    def test_are_found_by_version_and_edition(
        self, catalogue, system, version, edition, cycle, is_sure
    ):
        match = catalogue.match_system(system, version, edition)

        assert (match.release.cycle, match.is_sure) == (cycle, is_sure)

    @pytest.mark.parametrize(
        ("system", "version", "product"),
        [("Windows Server 2025", "10.0.26100", "windows-server"), ("Windows", "6.1.7601", "windows"),
         ("macOS", "", "macos"), ("Ubuntu", "9999999999.1", "ubuntu")],
    )  # fmt: skip
    def test_of_which_no_release_fits_are_known_by_their_product(
        self, catalogue, system, version, product
    ):
        match = catalogue.match_system(system, version, "")
        assert (match.product, match.release) == (product, None)

    @pytest.mark.parametrize("system", ["Windowsill", "", "TempleOS", "Ü"])
    def test_that_no_rule_knows_are_not_guessed(self, catalogue, system):
        assert catalogue.match_system(system, "14", "") is None

    def test_are_supported_until_their_last_day(self):
        last = date(2026, 10, 13)
        assert not has_ended(last, is_ended=False, today=last)
        assert has_ended(last, is_ended=False, today=date(2026, 10, 14))
        # macOS 14: no day, and not ended; Catalina: ended, day unknown.
        assert not has_ended(None, is_ended=False, today=TODAY)
        assert has_ended(None, is_ended=True, today=TODAY)


class TestModels:
    @pytest.mark.parametrize(
        ("model", "cycle"),
        [("iPhone 13 mini", "13-mini"), ("Apple iPhone 6S", "6s"), ("A2481 128 GB", "13-mini"),
         ("iPhone 13", None), ("", None), ("iPhone", None)],
    )  # fmt: skip
    def test_are_found_by_their_whole_name_or_by_a_rule(self, catalogue, model, cycle):
        match = catalogue.match_model(model)
        assert (match.release.cycle if match else None) == cycle


def test_the_longest_version_of_a_text_counts():
    assert read_version("Windows 11 10.0.22631.1") == (10, 0, 22631, 1)
    assert read_version("no number") == ()
