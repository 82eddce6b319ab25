"""How many reads a second each decoder of the reader layer finds in a stream of bytes."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

from hardware.protocols.base import Decoder
from hardware.protocols.checksums import crc_gen2
from hardware.protocols.em4100 import Em4100Decoder
from hardware.protocols.llrp import MessageType, Parameter, build_message, build_tlv
from hardware.protocols.llrp_session import LlrpDecoder
from hardware.protocols.r2000 import R2000Decoder
from hardware.protocols.textlines import TextLineDecoder
from hardware.protocols.thingmagic import ThingMagicDecoder
from hardware.protocols.tsl import TslDecoder
from hardware.protocols.uhfreader import UhfReaderDecoder
from hardware.protocols.uhfreader import build_command as build_uhfreader
from hardware.protocols.yrm100 import Yrm100Decoder
from hardware.readers.virtual import make_epc
from hardware.reads import TagRead


def yrm100_frame(epc: bytes) -> bytes:
    pc = (len(epc) // 2 << 11).to_bytes(2, "big")
    body = bytes((0x02, 0x22, 0, len(epc) + 5, 0xC9)) + pc + epc
    body += crc_gen2(pc + epc).to_bytes(2, "big")
    return b"\xbb" + body + bytes((sum(body) & 0xFF, 0x7E))


def uhfreader_frame(epc: bytes) -> bytes:
    data = b"\x01\x01\x01" + bytes((len(epc),)) + epc + b"\x6b"
    return build_uhfreader(0, 0x01, data)


def r2000_frame(epc: bytes) -> bytes:
    pc = (len(epc) // 2 << 11).to_bytes(2, "big")
    body = bytes((0xA0, len(epc) + 7, 1, 0x89, 0x01)) + pc + epc + b"\x48"
    return body + bytes((-sum(body) & 0xFF,))


def thingmagic_frame(epc: bytes) -> bytes:
    from hardware.protocols.checksums import crc_thingmagic

    pc = (len(epc) // 2 << 11).to_bytes(2, "big")
    tag = pc + epc + crc_gen2(pc + epc).to_bytes(2, "big")
    data = bytes.fromhex("10001B01FF0101C4110E16400000012700000500000F")
    data += (len(tag) * 8).to_bytes(2, "big") + tag
    body = bytes((len(data), 0x22, 0, 0)) + data
    return b"\xff" + body + crc_thingmagic(body).to_bytes(2, "big")


def em4100_frame(epc: bytes) -> bytes:
    card = epc[-5:]
    check = card[0] ^ card[1] ^ card[2] ^ card[3] ^ card[4]
    return b"\x02" + f"{card.hex().upper()}{check:02X}".encode() + b"\x03"


def llrp_frame(epc: bytes) -> bytes:
    tag = build_tlv(Parameter.TAG_REPORT_DATA, b"\x8d" + epc + b"\x81\x00\x01\x86\xc7")
    return build_message(MessageType.RO_ACCESS_REPORT, 1, tag)


def text_frame(epc: bytes) -> bytes:
    return f"]C08004{epc.hex().upper()}\r\n".encode()


def tsl_frame(epc: bytes) -> bytes:
    return f"EP: {epc.hex().upper()}\r\nRI: -61\r\n".encode()


DECODERS: dict[str, tuple[Callable[[], Decoder], Callable[[bytes], bytes]]] = {
    "text": (TextLineDecoder, text_frame),
    "em4100": (Em4100Decoder, em4100_frame),
    "yrm100": (Yrm100Decoder, yrm100_frame),
    "uhfreader": (lambda: UhfReaderDecoder(model="288"), uhfreader_frame),
    "r2000": (R2000Decoder, r2000_frame),
    "thingmagic": (ThingMagicDecoder, thingmagic_frame),
    "tsl": (TslDecoder, tsl_frame),
    "llrp": (LlrpDecoder, llrp_frame),
}


def measure_decoders(number: int) -> dict[str, dict[str, float]]:
    """Return reads a second of one core, clean and with a tenth of the frames damaged."""
    figures: dict[str, dict[str, float]] = {}
    for name, (make, build) in DECODERS.items():
        frames = [build(make_epc(n)) for n in range(1, number + 1)]
        clean = run_decoder(make(), b"".join(frames))
        assert clean[0] == number, (name, clean)
        figures[name] = {"reads_a_second": clean[0] / clean[1]}
        if name == "llrp":
            continue  # TCP carries it whole, and there is nothing to find back to.
        rng = random.Random(1)
        whole, stream = 0, bytearray()
        for frame in frames:
            if rng.random() < 0.1:
                damaged = bytearray(frame)
                damaged[rng.randrange(len(damaged))] ^= 1 << rng.randrange(8)
                stream += rng.choice((damaged, frame[:-3], b"\x99\xbb\xa0" + damaged))
            else:
                whole += 1
                stream += frame
        noisy = run_decoder(make(), bytes(stream))
        figures[name] |= {
            "noisy_reads_a_second": noisy[0] / noisy[1],
            "intact_frames": whole,
            "read_of_them": noisy[0],
        }
    return figures


def run_decoder(decoder: Decoder, stream: bytes) -> tuple[int, float]:
    began, reads = time.perf_counter(), 0
    for at in range(0, len(stream), 1024):
        reads += sum(isinstance(event, TagRead) for event in decoder.feed(stream[at : at + 1024]))
    reads += sum(isinstance(event, TagRead) for event in decoder.idle())
    return reads, time.perf_counter() - began
