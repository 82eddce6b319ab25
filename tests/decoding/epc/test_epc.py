"""EPCs: the published vectors in both directions, and properties that no vector covers."""

from __future__ import annotations

import csv
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner_app.decoding.epc import (
    EpcError,
    EpcFieldError,
    EpcFormatError,
    EpcTooShort,
    EpcUnknownHeader,
    decode_epc,
    decode_epc_uri,
    encode_elements,
    encode_epc,
    plus,
    tds1,
)
from scanner_app.decoding.epc.bits import check_digit

with (Path(__file__).parent / "epc_vectors.csv").open(newline="", encoding="utf-8") as _file:
    VECTORS = list(csv.DictReader(_file))
each_vector = pytest.mark.parametrize("vector", VECTORS, ids=[v["id"] for v in VECTORS])

SERIAL = st.text("ABCXYZabcz0123456789-_/.%!", min_size=1, max_size=16)
PREFIX = st.integers(6, 12).flatmap(
    lambda n: st.integers(1, 10**n - 1).map(lambda value: f"{value:0{n}d}")
)


def is_said(error: EpcError) -> bool:
    """Return whether an error says something to the person who typed or read the EPC."""
    return len(str(error).split()) > 2


class TestDecodeEpc:
    @each_vector
    def test_reads_every_published_vector(self, vector):
        epc = decode_epc(vector["epc_hex"])

        assert epc.scheme == vector["scheme"]
        assert epc.filter == (int(vector["filter"]) if vector["filter"] else None)
        assert (epc.tag_uri or "") == vector["tag_uri"]
        assert (epc.pure_identity_uri or "") == vector["pure_identity_uri"]
        assert (epc.element_string or "") == vector["element_string"]
        if vector["digital_link"]:
            assert epc.digital_link == vector["digital_link"]

    @each_vector
    def test_ignores_the_padding_to_whole_words(self, vector):
        bare = decode_epc(vector["epc_hex"])

        padded = decode_epc(bare.words + "0000")

        assert padded == bare

    @each_vector
    def test_refuses_a_cut_off_epc_as_too_short(self, vector):
        bare = decode_epc(vector["epc_hex"])

        with pytest.raises(EpcError):
            decode_epc(bare.hex[:6])

    @pytest.mark.parametrize(
        ("text", "error"),
        [
            ("", EpcFormatError),
            ("XYZ", EpcFormatError),
            ("3", EpcTooShort),
            ("30", EpcTooShort),
            ("3074257BF7194E4000001A8", EpcTooShort),  # an odd digit short
            ("A" * 130, EpcFormatError),
            ("000000000000000000000001", EpcUnknownHeader),
            ("E2806894000040017790E471", EpcUnknownHeader),
            ("300000000000000000000000", EpcFieldError),  # a blank tag is nobody's item
            ("307C257BF7194E4000001A85", EpcFieldError),  # partition 7
            ("3074257BF7194E4000001A85F", EpcFieldError),  # bits after its end
            ("FA3A61414156F8F", EpcFieldError),
        ],
    )
    def test_refuses_with_a_typed_error(self, text, error):
        with pytest.raises(error):
            decode_epc(text)

    @given(st.text("0123456789ABCDEFabcdefxyz ", max_size=140))
    def test_raises_only_its_own_errors(self, text):
        try:
            decode_epc(text)
        except EpcError as error:
            assert is_said(error)  # noqa: PT017 - any outcome but another exception is right

    @given(
        st.sampled_from(sorted({*tds1.BY_HEADER, *plus.BY_HEADER})),
        st.binary(min_size=1, max_size=40),
    )
    def test_encoding_a_decoded_epc_returns_the_same_bits(self, header, rest):
        text = f"{header:02X}" + rest.hex().upper()
        try:
            epc = decode_epc(text)
        except EpcError:
            return

        if epc.tag_uri:
            assert encode_epc(epc.tag_uri) == epc.hex


