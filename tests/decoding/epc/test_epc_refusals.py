"""What an EPC cannot hold is refused in a sentence that names the field and its limit.

Limits are those of TDS 2.2, chapter 14: each largest value is written and read, and one more is
refused.
"""

from __future__ import annotations

import pytest

from scanner_app.decoding.epc import (
    EpcError,
    decode_epc,
    decode_epc_uri,
    encode_elements,
    encode_epc,
)
from scanner_app.decoding.epc.aidc import read_data
from scanner_app.decoding.epc.bits import BitReader, BitWriter, check_digit
from scanner_app.decoding.epc.writing import find_key, write_elements, write_giai

PREFIX = "0614141"  # seven digits: partition 5


def pad(key: str) -> str:
    return key + check_digit(key)


def refusal_of(call, *given, **named) -> str:
    with pytest.raises(EpcError) as refused:
        call(*given, **named)
    return str(refused.value)


class TestLimitsOfFields:
    """The number of bits of each field, by the largest value that it takes."""

    @pytest.mark.parametrize(
        ("scheme", "head", "largest", "name"),
        [
            ("sgtin-96", "sgtin:0614141.112345.", 2**38 - 1, "The serial"),
            ("sgln-96", "sgln:0614141.12345.", 2**41 - 1, "The serial"),
            ("grai-96", "grai:0614141.12345.", 2**38 - 1, "The serial"),
            ("gdti-96", "gdti:0614141.12345.", 2**41 - 1, "The serial"),
            ("giai-96", "giai:0614141.", 2**58 - 1, "The asset reference"),
            ("giai-96", "giai:061414112345.", 2**42 - 1, "The asset reference"),
            ("giai-96", "giai:061414.", 2**62 - 1, "The asset reference"),
            ("cpi-96", "cpi:0614141.123.", 2**31 - 1, "The serial"),
            ("cpi-var", "cpi:0614141.12A.", 2**40 - 1, "The serial"),
            ("itip-110", "itip:0614141.112345.01.02.", 2**38 - 1, "The serial"),
            ("usdod-96", "usdod:CAGEY.", 2**36 - 1, "The serial"),
            ("gid-96", "gid:1.2.", 2**36 - 1, "A field"),
        ],
    )
    def test_the_largest_number_fits_and_the_next_does_not(self, scheme, head, largest, name):
        uri = f"urn:epc:id:{head}"

        read = decode_epc(encode_epc(f"{uri}{largest}", scheme=scheme))
        assert read.pure_identity_uri == f"{uri}{largest}"
        assert refusal_of(encode_epc, f"{uri}{largest + 1}", scheme=scheme) == (
            f"{name} is too large for this scheme."
        )
        assert refusal_of(encode_epc, f"{uri}01", scheme=scheme) == (
            f"{name} must not begin with 0 in this scheme."
        )
        assert refusal_of(encode_epc, f"{uri}1A", scheme=scheme) == (
            f"{name} must be digits, not '1A'."
        )

    @pytest.mark.parametrize(
        ("field", "bits"), [("urn:epc:id:gid:{}.2.3", 28), ("urn:epc:id:gid:1.{}.3", 24)]
    )
    def test_the_fields_of_a_general_identifier(self, field, bits):
        largest = 2**bits - 1
        uri = field.format(largest)

        assert decode_epc(encode_epc(uri, scheme="gid-96")).pure_identity_uri == uri
        assert refusal_of(encode_epc, field.format(largest + 1), scheme="gid-96") == (
            "A field is too large for this scheme."
        )

    @pytest.mark.parametrize(
        ("scheme", "head", "longest", "name"),
        [
            ("sgtin-198", "sgtin:0614141.112345.", 20, "The serial"),
            ("sgln-195", "sgln:0614141.12345.", 20, "The serial"),
            ("grai-170", "grai:0614141.12345.", 16, "The serial"),
            ("gdti-174", "gdti:0614141.12345.", 17, "The serial"),
            ("itip-212", "itip:0614141.112345.01.02.", 20, "The serial"),
            ("giai-202", "giai:0614141.", 23, "The asset reference"),
            ("giai-202", "giai:061414112345.", 18, "The asset reference"),
            ("giai-202", "giai:061414.", 24, "The asset reference"),
        ],
    )
    def test_the_longest_text_fits_and_one_more_character_does_not(
        self, scheme, head, longest, name
    ):
        uri = f"urn:epc:id:{head}"

        read = decode_epc(encode_epc(uri + "x" * longest, scheme=scheme))
        assert read.pure_identity_uri == uri + "x" * longest
        assert refusal_of(encode_epc, uri + "x" * (longest + 1), scheme=scheme) == (
            f"{name} has more than {longest} characters."
        )
        assert refusal_of(encode_epc, f"{uri}ü", scheme=scheme) == (
            f"{name} has a character that an EPC cannot hold: 'ü'."
        )
        assert refusal_of(encode_epc, uri, scheme=scheme) == f"{name} must not be empty."

    @pytest.mark.parametrize(
        ("scheme", "head", "longest"),
        [("gdti-113", "gdti:0614141.12345.", 17), ("sgcn-96", "sgcn:0614141.12345.", 12)],
    )
    def test_the_longest_numeric_serial_keeps_its_zeros(self, scheme, head, longest):
        uri = f"urn:epc:id:{head}"

        for serial in ("0", "007", "9" * longest):
            read = decode_epc(encode_epc(uri + serial, scheme=scheme))
            assert read.pure_identity_uri == uri + serial
        assert refusal_of(encode_epc, uri + "9" * (longest + 1), scheme=scheme) == (
            f"The serial has more than {longest} digits."
        )
        assert refusal_of(encode_epc, f"{uri}A", scheme=scheme) == (
            "The serial must be digits, not 'A'."
        )

    @pytest.mark.parametrize(
        ("uri", "scheme", "sentence"),
        [
            ("cpi:0614141.12345.1", "cpi-96", None),
            ("cpi:0614141.123456789.1", "cpi-96", "The component reference has too many digits."),
            ("cpi:0614141.012.1", "cpi-96",
             "The component reference must not begin with 0 in this scheme."),
            ("cpi:0614141." + "A" * 23 + ".1", "cpi-var", None),
            ("cpi:0614141." + "A" * 24 + ".1", "cpi-var",
             "The component reference has more than 23 characters."),
            ("cpi:0614141.a.1", "cpi-var",
             "The component reference has a character that an EPC cannot hold: 'a'."),
            ("itip:0614141.112345.1.02.3", "itip-110", "A number must have 2 digits, not 1."),
            ("itip:0614141.112345.01.2.3", "itip-110", "A number must have 2 digits, not 1."),
            ("usdod:CAGE.1", "usdod-96",
             "'CAGE' is not a CAGE code or DoDAAC of 5 or 6 letters and digits."),
            ("usdod:CAGEYYY.1", "usdod-96",
             "'CAGEYYY' is not a CAGE code or DoDAAC of 5 or 6 letters and digits."),
            ("usdod:cagey.1", "usdod-96",
             "'cagey' is not a CAGE code or DoDAAC of 5 or 6 letters and digits."),
            ("usdod:123456.1", "usdod-96", None),
            ("adi:CAGEY.PART.SERIAL", "adi-var", None),
            ("adi:CAGEY..SERIAL", "adi-var", None),
            ("adi:CAGEY." + "P" * 32 + "." + "S" * 30, "adi-var", None),
            ("adi:CAGEY." + "P" * 33 + ".S", "adi-var", "The part number has more than 32 characters."),
            ("adi:CAGEY.P." + "S" * 31, "adi-var", "The serial has more than 30 characters."),
            ("adi:CAGEY.P.", "adi-var", "The serial must not be empty."),
        ],
    )  # fmt: skip
    def test_the_limits_of_parts_and_cage_codes(self, uri, scheme, sentence):
        uri = f"urn:epc:id:{uri}"
        if sentence is None:
            assert decode_epc(encode_epc(uri, scheme=scheme)).pure_identity_uri == uri
        else:
            assert refusal_of(encode_epc, uri, scheme=scheme) == sentence


