"""A seal finds every alteration and names it."""

from __future__ import annotations

import copy
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner_app.domain.seals.report import (
    BrokenSeal,
    SigningKey,
    key_id_of,
    seal_report,
    verify_report,
)

KEY = SigningKey.make()
OTHER = SigningKey.make()
REPORT = {
    "audit": {"id": 7, "name": "Frühling", "closed_at": "2026-03-02T09:00:00.000000+00:00"},
    "counts": {"expected": 2, "missing": 1},
    "accuracy": {"existence": 0.5, "register_completeness": None},
    "findings": [
        {"asset_tag": "A-1", "state": "verified", "scan_ids": ["x"]},
        {"asset_tag": "A-2", "state": "missing", "scan_ids": []},
    ],
}
SEALED = seal_report(REPORT, KEY).text


def leaves(value, path=()):
    if isinstance(value, dict):
        for name in value:
            yield from leaves(value[name], (*path, name))
    elif isinstance(value, list) and value:
        for index in range(len(value)):
            yield from leaves(value[index], (*path, index))
    else:
        yield path


def reason_of(text: str, **options) -> str:
    with pytest.raises(BrokenSeal) as caught:
        verify_report(text.encode(), **options)
    return str(caught.value)


class TestVerifyReport:
    def test_accepts_a_sealed_report_in_any_layout(self):
        rewritten = json.dumps(json.loads(SEALED), indent=3, sort_keys=False)

        assert verify_report(SEALED.encode()) == KEY.key_id
        assert verify_report(rewritten.encode(), public_pem=KEY.public_pem) == KEY.key_id

    @pytest.mark.parametrize(
        "path", sorted(map(list, leaves(json.loads(SEALED))), key=str), ids=str
    )
    def test_finds_a_change_of_any_value(self, path):
        report = json.loads(SEALED)
        holder = report
        for step in path[:-1]:
            holder = holder[step]
        holder[path[-1]] = "altered"

        assert reason_of(json.dumps(report))

    @pytest.mark.parametrize(
        ("alter", "named"),
        [
            (lambda r: r["counts"].update(missing=0), "counts"),
            (lambda r: r["findings"][1].update(state="verified"), "findings (A-2)"),
            (lambda r: r["findings"].pop(), "findings (one added, taken away or moved)"),
            (lambda r: r.pop("accuracy"), "accuracy (removed)"),
            (lambda r: r.update(approved=True), "approved (added)"),
        ],
    )
    def test_names_what_was_altered(self, alter, named):
        report = json.loads(SEALED)
        alter(report)

        assert f"altered in {named}: " in reason_of(json.dumps(report))

    def test_a_forged_part_hash_hides_nothing(self):
        report = json.loads(SEALED)
        report["counts"]["missing"] = 0
        forged = json.loads(seal_report({k: report[k] for k in REPORT}, OTHER).text)
        forged["seal"] = report["seal"]

        assert "the content was altered" in reason_of(json.dumps(forged))

    def test_a_report_that_was_sealed_again_is_found_by_its_key(self):
        altered = copy.deepcopy(REPORT)
        altered["counts"]["missing"] = 0  # type: ignore[index] # a document of JSON
        forged = seal_report(altered, OTHER).text

        assert verify_report(forged.encode()) == OTHER.key_id
        assert "another key" in reason_of(forged, public_pem=KEY.public_pem)

    def test_an_object_with_one_name_twice_is_refused(self):
        text = SEALED.replace('"counts":{', '"counts":{"missing":0,', 1)

        assert "a name is used twice" in reason_of(text)

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "[]",
            "null",
            "{}",
            "not JSON",
            '{"seal": 1}',
            '{"seal": {}}',
            "[" * 5000,
            '{"a": NaN}',
        ],
    )
    def test_a_text_that_is_not_a_report_is_refused_with_a_reason(self, text):
        assert reason_of(text)

    @given(st.binary(max_size=200))
    def test_any_bytes_are_refused_without_a_crash(self, noise):
        with pytest.raises(BrokenSeal):
            verify_report(noise)

    @given(st.recursive(st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
                        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
                        max_leaves=8))  # fmt: skip
    def test_a_seal_of_any_shape_is_refused_without_a_crash(self, shape):
        report = {**json.loads(SEALED), "seal": shape}

        with pytest.raises(BrokenSeal):
            verify_report(json.dumps(report).encode())

    def test_a_key_that_is_not_a_key_is_named(self):
        assert "not a public key in PEM form" in reason_of(SEALED, public_pem="hello")


class TestKeyIdOf:
    def test_line_ends_of_the_key_do_not_change_its_id(self):
        assert key_id_of(KEY.public_pem.replace("\n", "\r\n")) == KEY.key_id


class TestSealReport:
    def test_seals_the_same_data_in_the_same_bytes(self):
        shuffled = dict(reversed(REPORT.items()))

        assert seal_report(shuffled, KEY).text == SEALED


class TestSealForm:
    """A reader of keys and of base64 takes more than is written: none of it may be in a seal."""

    def sealed(self) -> tuple[dict, str]:
        key = SigningKey.make()
        return json.loads(seal_report({"findings": []}, key).text), key.public_pem

    def check(self, report: dict, pem: str) -> None:
        for key in (None, pem):
            with pytest.raises(BrokenSeal, match="the seal was altered"):
                verify_report(json.dumps(report).encode(), public_pem=key)

    @pytest.mark.parametrize(
        "change",
        [
            lambda pem: f"Reviewed and approved by the CFO.\n{pem}",
            lambda pem: f"{pem}Approved.",
            lambda pem: pem.strip(),
            lambda pem: pem.replace("\n", "\r\n"),
            lambda pem: pem + pem,
        ],
        ids=["before", "after", "no last line", "line ends", "twice"],
    )
    def test_refuses_words_and_forms_that_are_not_the_key(self, change):
        report, pem = self.sealed()
        report["seal"]["public_key"] = change(pem)

        self.check(report, pem)

    def test_refuses_every_other_spelling_of_the_signature(self):
        report, pem = self.sealed()
        signature = report["seal"]["signature"]
        assert signature.endswith("==")
        letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
        at = letters.index(signature[-3])
        for other in range(at - at % 16, at - at % 16 + 16):
            if other != at:
                report["seal"]["signature"] = f"{signature[:-3]}{letters[other]}=="
                self.check(report, pem)

    def test_compares_the_whole_given_key(self):
        report, _ = self.sealed()

        with pytest.raises(BrokenSeal, match="another key"):
            verify_report(json.dumps(report).encode(), public_pem=SigningKey.make().public_pem)