# The schemes of 96 bits with a partition, from TDS 2.2, chapter 14.6: header, bits of prefix and
# reference together, digits of both together, and bits of what follows (a serial, or zeros).
# The bits of a prefix are those that its digits need; a shorter prefix leaves the reference more.
PARTITIONED = {
    "sgtin": (0x30, 44, 13, 38),
    "sscc": (0x31, 58, 17, 24),
    "sgln": (0x32, 41, 12, 41),
    "grai": (0x33, 44, 12, 38),
    "giai": (0x34, 82, None, 0),
    "cpi": (0x3C, 51, 15, 31),
    "gdti": (0x2C, 41, 12, 41),
    "gsrn": (0x2D, 58, 17, 24),
    "gsrnp": (0x2E, 58, 17, 24),
}
WITH_SERIAL = {"sgtin", "sgln", "grai", "gdti", "cpi"}
PREFIX_BITS = {6: 20, 7: 24, 8: 27, 9: 30, 10: 34, 11: 37, 12: 40}


def lay_out(scheme: str, prefix: str, reference: str, serial: int, filter_: int = 3) -> str:
    """Return the bits of the standard's table as hexadecimal."""
    header, both, _, rest = PARTITIONED[scheme]
    size = PREFIX_BITS[len(prefix)]
    bits = f"{header:08b}{filter_:03b}{12 - len(prefix):03b}{int(prefix):0{size}b}"
    bits += f"{int(reference or 0):0{both - size}b}"
    bits += f"{serial:0{rest}b}" if rest else ""
    assert len(bits) == 96
    return f"{int(bits, 2):024X}"


class TestPartitions:
    @pytest.mark.parametrize("scheme", PARTITIONED)
    def test_give_prefix_and_reference_the_bits_of_the_standard(self, scheme):
        digits = PARTITIONED[scheme][2]
        # As many digits as there is room for, the largest number among them.
        for length, digit in product(PREFIX_BITS, "91"):
            prefix = "995141000036"[:length]
            left = 5 if digits is None else digits - length
            reference = digit * left
            serial = 6789 if scheme in WITH_SERIAL else 0
            tail = f".{serial}" if scheme in WITH_SERIAL else ""

            epc = decode_epc(lay_out(scheme, prefix, reference, serial))

            assert epc.pure_identity_uri == f"urn:epc:id:{scheme}:{prefix}.{reference}{tail}"
            assert epc.tag_uri == f"urn:epc:tag:{scheme}-96:3.{prefix}.{reference}{tail}"
            assert encode_epc(epc.tag_uri) == epc.hex == lay_out(scheme, prefix, reference, serial)

    @pytest.mark.parametrize("scheme", [s for s, row in PARTITIONED.items() if row[2]])
    def test_refuse_a_reference_with_more_digits_than_the_prefix_leaves(self, scheme):
        _, both, digits, _ = PARTITIONED[scheme]
        for length, size in PREFIX_BITS.items():
            too_large = 10 ** (digits - length)
            if too_large < 2 ** (both - size):
                with pytest.raises(EpcFieldError):
                    decode_epc(lay_out(scheme, "995141000036"[:length], str(too_large), 1))


URIS = sorted({v["tag_uri"] for v in VECTORS if v["tag_uri"]})