class TestKeys:
    @pytest.mark.parametrize(
        ("uri", "sentence"),
        [
            ("sgtin:A614141.112345.1", "The company prefix must be digits, not 'A614141'."),
            ("sgtin:06141.11234567.1", "A GS1 company prefix has 6 to 12 digits."),
            ("sgtin:0614141123456.1.1", "A GS1 company prefix has 6 to 12 digits."),
            ("sgtin:0614141.12345.1", "The reference must have 6 digits, not 5."),
            ("sgtin:0614141.11234A.1", "The reference must be digits, not '11234A'."),
            ("sgln:061414112345.1.1", "The reference must have 0 digits, not 1."),
        ],
    )
    def test_prefix_and_reference_have_the_digits_of_the_standard(self, uri, sentence):
        assert refusal_of(decode_epc_uri, f"urn:epc:id:{uri}") == sentence
        scheme = "sgtin-96" if uri.startswith("sgtin") else "sgln-96"
        assert refusal_of(encode_epc, f"urn:epc:id:{uri}", scheme=scheme) == sentence

    @pytest.mark.parametrize(
        ("elements", "scheme", "sentence"),
        [
            ({"01": "00614141123457"}, "sgtin-96", "The GTIN 00614141123457 has a wrong check digit."),
            ({"01": "0061414112345"}, "sgtin-96", "The GTIN must have 14 digits, not 13."),
            ({"01": pad("0061414112345")}, "sgtin-96", "The element (21) is missing."),
            ({"00": "006141411234567891"}, "sscc-96",
             "The SSCC 006141411234567891 has a wrong check digit."),
            ({"414": "0614141123453"}, "sgln-96", "The GLN 0614141123453 has a wrong check digit."),
            ({"8018": "061414112345678901"}, "gsrn-96",
             "(8018) 061414112345678901 has a wrong check digit."),
            ({"8003": "006141411234541"}, "grai-96", "(8003) 0614141123454 has a wrong check digit."),
            ({"8006": "0061414112345201"}, "itip-110", "(8006) must have 18 digits, not 16."),
            ({}, "giai-96", "The element (8004) is missing."),
        ],
    )  # fmt: skip
    def test_elements_are_complete_and_their_check_digits_right(self, elements, scheme, sentence):
        assert refusal_of(encode_elements, elements, scheme=scheme, prefix_length=7) == sentence

    def test_what_cannot_be_made_says_what_is_missing(self):
        giai = {"8004": "061414112"}
        assert refusal_of(encode_elements, giai, scheme="giai-96") == (
            "giai-96 needs the length of the company prefix."
        )
        for length in (5, 13):
            assert refusal_of(encode_elements, giai, scheme="giai-96", prefix_length=length) == (
                "A GS1 company prefix has 6 to 12 digits."
            )
        assert refusal_of(encode_elements, giai, scheme="gid-96", prefix_length=7) == (
            "The scheme 'gid' has no element string."
        )
        assert refusal_of(encode_epc, "urn:epc:id:giai:0614141.1") == (
            "Name the binary scheme to write a pure identity in."
        )
        assert refusal_of(encode_epc, "urn:epc:id:giai:0614141.1", scheme="grai-96") == (
            "An EPC of giai cannot be written as grai-96."
        )
        assert refusal_of(encode_epc, "urn:epc:id:giai:0614141.1", scheme="giai-97") == (
            "'giai-97' is not an EPC scheme."
        )
        assert refusal_of(encode_epc, "urn:epc:raw:96.x30") == "A raw EPC URI is already bits."


