"""What holds for every byte protocol: chunks do not matter, damage costs only what it hits."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hardware.protocols.base import FrameDecoder
from hardware.reads import Noise
from tests.hardware.frames import DIALECTS, Dialect, check_noise, decode, raws_of

BY_NAME = pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.name)
# 8-bit checksums accept damage by chance now and then, so the examples are always the same.
STEADY = settings(max_examples=40, derandomize=True)


def split(data: bytes, cuts: list[int]) -> list[bytes]:
    at = sorted({cut % (len(data) + 1) for cut in cuts} | {0, len(data)})
    return [data[a:b] for a, b in pairwise(at)]


def damage(frame: bytes, rng: random.Random) -> bytes:
    """Drop, flip or insert one byte. The result always differs from the frame."""
    while True:
        bad, at = bytearray(frame), rng.randrange(len(frame))
        match rng.randrange(3):
            case 0:
                del bad[at]
            case 1:
                bad[at] ^= 1 << rng.randrange(8)
            case _:
                bad.insert(at, rng.randrange(256))
        if frame not in bytes(bad):
            return bytes(bad)


class TestChunks:
    @BY_NAME
    @STEADY
    @given(data=st.data())
    def test_any_division_into_chunks_gives_the_same_reads(
        self, dialect: Dialect, data: st.DataObject
    ) -> None:
        contents = data.draw(st.lists(dialect.contents, min_size=1, max_size=6))
        noise = data.draw(st.lists(st.binary(max_size=6), min_size=len(contents)))
        stream = b"".join(
            junk + dialect.build(one) for junk, one in zip(noise, contents, strict=False)
        )
        cuts = data.draw(st.lists(st.integers(0, len(stream)), max_size=12))

        whole = decode(dialect.make(), stream)
        pieces = decode(dialect.make(), *split(stream, cuts))
        bytewise = decode(dialect.make(), *(bytes((byte,)) for byte in stream))

        assert raws_of(pieces) == raws_of(bytewise) == raws_of(whole)

    @BY_NAME
    @STEADY
    @given(data=st.data())
    def test_clean_frames_are_all_read_in_order(
        self, dialect: Dialect, data: st.DataObject
    ) -> None:
        contents = data.draw(st.lists(dialect.contents, min_size=1, max_size=12))

        events = decode(dialect.make(), b"".join(map(dialect.build, contents)))

        assert raws_of(events) == [dialect.raw_of(one) for one in contents]


class TestDamage:
    @BY_NAME
    def test_every_intact_frame_is_read_and_no_other(self, dialect: Dialect) -> None:
        rng, stream, intact, touched = random.Random(5), bytearray(), [], set()
        for _ in range(1500):
            content = _draw(dialect, rng)
            frame = dialect.build(content)
            if rng.random() < 0.11:
                touched.add(dialect.raw_of(content))
                frame = damage(frame, rng)
                if not dialect.is_checked and not frame.endswith(b"\r\n"):
                    # A lost line end joins two lines, so the next one is not intact either.
                    frame += b"\r\n"
            else:
                intact.append(dialect.raw_of(content))
            stream += frame
        chunks = [bytes(stream[at : at + 97]) for at in range(0, len(stream), 97)]

        events = decode(dialect.make(), *chunks)

        read = raws_of(events)
        assert _is_subsequence(intact, read)
        if dialect.is_checked:
            # A flip may not change the meaning: the case of a hex digit, an unused byte.
            assert set(read) <= set(intact) | touched

    @BY_NAME
    @STEADY
    @given(junk=st.binary(max_size=300), data=st.data())
    def test_a_frame_after_noise_and_silence_is_read(
        self, dialect: Dialect, junk: bytes, data: st.DataObject
    ) -> None:
        content = data.draw(dialect.contents)
        decoder = dialect.make()

        decode(decoder, junk)
        events = decode(decoder, dialect.build(content))

        assert raws_of(events) == [dialect.raw_of(content)]

    @BY_NAME
    def test_half_a_frame_before_a_cut_is_not_joined_to_the_next(self, dialect: Dialect) -> None:
        rng = random.Random(9)
        first, second = _draw(dialect, rng), _draw(dialect, rng)
        frame = dialect.build(first)

        for size in range(1, len(frame)):
            decoder = dialect.make()
            early = decoder.feed(frame[:size])
            lost = decoder.reset()
            assert check_noise(early + lost) <= size
            if not early:
                assert check_noise(lost) > 0
            assert decoder.reset() == []
            events = decode(decoder, dialect.build(second))

            assert raws_of(early) in ([], [dialect.raw_of(first)])
            assert raws_of(lost) == []
            assert raws_of(events) == [dialect.raw_of(second)]


class TestBounds:
    @BY_NAME
    def test_64_kib_of_noise_leave_a_small_buffer(self, dialect: Dialect) -> None:
        decoder = dialect.make()
        rng = random.Random(3)
        noise = bytes(rng.choice(b"\x02\x30\x41\xa0\xa5\xbb\xff\x99") for _ in range(65536))

        events = decoder.feed(noise)
        pending = getattr(decoder, "pending", lambda: len(decoder._buffer))()  # type: ignore[attr-defined]  # those without `pending`
        events += decoder.idle()

        assert pending <= 4097
        assert any(isinstance(event, Noise) for event in events)
        assert raws_of(events) == []

    @BY_NAME
    @STEADY
    @given(junk=st.binary(max_size=600))
    def test_never_raises_on_any_input(self, dialect: Dialect, junk: bytes) -> None:
        decoder = dialect.make()

        decode(decoder, junk)
        decoder.reset()
        decoder.begin()
        decoder.poll()
        decoder.end()

    @pytest.mark.parametrize(
        "dialect",
        [one for one in DIALECTS if isinstance(one.make(), FrameDecoder)],
        ids=lambda dialect: dialect.name,
    )
    @STEADY
    @given(junk=st.binary(max_size=300))
    def test_noise_is_counted_to_the_byte(self, dialect: Dialect, junk: bytes) -> None:
        decoder = dialect.make()

        events = decode(decoder, junk)

        if all(isinstance(event, Noise) for event in events):
            assert sum(event.size for event in events if isinstance(event, Noise)) == len(junk)


def _draw(dialect: Dialect, rng: random.Random) -> bytes:
    """Return one content like those of its strategy. Plain random: hypothesis is slow in bulk."""
    match dialect.name:
        case "em4100" | "id12la":
            return rng.randbytes(5)
        case "wiegand":
            return rng.randbytes(3)
        case "text":
            return "".join(rng.choices("ABCDEFGHIJ-0123456789", k=rng.randint(4, 20))).encode()
        case "r2000":
            return rng.randbytes(12)
        case _:
            return rng.randbytes(rng.choice((12, 12, 12, 4, 16, 26)))


def _is_subsequence(wanted: list[bytes], found: list[bytes]) -> bool:
    remaining = iter(found)
    return all(one in remaining for one in wanted)
