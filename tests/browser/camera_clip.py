"""A clip for Chromium's fake camera: an empty desk, then a label that drifts, tilts and blurs."""

from __future__ import annotations

import math
import subprocess
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import zxingcpp

SIZE = (1280, 720)
RATE = 15
EMPTY_FRAMES = 8
LABEL_FRAMES = 30
FORMATS = {
    "code_128": zxingcpp.BarcodeFormat.Code128,
    "qr_code": zxingcpp.BarcodeFormat.QRCode,
    "data_matrix": zxingcpp.BarcodeFormat.DataMatrix,
}


def make_label(text: str, symbology: str) -> np.ndarray:
    """Draw a symbol on white paper, as grey pixels."""
    options = {"forceSquare": True} if symbology == "data_matrix" else {}
    barcode = zxingcpp.create_barcode(text, FORMATS[symbology], **options)
    image = np.array(barcode.to_image(scale=5 if symbology == "code_128" else 9))
    if symbology == "code_128":
        image = cv2.resize(image, (min(620, image.shape[1]), 170), interpolation=cv2.INTER_NEAREST)
    return cv2.copyMakeBorder(image, 50, 50, 50, 50, cv2.BORDER_CONSTANT, value=255)


def make_clip(path: Path, text: str, symbology: str) -> Path:
    """Write an MJPEG that Chromium plays as its camera, again and again."""
    label = make_label(text, symbology)
    noise = np.random.default_rng(7)
    width, height = SIZE
    command = [
        "ffmpeg", "-y", "-loglevel", "error", "-f", "rawvideo", "-pix_fmt", "bgr24",
        "-s", f"{width}x{height}", "-r", str(RATE), "-i", "-",
        "-c:v", "mjpeg", "-q:v", "3", "-pix_fmt", "yuvj420p", "-f", "mjpeg", str(path),
    ]  # fmt: skip
    with subprocess.Popen(command, stdin=subprocess.PIPE) as ffmpeg:
        assert ffmpeg.stdin is not None
        for number in range(EMPTY_FRAMES + LABEL_FRAMES):
            frame: Any = np.full((height, width, 3), (96, 120, 140), np.uint8)
            if number >= EMPTY_FRAMES:
                turn = number / 6
                _lay(frame, label, angle=7 * math.sin(turn), shift=60 * math.cos(turn))
                if number % 5 == 0:
                    frame = cv2.GaussianBlur(frame, (0, 0), 1.2)
            grain = noise.normal(0, 5, frame.shape)
            ffmpeg.stdin.write(np.clip(frame + grain, 0, 255).astype(np.uint8).tobytes())
    assert ffmpeg.returncode == 0
    return path


def _lay(frame: np.ndarray, label: np.ndarray, *, angle: float, shift: float) -> None:
    height, width = frame.shape[:2]
    rows, columns = label.shape
    matrix = cv2.getRotationMatrix2D((columns / 2, rows / 2), angle, 1)
    matrix[0, 2] += width / 2 - columns / 2 + shift
    matrix[1, 2] += height / 2 - rows / 2 + shift / 3
    placed = cv2.warpAffine(label, matrix, (width, height))
    mask = cv2.warpAffine(np.full_like(label, 255), matrix, (width, height)) > 127
    frame[mask] = placed[mask][:, None]
