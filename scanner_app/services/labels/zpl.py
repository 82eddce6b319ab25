"""Labels as ZPL: one picture a label.

No text of the register enters the stream of commands, so none can be taken for a command, and
every script is printed. What is printed is the preview, dot by dot.
"""

from __future__ import annotations

import base64
import binascii
import zlib

import numpy as np

from scanner_app.services.labels.picture import Bits


def write_zpl(bits: Bits, *, copies: int = 1) -> bytes:
    """Return the commands that print a label a number of times."""
    height, width = bits.shape
    packed = np.packbits(bits, axis=1)
    row = packed.shape[1]
    size = packed.size
    text = base64.b64encode(zlib.compress(packed.tobytes(), 9))
    check = binascii.crc_hqx(text, 0)
    return b"^XA^PON^LH0,0^LT0^PW%d^LL%d^FO0,0^GFA,%d,%d,%d,:Z64:%s:%04X^FS^PQ%d,0,0,Y^XZ\n" % (
        width,
        height,
        size,
        size,
        row,
        text,
        check,
        copies,
    )
