"""Labels printed and read back by our own decoder: a sample; `make labels` reads all."""

from __future__ import annotations

import pytest

from benchmarks.labels.read_back import Case, find_faults, list_cases
from scanner_app.domain.errors import Invalid

# Every 97th of 1,500: each stock, design, resolution and content is among them.
SAMPLE = list(list_cases())[11::97]


@pytest.mark.slow
class TestReadBack:
    def test_misses_nothing(self):
        read: list[Case] = []
        faults = {}
        for case in SAMPLE:
            try:
                found = find_faults(case)
            except Invalid:
                continue
            read.append(case)
            if found:
                faults[str(case)] = found

        assert faults == {}
        assert len(read) >= len(SAMPLE) * 3 // 4

    @pytest.mark.parametrize("field", ["stock", "design", "dpi", "thing"])
    def test_has_a_sample_of_each_kind(self, field: str):
        everything = {str(getattr(case, field)) for case in list_cases()}
        sample = {str(getattr(case, field)) for case in SAMPLE}

        assert len(sample) >= min(len(everything), 4)

    def test_tells_a_label_that_is_not_read(self, monkeypatch):
        case = SAMPLE[0]
        monkeypatch.setattr(Case, "said", property(lambda _: "LT-OTHER"))

        assert "picture is not read" in find_faults(case, is_worn=False)