class TestEncodeEpc:
    @given(
        st.sampled_from(URIS), st.integers(0, 60), st.sampled_from([*"09a.-%:", "", "00", "9999"])
    )
    def test_writes_what_can_be_read_again_or_says_why_not(self, uri, at, put):
        place = uri.rindex(":") + 1 + at % (len(uri) - uri.rindex(":"))
        altered = uri[:place] + put + uri[place + 1 :]
        try:
            bits = encode_epc(altered)
        except EpcError as error:
            assert is_said(error)  # noqa: PT017 - any outcome but another exception is right
            return

        assert encode_epc(decode_epc(bits).tag_uri) == bits

    @each_vector
    def test_writes_every_published_vector(self, vector):
        epc = decode_epc(vector["epc_hex"])

        if vector["tag_uri"]:
            written = encode_epc(vector["tag_uri"])
        else:
            written = encode_elements(
                dict(epc.elements), scheme=epc.scheme, filter_=epc.filter, is_strict=False
            )

        assert written == epc.hex
        assert vector["epc_hex"].startswith(written)
        assert not vector["epc_hex"][len(written) :].strip("0")

    @pytest.mark.parametrize(
        ("uri", "scheme"),
        [
            ("urn:epc:id:giai:0614141.0123", "giai-96"),  # a leading zero would be lost
            ("urn:epc:id:giai:0614141.IT-42", "giai-96"),
            ("urn:epc:id:giai:0614141." + "9" * 30, "giai-96"),
            ("urn:epc:id:giai:0614141.5678", "sgtin-96"),
            ("urn:epc:id:giai:0614141.5678", "nonsense"),
            ("urn:epc:id:giai:06141.5678", "giai-96"),
            ("urn:epc:id:sgtin:0614141.12.5", "sgtin-96"),
            ("urn:epc:id:giai:0614141", "giai-96"),
            ("urn:epc:id:giai:0614141.5678", None),
            ("urn:epc:tag:giai-96:9.0614141.5678", None),
            ("urn:nothing", "giai-96"),
        ],
    )
    def test_refuses_what_a_scheme_cannot_hold(self, uri, scheme):
        with pytest.raises(EpcError):
            encode_epc(uri, scheme=scheme)

    @given(PREFIX, st.integers(0, 10**13 - 1), st.integers(0, 7))
    def test_decodes_the_giai_96_that_it_encoded(self, prefix, reference, filter_):
        written = encode_epc(
            f"urn:epc:id:giai:{prefix}.{reference % 10 ** (25 - len(prefix) - 1) % 2**41}",
            scheme="giai-96",
            filter_=filter_,
        )

        epc = decode_epc(written + "0" * (-len(written) % 4))

        assert len(written) == 24
        assert epc.filter == filter_
        assert epc.fields[0] == prefix

    @given(PREFIX, SERIAL)
    def test_a_key_means_the_same_in_every_scheme_that_holds_it(self, prefix, serial):
        elements = {"8004": prefix + serial}

        fixed = decode_epc(encode_elements(elements, scheme="giai-202", prefix_length=len(prefix)))
        packed = decode_epc(encode_elements(elements, scheme="giai+"))

        assert fixed.elements == packed.elements == (("8004", prefix + serial),)

    @given(st.integers(0, 10**13 - 1), SERIAL, st.sampled_from(["sgtin-198", "sgtin+"]))
    def test_decodes_trade_items_with_the_serial_that_it_encoded(self, number, serial, scheme):
        body = f"{number:013d}"
        if not body[1:8].strip("0"):
            return  # a company prefix of zeros is refused, as blank tags have it
        elements = {"01": body + check_digit(body), "21": serial}

        written = encode_elements(elements, scheme=scheme, prefix_length=7)

        assert dict(decode_epc(written).elements) == elements

    def test_refuses_a_wrong_check_digit(self):
        with pytest.raises(EpcFieldError, match="check digit"):
            encode_elements({"01": "80614141123459", "21": "1"}, scheme="sgtin+")

    def test_keeps_leading_zeros_if_the_scheme_can(self):
        written = encode_elements(
            {"8003": "00614141123452" + "0042"}, scheme="grai-170", prefix_length=7
        )

        assert decode_epc(written).elements == (("8003", "006141411234520042"),)

    @pytest.mark.parametrize(
        ("scheme", "elements"),
        [
            ("dsgtin+", {"01": "80614141123458", "21": "6789", "17": "271231"}),
            ("sgcn+", {"255": "4012345678901" + "04711"}),
            ("cpi+", {"8010": "06141415PQ7/Z43", "8011": "12345"}),
            ("itip+", {"8006": "040123451234560102", "21": "mw133"}),
            ("sgln+", {"414": "0614141123452"}),
            ("gdti+", {"253": "0614141123452" + "Ab-1"}),
        ],
    )
    def test_decodes_the_plus_schemes_that_it_encoded(self, scheme, elements):
        assert dict(decode_epc(encode_elements(elements, scheme=scheme)).elements) == elements


class TestDecodeEpcUri:
    def test_reads_a_pure_identity(self):
        epc = decode_epc_uri("urn:epc:id:giai:0614141.32a%2Fb")

        assert epc.element_string == "(8004)061414132a/b"

    def test_reads_a_raw_uri_as_the_bits_in_it(self):
        epc = decode_epc_uri("urn:epc:raw:96.x3474257BF40000000000162E")

        assert epc.tag_uri == "urn:epc:tag:giai-96:3.0614141.5678"

    @given(st.text(max_size=60))
    def test_raises_only_its_own_errors(self, text):
        for uri in (text, "urn:epc:id:" + text, "urn:epc:tag:" + text, "urn:epc:raw:" + text):
            try:
                decode_epc_uri(uri)
            except EpcError as error:
                assert str(error)  # noqa: PT017 - any outcome but another exception is right
