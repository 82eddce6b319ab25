"""EM4100 cards: the reader agent against the vectors that the page's serial reader is tested with."""

from __future__ import annotations

import pytest

from hardware.protocols.em4100 import Em4100Decoder
from hardware.reads import TagRead
from tests.vectors import load_vectors


@pytest.mark.parametrize("row", load_vectors("codes.json")["cards"], ids=repr)
def test_a_card_has_the_number_of_the_vectors(row) -> None:
    events = Em4100Decoder().feed(b"\x02" + row["line"].encode() + b"\x03")

    numbers = [event.raw.hex().upper() for event in events if isinstance(event, TagRead)]
    assert numbers == ([row["card"]] if row["card"] else [])
