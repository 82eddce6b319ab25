"""Test frames built bit by bit, without the decoders' code, so that no error is shared with them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from hypothesis import strategies as st

from hardware.protocols.base import Decoder
from hardware.protocols.em4100 import Em4100Decoder
from hardware.protocols.nur import NurDecoder
from hardware.protocols.r2000 import R2000Decoder
from hardware.protocols.textlines import TextLineDecoder
from hardware.protocols.thingmagic import ThingMagicDecoder
from hardware.protocols.tsl import TslDecoder
from hardware.protocols.uhfprime import UhfPrimeDecoder
from hardware.protocols.uhfreader import UhfReaderDecoder
from hardware.protocols.wiegand import WiegandDecoder
from hardware.protocols.yrm100 import Yrm100Decoder
from hardware.reads import Event, Noise, TagRead


def crc16(data: bytes, init: int = 0xFFFF) -> int:
    crc = init
    for byte in data:
        crc ^= byte << 8
        for _ in range(8):
            crc = (crc << 1 ^ 0x1021 if crc & 0x8000 else crc << 1) & 0xFFFF
    return crc


def crc16_reflected(data: bytes) -> int:
    crc = 0xFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ 0x8408 if crc & 1 else crc >> 1
    return crc


def crc16_nibbles(data: bytes) -> int:
    """Return ThingMagic's CRC by its table: each nibble enters at the low end."""
    table = [crc16(bytes((n,)), 0) for n in range(16)]
    crc = 0xFFFF
    for byte in data:
        for nibble in (byte >> 4, byte & 15):
            crc = ((crc << 4 | nibble) & 0xFFFF) ^ table[crc >> 12]
    return crc