class TestUris:
    @pytest.mark.parametrize(
        ("uri", "sentence"),
        [
            ("urn:epc:giai:1.2", "This is not an EPC URI, such as urn:epc:id:giai:0614141.5678."),
            ("urn:epc:id:giai:0614141", "An EPC of the scheme 'giai' does not have 1 fields."),
            ("urn:epc:id:rocket:1.2", "An EPC of the scheme 'rocket' does not have 2 fields."),
            ("urn:epc:tag:giai-96:x.0614141.1",
             "The filter value of an EPC tag URI must be a small number."),
            ("urn:epc:tag:giai-96:100.0614141.1",
             "The filter value of an EPC tag URI must be a small number."),
            ("urn:epc:raw:96.30", "A raw EPC URI is urn:epc:raw:96.x followed by 24 digits."),
            ("urn:epc:raw:x.x30", "A raw EPC URI is urn:epc:raw:96.x followed by 24 digits."),
        ],
    )  # fmt: skip
    def test_of_another_form_are_refused(self, uri, sentence):
        assert refusal_of(decode_epc_uri, uri) == sentence

    def test_a_pure_identity_may_be_written_as_a_plus_scheme(self):
        """A '+' scheme has no company prefix: its elements are those of the identity."""
        for scheme in ("giai+", "giai-96"):
            read = decode_epc(encode_epc("urn:epc:id:giai:0614141.12", scheme=scheme, filter_=3))
            assert (read.scheme, read.filter) == (scheme, 3)
            assert read.elements == (("8004", "061414112"),)
        tag = encode_epc("urn:epc:tag:giai-96:5.0614141.12", scheme="giai+")
        assert decode_epc(tag).filter == 5

    def test_a_tag_uri_names_its_scheme_and_filter(self):
        read = decode_epc_uri("urn:epc:tag:sgtin-96:2.0614141.112345.400")

        assert (read.scheme, read.filter) == ("sgtin-96", 2)


