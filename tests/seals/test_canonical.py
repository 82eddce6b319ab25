"""Our fast encoder writes the same bytes as the library of RFC 8785."""

from __future__ import annotations

import hashlib

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from scanner_app.domain.seals.canonical import dump_canonical, hash_canonical, join_object

values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


class TestDumpCanonical:
    @given(values)
    def test_writes_what_the_library_of_the_standard_writes(self, value):
        assert dump_canonical(value) == rfc8785.dumps(value)

    def test_writes_control_characters_as_the_standard_does(self):
        text = "".join(map(chr, range(0x20))) + '\x7f\u2028\u00e9\U0001f600"\\/'

        assert dump_canonical({"a": text}) == rfc8785.dumps({"a": text})

    @pytest.mark.parametrize("value", [2**53, -(2**53), float("nan"), float("inf"), "\ud800"])
    def test_a_value_without_a_canonical_form_is_an_error(self, value):
        with pytest.raises(ValueError):  # noqa: PT011 - each library words it differently
            dump_canonical([value])


@pytest.mark.slow
class TestJoinObject:
    @given(st.dictionaries(st.text(), values))
    def test_joins_parts_into_the_form_of_the_whole(self, value):
        members = {name: dump_canonical(part) for name, part in value.items()}

        assert join_object(members) == rfc8785.dumps(value)


class TestHashCanonical:
    def test_hashes_the_canonical_form(self):
        assert hash_canonical({"b": 1, "a": 2}) == hashlib.sha256(b'{"a":2,"b":1}').hexdigest()
