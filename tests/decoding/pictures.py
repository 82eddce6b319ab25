"""Pictures of codes for the tests, drawn each time: none is a photograph."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import numpy as np
import zxingcpp
from PIL import Image, ImageDraw

WHITE = 255


def draw_code(
    text: str | bytes, symbology: str = "QRCode", *, scale: int = 4, **options
) -> Image.Image:
    """Return a grey picture of one code with its quiet zone."""
    kind = getattr(zxingcpp.BarcodeFormat, symbology)
    code = zxingcpp.create_barcode(text, kind, **options)
    symbol = np.asarray(code.to_image(scale=scale, add_quiet_zones=True))
    return Image.fromarray(symbol).convert("L")


def on_paper(
    *codes: Image.Image, size: tuple[int, int] = (900, 700), columns: int = 3
) -> Image.Image:
    """Return a picture of codes in a grid on white paper."""
    paper = Image.new("L", size, WHITE)
    rows = -(-len(codes) // columns)
    for index, code in enumerate(codes):
        cell_x, cell_y = size[0] // columns, size[1] // rows
        paper.paste(code, (20 + index % columns * cell_x, 20 + index // columns * cell_y))
    return paper


def to_bytes(image: Image.Image, kind: str = "PNG", **options) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def png_of_header(width: int, height: int, bits: int = 1, colour: int = 0) -> bytes:
    """Return a PNG whose header declares a size and whose data has only a few bytes."""
    header = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", header)
        + _chunk(b"IDAT", zlib.compress(bytes(1000)))
        + _chunk(b"IEND", b"")
    )


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def noise(width: int, height: int, seed: int = 7) -> Image.Image:
    values = np.random.default_rng(seed).integers(0, 256, (height, width), dtype=np.uint8)
    return Image.fromarray(values)


def draw_shelf(
    names: list[str],
    *,
    columns: int = 5,
    kinds: tuple[str, ...] = ("QRCode", "Code128"),
    seed: int = 5,
) -> Image.Image:
    """Return a picture of a shelf with a label for each name, in rows, each slightly turned."""
    random = np.random.default_rng(seed)
    cell_w, cell_h = 420, 270
    rows = -(-len(names) // columns)
    grain = random.normal(0, 6, (rows * cell_h, columns * cell_w))
    board = 96 + 22 * np.sin(np.arange(rows * cell_h) / 90)[:, None] + grain
    shelf = Image.fromarray(np.clip(board, 0, 255).astype(np.uint8))
    for index, name in enumerate(names):
        code = draw_code(name, kinds[index % len(kinds)], scale=3)
        label = Image.new("L", (code.width + 30, code.height + 46), 250)
        label.paste(code, (15, 8))
        ImageDraw.Draw(label).text((20, code.height + 12), name, fill=10, font_size=24)
        how: dict[str, Any] = {
            "angle": float(random.uniform(-6, 6)),
            "expand": True,
            "resample": Image.Resampling.BICUBIC,
        }
        sheet, mask = label.rotate(**how), Image.new("L", label.size, 255).rotate(**how)
        left = index % columns * cell_w + max(10, (cell_w - sheet.width) // 2)
        top = index // columns * cell_h + max(10, (cell_h - sheet.height) // 2)
        shelf.paste(sheet, (left, top), mask)
    return shelf