def bits(*parts: tuple[int, int]) -> str:
    """Return hexadecimal digits of numbers, each with its number of bits."""
    writer = BitWriter()
    for value, size in parts:
        writer.put(value, size)
    return writer.hex()


class TestBitsThatAreNoEpc:
    @pytest.mark.parametrize(
        ("parts", "sentence"),
        [
            # Header, filter, partition, company prefix, reference, serial.
            (((0x30, 8), (0, 3), (7, 3), (0, 82)), "Partition 7 is not in use."),
            (((0x30, 8), (0, 3), (5, 3), (0, 24), (1, 20), (1, 38)), "The company prefix is zero."),
            (((0x34, 8), (0, 3), (5, 3), (0, 24), (1, 58)), "The company prefix is zero."),
            (((0x30, 8), (0, 3), (5, 3), (10**7, 24), (1, 20), (1, 38)),
             "10000000 has more than 7 digits."),
            (((0x30, 8), (0, 3), (5, 3), (614141, 24), (10**6, 20), (1, 38)),
             "1000000 has more than 6 digits."),
            (((0x32, 8), (0, 3), (0, 3), (614141, 40), (1, 1), (1, 41)),
             "A field without digits must be zero."),
            (((0x31, 8), (0, 3), (5, 3), (614141, 24), (1, 34), (1, 24)),
             "Reserved bits must be zero."),
            (((0x3F, 8), (0, 3), (5, 3), (614141, 24), (1, 17), (25, 41)),
             "A numeric serial must begin with an extra 1."),
            (((0x3F, 8), (0, 3), (5, 3), (614141, 24), (1, 17), (1, 41)),
             "A numeric serial must begin with an extra 1."),
            (((0x3C, 8), (0, 3), (5, 3), (614141, 24), (10**8, 27), (1, 31)),
             "The component reference has too many digits."),
            (((0x30, 8), (0, 3), (5, 3), (614141, 24), (1, 20), (1, 38), (1, 16)),
             "Bits follow the end of the EPC."),
            (((0x36, 8), (0, 3), (5, 3), (614141, 24), (1, 20), (65, 7), (0, 7), (65, 7), (0, 119)),
             "Characters follow the end of a text."),
        ],
    )  # fmt: skip
    def test_are_refused_with_their_reason(self, parts, sentence):
        assert refusal_of(decode_epc, bits(*parts)) == sentence

    def test_the_least_and_the_most_that_is_read(self):
        assert refusal_of(decode_epc, "") == "An EPC has 2 to 128 hexadecimal digits."
        assert refusal_of(decode_epc, "0" * 129) == "An EPC has 2 to 128 hexadecimal digits."
        assert refusal_of(decode_epc, "FF" * 64) == "No EPC scheme has the header FF."
        assert refusal_of(decode_epc, "30") == "The EPC ends after 8 bits, inside a field."


