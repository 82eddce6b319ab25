"""The decoder processes: a harmful picture costs only its own process."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest
from PIL import Image

from scanner_app.decoder.pool import PictureFailed, PicturePool, PoolBusy
from scanner_app.decoding.picture.decode import PictureRefused
from tests.decoding.pictures import draw_code, noise, on_paper, png_of_header, to_bytes

GOOD = to_bytes(on_paper(draw_code("LT-00042"), size=(400, 300), columns=1))
# Within the pixel limit, at four bytes a pixel.
HUGE = to_bytes(Image.new("RGBA", (7600, 7600), (255, 255, 255, 128)))
# Keeps a decoder busy for as long as its budget allows.
SLOW = to_bytes(noise(3000, 2200), "JPEG", quality=60)


@pytest.fixture(scope="module")
def pool():
    with PicturePool(timeout_s=30) as shared:
        yield shared


def child_of(pool) -> int:
    return pool._idle[0]._process.pid


def status_of(pid: int, field: str) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(field):
            return int(line.split()[1])
    raise AssertionError(field)


def cpu_seconds_of(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def wait_until_inside(pool, count: int) -> None:
    gate = threading.Event()
    while pool._inside < count:
        gate.wait(0.005)


class TestDecode:
    def test_answers_like_the_decoder_itself(self, pool):
        decoded = pool.decode(GOOD, explain=True)

        (symbol,) = decoded.symbols
        assert (symbol.text, symbol.bytes, symbol.symbology) == ("LT-00042", b"LT-00042", "qr_code")
        assert len(symbol.polygon) == 4
        assert decoded.passes

    def test_keeps_its_process(self, pool):
        pool.decode(GOOD)
        first = child_of(pool)

        pool.decode(GOOD)

        assert child_of(pool) == first

    @pytest.mark.parametrize(
        ("data", "code"),
        [
            (b"", "empty"),
            (b"no picture", "not_a_picture"),
            (bytes(26 * 1024 * 1024), "too_large"),
            (png_of_header(30_000, 30_000), "too_many_pixels"),
            (png_of_header(200, 1_000_000), "too_many_pixels"),
            (png_of_header(2**31 - 1, 2**31 - 1), "too_many_pixels"),
            (png_of_header(7000, 7000, 16, 6), "truncated"),
            (png_of_header(7000, 7000, 8, 2), "truncated"),
            (GOOD[: len(GOOD) // 2], "truncated"),
        ],
        ids=lambda value: value if isinstance(value, str) else f"{len(value)} bytes",
    )
    def test_refuses_bombs_within_bounds(self, pool, data, code):
        pool.decode(GOOD)
        child = child_of(pool)
        before, cpu = status_of(child, "VmHWM"), cpu_seconds_of(child)

        with pytest.raises(PictureRefused) as refused:
            pool.decode(data)

        assert refused.value.code == code
        assert child_of(pool) == child
        assert status_of(child, "VmHWM") - before < 450 * 1024
        assert cpu_seconds_of(child) - cpu < 4

    def test_takes_48_megapixels_in_bounded_memory(self, pool):
        paper = on_paper(draw_code("LT-00042", scale=12), size=(8000, 6000), columns=1)
        data = to_bytes(paper, "JPEG", quality=50)

        decoded = pool.decode(data, budget_ms=20_000)

        assert [symbol.text for symbol in decoded.symbols] == ["LT-00042"]
        assert status_of(child_of(pool), "VmHWM") < 700 * 1024

    def test_gives_the_child_process_no_secret_of_the_server(self, pool, monkeypatch):
        monkeypatch.setenv("SCANNER_SECRET_KEY", "x" * 40)
        with PicturePool() as fresh:
            fresh.decode(GOOD)
            environment = Path(f"/proc/{child_of(fresh)}/environ").read_bytes()

        assert b"SCANNER_" not in environment


@pytest.mark.slow
class TestPoison:
    def test_a_dead_decoder_is_replaced(self, pool):
        pool.decode(GOOD)
        os.kill(child_of(pool), 9)
        os.waitid(os.P_PID, child_of(pool), os.WEXITED | os.WNOWAIT)

        assert pool.decode(GOOD).symbols

    def test_a_decoder_that_dies_fails_only_its_picture(self):
        with PicturePool(timeout_s=30) as pool:
            pool.decode(GOOD)
            child = child_of(pool)
            killer = threading.Thread(
                target=lambda: (wait_until_inside(pool, 1), os.kill(child, 9))  # type: ignore[func-returns-value] # one after the other
            )
            killer.start()

            with pytest.raises(PictureFailed):
                pool.decode(SLOW, budget_ms=20_000)

            killer.join()
            assert pool.decode(GOOD).symbols

    def test_a_decoder_that_hangs_is_ended(self):
        with PicturePool(timeout_s=30) as pool:
            pool.decode(GOOD)
            child = child_of(pool)
            os.kill(child, 19)  # stopped, as a hang looks from outside
            pool._timeout_s = 0.2

            with pytest.raises(PictureFailed, match="too long"):
                pool.decode(GOOD, budget_ms=1)

            assert not Path(f"/proc/{child}").exists()
            pool._timeout_s = 30
            assert pool.decode(GOOD).symbols

    def test_a_decoder_that_burns_its_processor_time_is_ended(self):
        # Two processor seconds for a picture whose budget is twenty.
        with PicturePool(timeout_s=60, cpu_s=-19) as pool:
            pool.decode(GOOD, budget_ms=20_000)
            child = child_of(pool)

            with pytest.raises(PictureFailed, match="died"):
                pool.decode(SLOW, budget_ms=20_000)

            assert pool.decode(GOOD, budget_ms=20_000).symbols
            assert child_of(pool) != child

    def test_only_the_picture_that_needs_too_much_memory_fails(self):
        with PicturePool(timeout_s=30, memory_mb=560) as pool:
            with pytest.raises(PictureFailed, match="memory"):
                pool.decode(HUGE)

            assert pool.decode(GOOD).symbols


@pytest.mark.slow
class TestQueue:
    def test_refuses_a_picture_when_it_is_full(self):
        with PicturePool(workers=1, waiting=0, timeout_s=30) as pool:
            pool.decode(GOOD)
            worker = threading.Thread(target=pool.decode, args=(SLOW,), kwargs={"budget_ms": 1500})
            worker.start()
            wait_until_inside(pool, 1)

            with pytest.raises(PoolBusy):
                pool.decode(GOOD)

            worker.join()
            assert pool.decode(GOOD).symbols

    def test_serves_many_threads(self):
        with PicturePool(workers=2, waiting=10, timeout_s=30) as pool:
            found: list[str] = []
            threads = [
                threading.Thread(target=lambda: found.append(pool.decode(GOOD).symbols[0].text))
                for _ in range(8)
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()

            assert found == ["LT-00042"] * 8
            assert len(pool._idle) <= 2

    def test_refuses_pictures_after_close(self):
        pool = PicturePool()
        pool.close()

        with pytest.raises(PoolBusy):
            pool.decode(GOOD)

    def test_a_forked_process_starts_its_own_decoder(self):
        with PicturePool(timeout_s=30) as pool:
            pool.decode(GOOD)
            first = child_of(pool)
            pool._owner = -1  # as seen in a child of this process

            pool.decode(GOOD)

            assert child_of(pool) != first
