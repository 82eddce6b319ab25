"""Hostile pictures and uploads, inputs 61 to 66 of the hardening list.

Each picture goes to a decoder process whose memory and processor time are measured from outside.
"""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from PIL import Image, ImageDraw
from sqlalchemy import func, select

from scanner_app.decoder.pool import PicturePool
from scanner_app.decoding.picture.decode import PictureRefused, decode_picture
from scanner_app.decoding.picture.open import MAX_BYTES
from scanner_app.edge.state import app_state
from scanner_app.models import ShelfShot
from scanner_app.storage.database import reading
from tests.decoding.pictures import (
    _chunk,
    draw_code,
    draw_shelf,
    noise,
    on_paper,
    png_of_header,
    to_bytes,
)
from tests.decoding.test_worker import child_of, cpu_seconds_of, status_of

ON_SQLITE = pytest.mark.parametrize("database_kind", ["sqlite"])
GOOD = to_bytes(on_paper(draw_code("LT-00042"), size=(400, 300), columns=1))
MB = 1024
# Refused: by the header, so no pixel is read. Read: the most that 60 megapixels may cost.
BY_HEADER = {"memory": 30 * MB, "cpu": 0.3}
BY_READING = {"memory": 450 * MB, "cpu": 6.0}


def solid_png(width: int, height: int) -> bytes:
    """Return an all-white PNG of one bit a pixel: some kilobytes for any number of pixels."""
    row = b"\x00" + b"\xff" * (-(-width // 8))
    packer = zlib.compressobj(9)
    data = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    chunks = _chunk(b"IHDR", header) + _chunk(b"IDAT", data) + _chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


def with_chunk(png: bytes, kind: bytes, data: bytes) -> bytes:
    """Return a PNG with one more chunk after its header."""
    return png[:33] + _chunk(kind, data) + png[33:]


def animation(kind: str, frames: int) -> bytes:
    pictures = [Image.new("L", (60, 60), 255 - n % 200).convert("RGB") for n in range(frames)]
    return to_bytes(pictures[0], kind, save_all=True, append_images=pictures[1:], duration=20)


def located_jpeg() -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6
    exif.get_ifd(0x8825)[1] = "N"
    return to_bytes(Image.open(io.BytesIO(GOOD)).convert("RGB"), "JPEG", exif=exif)


ZEROS = zlib.compress(bytes(200 * 1024 * 1024), 9)
# Name: the bytes, the code of the refusal or the texts that are read, the bounds.
TABLE: dict[str, tuple[bytes, str | list[str], dict[str, float]]] = {
    "png of 144 megapixels": (solid_png(12_000, 12_000), "too_many_pixels", BY_HEADER),
    "png of 324 megapixels": (solid_png(18_000, 18_000), "too_many_pixels", BY_HEADER),
    "png of 900 megapixels": (solid_png(30_000, 30_000), "too_many_pixels", BY_HEADER),
    "strip": (png_of_header(200, 1_000_000), "too_many_pixels", BY_HEADER),
    "header of 2^31 - 1": (png_of_header(2**31 - 1, 2**31 - 1), "too_many_pixels", BY_HEADER),
    "nothing": (b"", "empty", BY_HEADER),
    "zero bytes": (bytes(5000), "not_a_picture", BY_HEADER),
    "text": (b"LT-00042", "not_a_picture", BY_HEADER),
    "26 MB": (bytes(MAX_BYTES + 1), "too_large", BY_HEADER),
    "gif of 2,000 frames": (animation("GIF", 2000), "not_a_picture", BY_HEADER),
    "tiff": (to_bytes(Image.new("L", (99, 99)), "TIFF"), "not_a_picture", BY_HEADER),
    "icon": (to_bytes(Image.new("L", (64, 64)), "ICO"), "not_a_picture", BY_HEADER),
    "photoshop": (b"8BPS\x00\x01" + bytes(200), "not_a_picture", BY_HEADER),
    "postscript": (
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
        "not_a_picture",
        BY_HEADER,
    ),
    "metafile": (b"\xd7\xcd\xc6\x9a" + bytes(200), "not_a_picture", BY_HEADER),
    "svg": (b"<svg xmlns='http://www.w3.org/2000/svg' onload='x()'/>", "not_a_picture", BY_HEADER),
    "xhtml": (b"<?xml version='1.0'?><html xmlns='x'/>", "not_a_picture", BY_HEADER),
    "pdf with script": (b"%PDF-1.7\n/JS (app.alert(1))", "not_a_picture", BY_HEADER),
    "gif that is script": (b"GIF89a/*\x00*/=1;alert(1)", "not_a_picture", BY_HEADER),
    "half a png": (GOOD[: len(GOOD) // 2], "truncated", BY_READING),
    "half a jpeg": (
        to_bytes(noise(1600, 1200), "JPEG")[:300],
        "not_a_picture",
        BY_HEADER,
    ),
    "profile of 200 MB": (
        with_chunk(GOOD, b"iCCP", b"x\x00\x00" + ZEROS),
        "not_a_picture",
        BY_READING,
    ),
    "comment of 200 MB": (
        with_chunk(GOOD, b"zTXt", b"x\x00\x00" + ZEROS),
        "not_a_picture",
        BY_READING,
    ),
    "png of 59 megapixels": (solid_png(7700, 7700), [], BY_READING),
    "16 bit promise": (png_of_header(7000, 7000, 16, 6), "truncated", BY_READING),
    "animated webp": (animation("WEBP", 300), [], BY_READING),
    "animated png": (animation("PNG", 300), [], BY_READING),
    "cmyk": (
        to_bytes(Image.open(io.BytesIO(GOOD)).convert("CMYK"), "JPEG"),
        ["LT-00042"],
        BY_READING,
    ),
    "turned and located": (located_jpeg(), ["LT-00042"], BY_READING),
    "12 megapixels of noise": (to_bytes(noise(4000, 3000), "JPEG", quality=50), [], BY_READING),
}


@pytest.fixture(scope="module")
def pool() -> Iterator[PicturePool]:
    with PicturePool(timeout_s=60) as shared:
        yield shared


class TestBounds:
    @pytest.mark.parametrize("name", TABLE)
    def test_hold_for_every_hostile_picture(self, pool, name):
        data, expected, bounds = TABLE[name]
        pool.decode(GOOD)
        child = child_of(pool)
        memory, cpu = status_of(child, "VmHWM"), cpu_seconds_of(child)

        try:
            decoded = pool.decode(data, budget_ms=1500)
            found: str | list[str] = [symbol.text for symbol in decoded.symbols]
        except PictureRefused as refused:
            found = refused.code

        assert found == expected
        assert child_of(pool) == child
        assert status_of(child, "VmHWM") - memory < bounds["memory"]
        assert cpu_seconds_of(child) - cpu < bounds["cpu"]


class TestManyCodes:
    def test_five_hundred_codes_are_capped_and_each_comes_once(self, pool):
        codes = [draw_code(f"A{n:04}", "MicroQRCode", scale=2) for n in range(500)]
        picture = on_paper(*codes, size=(1300, 1100), columns=25)

        texts = [s.text for s in pool.decode(to_bytes(picture), budget_ms=1500).symbols]

        assert 100 < len(texts) <= 400
        assert len(set(texts)) == len(texts)

    def test_reads_the_largest_qr_code_byte_for_byte(self, pool):
        data = b"LT-00042 " * 328 + b"!"  # 2953 bytes: as much as a QR code holds
        picture = on_paper(draw_code(data, scale=4, ec_level="L"), size=(800, 800), columns=1)

        [symbol] = pool.decode(to_bytes(picture), budget_ms=20_000).symbols

        assert symbol.bytes == data

    @pytest.mark.parametrize("at", [(20, 20), (70, 40), (120, 10)])
    def test_overlapping_codes_yield_only_codes_that_exist(self, pool, at):
        paper = on_paper(draw_code("LT-00042", "Code128", scale=4), size=(700, 400), columns=1)
        paper.paste(draw_code("PAT-77", scale=4), at)

        texts = {s.text for s in pool.decode(to_bytes(paper), budget_ms=20_000).symbols}

        assert texts <= {"LT-00042", "PAT-77"}
        assert "PAT-77" in texts


class TestKeptPicture:
    def test_has_only_the_pixels_of_the_file(self):
        data = with_chunk(GOOD, b"tEXt", b"Comment\x00<script>alert(1)</script>")

        kept = decode_picture(data + b"<script>alert(2)</script>", keep_side=300).picture

        assert b"script" not in kept
        image = Image.open(io.BytesIO(kept))
        assert (image.format, max(image.size)) == ("JPEG", 300)

    @pytest.mark.parametrize(
        "change",
        [
            lambda image: to_bytes(image.convert("RGB"), "JPEG"),
            lambda image: to_bytes(image.convert("LA")),
            lambda image: to_bytes(image.convert("P")),
            lambda image: to_bytes(image.convert("1")),
            lambda image: to_bytes(image.convert("CMYK"), "JPEG"),
            lambda image: to_bytes(image.convert("RGBA"), "WEBP", lossless=True),
        ],
        ids=["rgb", "alpha", "palette", "one bit", "cmyk", "webp"],
    )
    def test_can_be_read_again(self, change):
        data = change(Image.open(io.BytesIO(GOOD)))

        kept = decode_picture(data, keep_side=2000).picture

        assert [s.text for s in decode_picture(kept).symbols] == ["LT-00042"]
        assert Image.open(io.BytesIO(kept)).size == (400, 300)

    def test_is_upright(self):
        exif = Image.Exif()
        exif[0x0112] = 6
        stored = Image.open(io.BytesIO(GOOD)).convert("RGB").rotate(90, expand=True)

        decoded = decode_picture(to_bytes(stored, "JPEG", exif=exif), keep_side=2000)

        kept = Image.open(io.BytesIO(decoded.picture))
        assert (decoded.width, decoded.height) == kept.size == (400, 300)
        [symbol] = decode_picture(decoded.picture).symbols
        for ours, again in zip(decoded.symbols[0].polygon, symbol.polygon, strict=True):
            assert abs(ours[0] - again[0]) + abs(ours[1] - again[1]) < 8

    def test_shows_no_password(self):
        codes = [draw_code("WIFI:S:office;P:hunter2;;"), draw_code("LT-00042")]
        picture = on_paper(*codes, size=(900, 400), columns=2)
        ImageDraw.Draw(picture).line((0, 390, 900, 390), fill=0)

        kept = decode_picture(to_bytes(picture), keep_side=900).picture

        assert [s.text for s in decode_picture(kept).symbols] == ["LT-00042"]


@pytest.fixture
def client(app, api_as, pool):
    app_state(app).pictures = pool
    yield api_as("technician")
    app_state(app).pictures = None  # it serves the next test too


def files_in(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


@ON_SQLITE
class TestUpload:
    @pytest.mark.parametrize(
        "name",
        [
            "../../etc/passwd",
            "..\\..\\x",
            "C:\\x",
            "/abs",
            "a\0.jpg",
            "x" * 300,
            "CON",
            "a\r\nSet-Cookie: x=1",
            "\u202egpj.exe",
            "-rf",
            "page.html.jpg",
        ],
    )
    def test_never_uses_the_senders_file_name(self, client, app, name):
        folder = app_state(app).settings.instance_dir
        client.post("/decodes", data={"image": (io.BytesIO(GOOD), "first.png")})
        before = files_in(folder)

        answer = client.post("/decodes", data={"image": (io.BytesIO(GOOD), name, "image/svg+xml")})

        # A file name with a line end breaks the form, which then holds no picture.
        assert answer.status_code == (422 if "\n" in name else 200)
        assert "Set-Cookie" not in answer.headers
        assert files_in(folder) == before

    def test_is_served_with_our_name_and_type(self, app, page_as, pool):
        app_state(app).pictures = pool
        browser = page_as("technician")
        picture = to_bytes(draw_shelf(["LT-1"], columns=1)) + b"<script>alert(1)</script>"

        answer = browser.post(
            "/shelf", data={"picture": (io.BytesIO(picture), "a.html", "text/html")}
        )
        shown = browser.get(f"{answer.location}/picture.jpg")

        assert shown.content_type == "image/jpeg"
        assert shown.headers["X-Content-Type-Options"] == "nosniff"
        assert shown.headers["Content-Disposition"].startswith('inline; filename="shelf-')
        assert b"script" not in shown.data
        app_state(app).pictures = None

    @pytest.mark.parametrize(
        ("body", "content_type", "status"),
        [
            (b"", "multipart/form-data", {400, 422}),
            (b"", "multipart/form-data; boundary=x", {422}),
            (b"--x\r\n", "multipart/form-data; boundary=" + "x" * 70_000, {400, 422}),
            (
                b"--x\r\nX: " + b"a" * 2_000_000 + b"\r\n\r\n",
                "multipart/form-data; boundary=x",
                {413},
            ),
            (
                b"".join(
                    b'--x\r\nContent-Disposition: form-data; name="f%d"\r\n\r\n1\r\n' % n
                    for n in range(1001)
                )
                + b"--x--\r\n",
                "multipart/form-data; boundary=x",
                {413},
            ),
            (b"image=" + b"a" * 100, "application/x-www-form-urlencoded", {422}),
            (GOOD, "image/png", {422}),
        ],
        ids=["nothing", "no part", "long boundary", "long header", "1001 parts", "form", "bare"],
    )
    def test_that_is_malformed_is_answered_with_a_problem(self, client, body, content_type, status):
        answer = client.post("/decodes", data=body, content_type=content_type)

        assert answer.status_code in status
        assert answer.content_type == "application/problem+json"

    # Werkzeug drops the temporary file of an incomplete form; the collector then deletes it.
    @pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
    @pytest.mark.parametrize("path", ["/api/v1/decodes", "/shelf"])
    def test_that_breaks_off_leaves_no_file(self, app, client, page_as, path):
        field = "image" if path.startswith("/api") else "picture"
        head = f'--x\r\nContent-Disposition: form-data; name="{field}"; filename="a.png"\r\n\r\n'
        body = head.encode() + GOOD[: len(GOOD) // 2]
        sender = client.client if path.startswith("/api") else page_as("technician")
        headers = client.headers if path.startswith("/api") else {}

        answer = sender.post(
            path,
            input_stream=io.BytesIO(body),
            content_length=len(body) * 2,
            content_type="multipart/form-data; boundary=x",
            headers=headers,
        )

        assert answer.status_code in {400, 413, 422}
        with app.app_context(), reading() as session:
            assert session.scalar(select(func.count()).select_from(ShelfShot)) == 0

    def test_twenty_at_once_from_one_sender_are_read_or_asked_to_wait(self, client, app):
        def send(_: int) -> int:
            own = app.test_client()
            data = {"image": (io.BytesIO(GOOD), "a.png")}
            return own.post("/api/v1/decodes", data=data, headers=client.headers).status_code

        with ThreadPoolExecutor(20) as threads:
            answers = list(threads.map(send, range(20)))

        assert set(answers) <= {200, 429}
        assert 200 in answers
        assert send(0) == 200