def pc_of(epc: bytes) -> bytes:
    return (len(epc) // 2 << 11).to_bytes(2, "big")


def tag_bits(epc: bytes) -> bytes:
    body = pc_of(epc) + epc
    return body + (crc16(body) ^ 0xFFFF).to_bytes(2, "big")


def yrm100(epc: bytes) -> bytes:
    body = bytes((2, 0x22, 0, len(epc) + 5, 0xC9)) + tag_bits(epc)
    return b"\xbb" + body + bytes((sum(body) & 255,)) + b"\x7e"


def uhfreader18(epc: bytes) -> bytes:
    body = bytes((len(epc) + 7, 0, 1, 1, 1, len(epc))) + epc
    return body + crc16_reflected(body).to_bytes(2, "little")


def uhfreader288(epc: bytes) -> bytes:
    body = bytes((len(epc) + 9, 0, 1, 1, 4, 1, len(epc))) + epc + b"\x6b"
    return body + crc16_reflected(body).to_bytes(2, "little")


def uhfprime(epc: bytes) -> bytes:
    data = bytes((0, 0xFD, 0xA8, 1, 7, len(epc))) + epc
    body = bytes((0xCF, 0, 0, 1, len(data))) + data
    return body + crc16_reflected(body).to_bytes(2, "big")


def r2000(epc: bytes) -> bytes:
    body = bytes((0xA0, len(epc) + 7, 1, 0x89, 0x05)) + pc_of(epc) + epc + b"\x48"
    return body + bytes((-sum(body) & 255,))


def thingmagic(epc: bytes) -> bytes:
    bits = tag_bits(epc)
    data = bytes.fromhex("10001B01FF0101C4110E16400000012700000500000F")
    data += (len(bits) * 8).to_bytes(2, "big") + bits
    body = bytes((len(data), 0x22, 0, 0)) + data
    return b"\xff" + body + crc16_nibbles(body).to_bytes(2, "big")


def nur(epc: bytes) -> bytes:
    block = bytes((0xC4, 70, 5, 0)) + (865700).to_bytes(4, "little")
    block += int.from_bytes(pc_of(epc), "big").to_bytes(2, "little") + bytes((3, 1)) + epc
    payload = bytes((7, 0, len(block))) + block
    payload += crc16(payload).to_bytes(2, "little")
    head = b"\xa5" + len(payload).to_bytes(2, "little") + b"\0\0"
    check = 0xFF
    for byte in head:
        check ^= byte
    return head + bytes((check,)) + payload


def em4100(card: bytes) -> bytes:
    check = 0
    for byte in card:
        check ^= byte
    return b"\x02" + f"{card.hex().upper()}{check:02X}".encode() + b"\x03"


def id12la(card: bytes) -> bytes:
    return em4100(card)[:-1] + b"\r\n\x03"


def text(data: bytes) -> bytes:
    return b"]C0" + data + b"\r\n"


def tsl(epc: bytes) -> bytes:
    lines = (
        *("CS: .iv", f"PC: {pc_of(epc).hex().upper()}", f"EP: {epc.hex().upper()}"),
        *(f"PC: {pc_of(epc).hex()}", f"CR: {tag_bits(epc)[-2:].hex().upper()}"),
        *("RI: -61", "OK:", ""),
    )
    return "".join(f"{line}\r\n" for line in lines).encode()


def wiegand(card: bytes) -> bytes:
    value = int.from_bytes(card, "big")
    bits = f"{value:024b}"
    even = str(bits[:12].count("1") % 2)
    odd = str(1 - bits[12:].count("1") % 2)
    return f"26:{int(even + bits + odd, 2):X}\r\n".encode()


epcs = st.integers(1, 16).flatmap(lambda words: st.binary(min_size=words * 2, max_size=words * 2))
usual_epcs = st.binary(min_size=12, max_size=12)


@dataclass(frozen=True)
class Dialect:
    """A decoder, a builder of its frames, and the strategy of their content.

    `is_checked` says that damage shows: text lines carry no checksum. `raw_of` is what the decoder
    makes of what was put in.
    """

    name: str
    make: Callable[[], Decoder]
    build: Callable[[bytes], bytes]
    contents: st.SearchStrategy[bytes]
    is_checked: bool = True
    raw_of: Callable[[bytes], bytes] = bytes


def _wiegand_raw(card: bytes) -> bytes:
    return int(wiegand(card)[3:-2], 16).to_bytes(4, "big")


DIALECTS = (
    Dialect("yrm100", Yrm100Decoder, yrm100, epcs),
    Dialect("uhfreader18", lambda: UhfReaderDecoder(model="18"), uhfreader18, epcs),
    Dialect("uhfreader288", lambda: UhfReaderDecoder(model="288"), uhfreader288, epcs),
    Dialect("uhfprime", UhfPrimeDecoder, uhfprime, epcs),
    Dialect("r2000", R2000Decoder, r2000, usual_epcs),
    Dialect("thingmagic", ThingMagicDecoder, thingmagic, epcs),
    Dialect("nur", NurDecoder, nur, epcs),
    Dialect("em4100", Em4100Decoder, em4100, st.binary(min_size=5, max_size=5)),
    Dialect("id12la", Em4100Decoder, id12la, st.binary(min_size=5, max_size=5)),
    Dialect("tsl", TslDecoder, tsl, epcs),
    Dialect(
        "text",
        TextLineDecoder,
        text,
        st.text("ABCDEFGHIJ-0123456789", min_size=1, max_size=40).map(str.encode),
        is_checked=False,
    ),
    Dialect(
        "wiegand",
        WiegandDecoder,
        wiegand,
        st.binary(min_size=3, max_size=3),
        is_checked=False,
        raw_of=_wiegand_raw,
    ),
)


def reads_of(events: list[Event]) -> list[TagRead]:
    return [event for event in events if isinstance(event, TagRead)]


def raws_of(events: list[Event]) -> list[bytes]:
    return [read.raw for read in reads_of(events)]


def decode(decoder: Decoder, *pieces: bytes) -> list[Event]:
    """Return the events of the pieces and of the silence after them."""
    events: list[Event] = []
    for piece in pieces:
        events += decoder.feed(piece)
    events += decoder.idle()
    check_noise(events)
    return events


def check_noise(events: list[Event]) -> int:
    """Check what is said of the bytes that belong to no frame, and return how many they are."""
    noise = [event for event in events if isinstance(event, Noise)]
    for one in noise:
        assert type(one.size) is int
        assert one.size >= 0
        assert type(one.sample) is bytes
        assert len(one.sample) <= min(16, one.size)
        assert type(one.why) is str
        assert one.why
    return sum(one.size for one in noise)
