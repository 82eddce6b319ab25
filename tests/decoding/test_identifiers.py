"""What scanned texts mean: one identity for each thing on every carrier, and no exception."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner_app.decoding.codes.read import (
    Identifier,
    TagRules,
    canonical_value,
    is_secret,
    read_code,
    tag_key,
)

OURS = TagRules(base_url="https://scan.example.org")
GIAI = Identifier("giai", "06141415678")


def schemes(text, **options):
    return [candidate.scheme for candidate in read_code(text, **options).candidates]


def first(text, **options):
    return read_code(text, **options).candidates[0]


class TestTagKey:
    @pytest.mark.parametrize("text", ["abc-001", "ABC-001 ", "ABC-001\r\n", "\tABC-001"])
    def test_is_equal_for_all_ways_to_type_a_tag(self, text):
        assert tag_key(text) == "ABC-001"

    @pytest.mark.parametrize("text", ["АВС", "ABС", "ΑΒC"])
    def test_never_equals_a_lookalike(self, text):
        assert tag_key(text) != "ABC"

    def test_is_equal_for_composed_decomposed_and_full_width_letters(self):
        assert tag_key("\u00c5B") == tag_key("A\u030aB") == tag_key("\uff21\u030a\uff22")

    @pytest.mark.parametrize("text", ["42", "00042", "lt-42", "LT-00042", "LT-0000042"])
    def test_pads_and_prefixes_by_rule(self, text):
        assert tag_key(text, TagRules(prefix="LT-", digits=5)) == "LT-00042"

    @given(st.text())
    def test_of_a_key_is_the_same_key(self, text):
        assert tag_key(tag_key(text)) == tag_key(text)


class TestReadCode:
    @pytest.mark.parametrize(
        "text",
        [
            "]C1800406141415678",
            "\x1d800406141415678",
            "]d2800406141415678",
            "]Q3800406141415678",
            "800406141415678",
            "(8004)06141415678",
            "https://id.gs1.org/8004/06141415678",
            "https://example.com/some/where/8004/06141415678",
            "urn:epc:id:giai:0614141.5678",
            "urn:epc:tag:giai-96:3.0614141.5678",
            "3474257BF40000000000162E",
            "3474257bf40000000000162e0000",
            "FA306141415678F0",
        ],
    )
    def test_returns_one_identity_for_every_carrier(self, text):
        assert first(text) == GIAI

    @pytest.mark.parametrize(
        ("text", "identity"),
        [
            ("]C100106141412345678908", Identifier("sscc", "106141412345678908")),
            ("3174257BF4499602D2000000", Identifier("sscc", "106141412345678908")),
            ("(414)0614141123452", Identifier("gln", "0614141123452")),
            ("(414)0614141123452(254)5678", Identifier("gln", "0614141123452.5678")),
            ("3274257BF46072000000162E", Identifier("gln", "0614141123452.5678")),
            ("F13006141411234520458B80", Identifier("grai", "006141411234525678")),
            ("]d28003006141411234525678", Identifier("grai", "006141411234525678")),
            ("3074257BF7194E4000001A85", Identifier("sgtin", "80614141123458.6789")),
            ("(01)80614141123458(21)6789", Identifier("sgtin", "80614141123458.6789")),
            ("(01)80614141123458(10)LOT", Identifier("gtin", "80614141123458")),
            ("350007AB70425D4000000586", Identifier("gid", "31415.271828.1414")),
        ],
    )
    def test_reads_gs1_keys(self, text, identity):
        assert first(text) == identity

    @pytest.mark.parametrize("text", ["3474257BF40000000000162E", "3474257BF40000000000162E0000"])
    def test_also_returns_the_raw_epc(self, text):
        assert Identifier("epc", "3474257BF40000000000162E") in read_code(text).candidates

    @pytest.mark.parametrize(
        "text",
        [
            "E2806894000040017790E471",
            "000000000000000000000001",
            "300000000000000000000000",
            "F" * 128,
        ],
    )
    def test_keeps_an_epc_without_a_scheme_as_its_number(self, text):
        assert first(text, symbology="rfid") == Identifier("epc", text)

    @pytest.mark.parametrize("text", ["ABC", "0" * 129, "12345", "GHIJ" * 6, "3" * 23])
    def test_never_raises_on_hexadecimal_that_is_not_an_epc(self, text):
        assert read_code(text, symbology="rfid").candidates

    def test_marks_data_that_lost_its_separators_as_ambiguous(self):
        reading = read_code("010950110153000310ABC1232112345")

        assert reading.problem == "ambiguous_gs1"
        assert Identifier("sgtin", "09501101530003.12345") not in reading.candidates

    def test_trusts_existing_separators(self):
        reading = read_code("]C1010950110153000310ABC123\x1d2112345")

        assert reading.problem is None
        assert reading.aim == "]C1"
        assert reading.candidates == (Identifier("sgtin", "09501101530003.12345"),)

    @pytest.mark.parametrize("text", ["]C10112345\x1dABC", "\x1d0112345\x1dABC"])
    def test_reports_marked_data_that_is_not_gs1(self, text):
        assert read_code(text).problem == "not_gs1"

    @pytest.mark.parametrize(
        ("text", "identifier"),
        [
            ("https://scan.example.org/a/LT-042", Identifier("tag", "LT-042")),
            ("HTTPS://SCAN.EXAMPLE.ORG/a/lt-042?x=1", Identifier("tag", "LT-042")),
            ("http://scan.example.org/l/B1%2F2", Identifier("location_code", "B1/2")),
            ("https://scan.example.org/p/1007", Identifier("person_number", "1007")),
            ("https://snipe.example/hardware/12", Identifier("snipe_id", "12")),
            ("https://snipe.example/x/hardware/0012/", Identifier("snipe_id", "12")),
            ("https://snipe.example/hardware/bytag/a-1", Identifier("tag", "A-1")),
            ("https://snipe.example/hardware/bytag?assetTag=a-1", Identifier("tag", "A-1")),
            ("https://snipe.example/ht/a-1", Identifier("tag", "A-1")),
            (
                "https://www.dell.com/support/home/product-support/servicetag/abc1234/overview",
                Identifier("serial", "ABC1234"),
            ),
            ("https://support.lenovo.com/qrcode?sn=PF1ABCDE", Identifier("serial", "PF1ABCDE")),
        ],
    )
    def test_reads_links(self, text, identifier):
        reading = read_code(text, rules=OURS)

        assert reading.candidates[0] == identifier
        assert reading.problem is None

    @pytest.mark.parametrize(
        "text",
        [
            "https://evil.example/a/ASSET-1",
            "https://scan.example.org.evil.example/a/ASSET-1",
            "https://scan.example.org@evil.example/a/ASSET-1",
            "https://scan.example.org:8443/a/ASSET-1",
            "https://scan.example.org/settings",
            "https://[/a/ASSET-1",
            "https:///a/ASSET-1",
            "https://dell.com.evil.example/?sn=ABC1234",
        ],
    )
    def test_reports_a_foreign_link_and_finds_no_tag_in_it(self, text):
        reading = read_code(text, rules=OURS)

        assert reading.problem == "foreign_link"
        assert {candidate.scheme for candidate in reading.candidates} == {"alias"}

    def test_reads_snipe_it_links_only_of_the_named_hosts(self):
        rules = TagRules(foreign_hosts=frozenset({"snipe.example"}))

        assert first("https://snipe.example/ht/A1", rules=rules) == Identifier("tag", "A1")
        assert read_code("https://other.example/ht/A1", rules=rules).problem == "foreign_link"

    @pytest.mark.parametrize(
        ("text", "serial"),
        [
            ("1S20XXS0AB00PF1ABCDE", "PF1ABCDE"),
            ("1S3680WZQLKABC12", "LKABC12"),
            ("SC02XK0ABCDEF", "C02XK0ABCDEF"),
            ("12345678901", "5O6AQT1"),
            ("[)>\x1e06\x1d1P20XX\x1dSPF12345\x1e\x04", "PF12345"),
        ],
    )
    def test_finds_the_serial_number_that_a_maker_printed(self, text, serial):
        assert Identifier("serial", serial) in read_code(text).candidates

    @pytest.mark.parametrize("text", ["4006381333931", "04006381333931"])
    def test_returns_the_same_article_number_for_each_width(self, text):
        assert Identifier("gtin", "04006381333931") in read_code(text).candidates

    def test_refuses_an_article_number_with_a_wrong_check_digit(self):
        assert schemes("4006381333932") == ["tag"]

    def test_reads_a_bare_number_as_our_tag_or_a_serial_number(self):
        rules = TagRules(prefix="LT-", digits=5)

        assert read_code("42", rules=rules).candidates == (
            Identifier("tag", "LT-00042"),
            Identifier("tag", "42"),
        )

    @pytest.mark.parametrize(
        ("text", "symbology", "says", "first"),
        [
            ("LT-000426", "code_39", True, "LT-00042"),
            ("lt-000426", "code_39", True, "LT-000426"),  # no character of Code 39
            ("LT-00042X", "code_39", True, "LT-00042X"),  # a wrong one
            ("LT-000426", "code_39", False, "LT-000426"),  # one in 43 fits by chance
            ("LT-000426", "qr_code", True, "LT-000426"),
            ("LT-000426", None, True, "LT-000426"),
            ("]A0LT-000426", None, True, "LT-00042"),
            ("]A0LT-000426", None, False, "LT-000426"),
            ("]A1LT-000426", None, False, "LT-00042"),
            ("]A3LT-000426", None, True, "LT-000426"),
            ("]C0LT-000426", None, True, "LT-000426"),
            ("6", "code_39", True, "6"),
        ],
    )
    def test_removes_the_check_character_of_code_39_only_if_it_is_declared(
        self, text, symbology, says, first
    ):
        rules = TagRules(code39_check=says)

        reading = read_code(text, symbology=symbology, rules=rules)

        assert reading.candidates[0] == Identifier("tag", first)
        # With its last character it is a code too: the label may be registered that way.
        assert Identifier("tag", tag_key(reading.text)) in reading.candidates

    def test_reads_codabar_also_without_its_start_and_stop_characters(self):
        assert (
            Identifier("tag", "1234567") in read_code("A1234567B", symbology="codabar").candidates
        )

    @pytest.mark.parametrize(
        ("text", "problem"),
        [
            ("", "empty"),
            (" \t\r\n", "empty"),
            ("]E0", "empty"),
            ("A" * 4097, "too_long"),
            ("ABC\x00DEF", "control_char"),
            ("\x1b[2J\x1b]0;pwn\x07", "control_char"),
            ("TAG-1\rTAG-2", "control_char"),
            ("AB\x1dCD", "control_char"),
            ("abc\u202egnp.exe", "invisible_characters"),
            ("\u2066X\u2069", "invisible_characters"),
            ("A\u200bB", "invisible_characters"),
            ("\ufeffX", "invisible_characters"),
            ("A\u00adB", "invisible_characters"),
            ("A\ud800B", "surrogate"),
            ("WIFI:S:x;P:y;;", "secret"),
            ("otpauth://totp/x?secret=ABC", "secret"),
            ("tel:+1900", "action"),
            ("javascript:alert(1)", "action"),
        ],
    )
    def test_returns_a_problem_and_no_meaning_for_a_text_that_is_not_a_label(self, text, problem):
        reading = read_code(text)

        assert reading.problem == problem
        assert reading.candidates == ()
        assert reading.raw == text

    @pytest.mark.parametrize("text", ["АВС", "ΑΒΓ", "ԱB"])
    def test_warns_of_lookalikes(self, text):
        assert read_code(text).problem == "confusable"

    @pytest.mark.parametrize(
        "text", ["<script>alert(1)</script>", "{{7*7}}", "=1+1", "'; DROP TABLE asset;--", "%"]
    )
    def test_reads_program_code_as_a_plain_tag(self, text):
        assert first(text) == Identifier("tag", text.upper())

    @given(
        st.one_of(
            st.text(max_size=80),
            st.text("0123456789ABCDEF()]C1d2Qurn:epcidhttps/.\x1d\x1e?=%", max_size=60),
            st.sampled_from(
                ["]C1", "(01)", "8004", "https://", "urn:epc:id:", "[)>\x1e06\x1d"]
            ).flatmap(lambda head: st.text(max_size=40).map(lambda tail: head + tail)),
        ),
        st.sampled_from([None, "rfid", "codabar", "ean_13", "nonsense"]),
    )
    def test_never_raises_and_never_invents_a_value(self, text, symbology):
        reading = read_code(text, symbology=symbology, rules=OURS)

        assert reading.raw == text
        assert all(c.scheme and c.value is not None for c in reading.candidates)


class TestIsSecret:
    @pytest.mark.parametrize(
        "text",
        ["WIFI:S:x;P:y;;", " wifi:S:x;", "]Q1WIFI:S:x;", "https://x.example/?a=1&token=y"],
    )
    def test_recognises_a_password_in_every_form(self, text):
        assert is_secret(text)

    @pytest.mark.parametrize(
        "text", ["LT-042", "WIFI-042", "]C1LT-042", "https://x.example/a/T", ""]
    )
    def test_does_not_mistake_a_label_for_a_password(self, text):
        assert not is_secret(text)

    @given(st.text(max_size=80))
    def test_agrees_with_the_problem_of_the_reading(self, text):
        assert is_secret(text) or read_code(text).problem != "secret"


class TestCanonicalValue:
    @pytest.mark.parametrize(
        ("scheme", "text", "value"),
        [
            ("giai", " 06141415678 ", "06141415678"),
            ("giai", "(8004)06141415678", "06141415678"),
            ("giai", "3474257BF40000000000162E", "06141415678"),
            ("grai", "06141411234525678", "006141411234525678"),
            ("grai", "006141411234525678", "006141411234525678"),
            ("gtin", "4006381333931", "04006381333931"),
            ("epc", "3474257bf40000000000162e", "3474257BF40000000000162E"),
            ("email", "Alice@Example.org", "alice@example.org"),
            ("tag", " abc ", "ABC"),
        ],
    )
    def test_returns_the_form_that_scans_have(self, scheme, text, value):
        assert canonical_value(scheme, text) == value