class TestAdvice:
    def test_names_a_scheme_that_holds_it(self):
        said = refusal_of(write_giai, PREFIX, "AB", scheme="giai-96")

        # giai+: header 8, toggle 1, filter 3, seven digits and their end mark 4 each, a text: how
        # it is packed 3, its length 5, two hexadecimal characters 4 each.
        assert said == (
            "giai-96: The asset reference must be digits, not 'AB'. "
            "It fits into giai+ (60 bits) or giai-202 (202 bits)."
        )

    def test_says_that_none_does(self):
        assert refusal_of(write_giai, PREFIX, "ü", scheme="giai-202").endswith(
            "No scheme can hold it."
        )
        said = refusal_of(write_giai, PREFIX, "ü")
        assert said.startswith("giai-96: The asset reference must be digits, not 'ü'. giai+: ")

    def test_a_scheme_of_another_key_and_a_filter_of_four_bits_are_refused(self):
        said = refusal_of(write_giai, PREFIX, "1", scheme="sgtin-96")
        assert said == "'sgtin-96' does not write this key. Choose giai-96, giai-202, giai+."
        assert "The filter value is 0 to 7." in refusal_of(write_giai, PREFIX, "1", filter_=8)
        assert write_giai(PREFIX, "1", filter_=7).filter == 7

    def test_without_a_prefix_only_plus_schemes_are_written(self):
        elements = {"8004": PREFIX + "12"}
        assert write_elements(elements).scheme == "giai+"
        assert write_elements(elements).pure_identity_uri is None
        assert write_elements(elements, prefix_length=7).scheme == "giai-96"
        said = refusal_of(write_elements, elements, scheme="giai-202")
        assert "The length of the company prefix is unknown: enter the prefix." in said

    def test_elements_that_name_no_item_are_refused(self):
        assert find_key({"8004": "1"}) == "giai"
        assert find_key({"01": "1", "21": "2", "17": "3"}) == "sgtin"
        assert refusal_of(find_key, {"01": "1"}).startswith("These elements do not identify one")


class TestDataAfterAnEpc:
    """TDS 2, table F: each by bits written by hand."""

    def read(self, *parts: tuple[int, int]):
        return read_data(BitReader(bits(*parts, (0, 16))))

    @pytest.mark.parametrize(
        ("parts", "element"),
        [
            # A temperature has six digits and a sign (4330).
            (((0x4330, 16), (4, 20), (1, 1)), ("4330", "000004-")),
            (((0x4330, 16), (4, 20), (0, 1)), ("4330", "000004")),
            # A harvest date is one date or two (7007): 7, 4 and 5 bits each.
            (((0x7007, 16), (0, 1), (26, 7), (1, 4), (31, 5)), ("7007", "260131")),
            (((0x7007, 16), (1, 1), (26, 7), (1, 4), (31, 5), (26, 7), (12, 4), (1, 5)),
             ("7007", "260131261201")),
            # A moment has as much of its time as two bits say (8008).
            (((0x8008, 16), (0, 2), (26, 7), (2, 4), (3, 5), (23, 5)), ("8008", "26020323")),
            (((0x8008, 16), (1, 2), (26, 7), (2, 4), (3, 5), (23, 5), (59, 6)),
             ("8008", "2602032359")),
            (((0x8008, 16), (2, 2), (26, 7), (2, 4), (3, 5), (23, 5), (59, 6), (58, 6)),
             ("8008", "260203235958")),
            (((0x8008, 16), (3, 2), (26, 7), (2, 4), (3, 5)), ("8008", "260203")),
            (((0x394, 12), (0, 4), (1234, 14)), ("3940", "1234")),
            (((0x8111, 16), (9999, 14)), ("8111", "9999")),
            (((0x4321, 16), (1, 1)), ("4321", "1")),
        ],
    )  # fmt: skip
    def test_is_read_in_the_form_of_its_identifier(self, parts, element):
        data = self.read(*parts)

        assert data.elements == (element,)
        assert data.rest == ""

    @pytest.mark.parametrize(
        "parts",
        [
            ((0x11, 8), (26, 7), (0, 4), (1, 5)),  # month 0
            ((0x11, 8), (26, 7), (13, 4), (1, 5)),
            ((0x8008, 16), (0, 2), (26, 7), (2, 4), (3, 5), (24, 5)),  # hour 24
            ((0x8008, 16), (1, 2), (26, 7), (2, 4), (3, 5), (23, 5), (60, 6)),
            ((0x8111, 16), (10000, 14)),
        ],
    )
    def test_that_makes_no_sense_is_kept_as_it_is(self, parts):
        assert self.read(*parts).elements == ()
        assert self.read(*parts).rest

    def test_january_and_the_last_day_are_dates(self):
        data = self.read((0x11, 8), (26, 7), (1, 4), (0, 5), (0x17, 8), (99, 7), (12, 4), (31, 5))

        assert data.elements == (("11", "260100"), ("17", "991231"))
