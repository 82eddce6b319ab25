"""What a setting may be, and which source of it holds."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner_app.config import Settings, SettingsError
from scanner_app.domain.settings import (
    SETTINGS,
    SettingKind,
    combine,
    read_setting,
    show_setting,
    write_setting,
)


class TestReadSetting:
    @pytest.mark.parametrize(
        ("key", "text", "value"),
        [
            ("organisation_name", "  Müller & Søn ", "Müller & Søn"),
            ("time_zone", "Europe/Berlin", "Europe/Berlin"),
            ("currency", " usd ", "USD"),
            ("tag_prefix", "LT-", "LT-"),
            ("tag_digits", "5", 5),
            ("due_days", "0", 0),
            ("closure_needs_two", "yes", True),
            ("closure_needs_two", "no", False),
            ("language", "en", "en"),
        ],
    )
    def test_takes_what_a_person_writes(self, key, text, value):
        assert read_setting(key, text) == value

    @pytest.mark.parametrize(
        ("key", "text"),
        [
            ("organisation_name", "x" * 81),
            ("organisation_name", "two\nlines"),
            ("time_zone", "../../etc/passwd"),
            ("time_zone", "Europe/Nowhere"),
            ("time_zone", ""),
            ("language", "xx"),
            ("currency", "EURO"),
            ("currency", "€"),
            ("tag_prefix", "A B"),
            ("tag_digits", "13"),
            ("due_days", "-1"),
            ("due_days", "1.5"),
            ("due_days", "٣"),
            ("keep_sign_ins_days", "0"),
        ],
    )
    def test_refuses_the_rest_with_a_sentence(self, key, text):
        with pytest.raises(ValueError, match=r"[a-z].*\.$"):
            read_setting(key, text)

    @given(st.sampled_from(sorted(SETTINGS)), st.text())
    def test_never_fails_otherwise_and_reads_back_what_it_wrote(self, key, text):
        try:
            value = read_setting(key, text)
        except ValueError:
            return
        assert read_setting(key, write_setting(value)) == value
        assert show_setting(key, write_setting(value))


class TestRows:
    def test_have_the_defaults_of_the_environments_variables(self):
        fields = {field.name: field for field in dataclasses.fields(Settings)}

        assert {key: fields[key].default for key in SETTINGS} == {
            key: row.default for key, row in SETTINGS.items()
        }

    def test_take_their_own_defaults(self):
        for key, row in SETTINGS.items():
            assert read_setting(key, write_setting(row.default)) == row.default
            assert row.kind is not SettingKind.NUMBER or row.most > row.least


class TestCombine:
    def test_puts_the_environment_before_the_table_and_the_table_before_the_default(self):
        found = combine({"currency": "CHF"}, {"currency": "USD", "due_days": "7"})

        assert (found.currency, found.due_days, found.time_zone) == ("CHF", 7, "UTC")

    def test_takes_the_default_for_a_stored_text_that_no_longer_fits(self):
        assert combine({}, {"currency": "gold", "gone": "x"}).currency == "EUR"


class TestEnvironment:
    def test_fixes_what_it_names_also_where_that_is_the_default(self):
        settings = Settings.from_env({"SCANNER_CURRENCY": "EUR", "SCANNER_TAG_PREFIX": "LT-"})

        assert settings.fixed == {"currency": "EUR", "tag_prefix": "LT-"}

    def test_is_refused_where_the_page_would_refuse(self):
        with pytest.raises(SettingsError, match="SCANNER_TIME_ZONE: Choose a time zone"):
            Settings.from_env({"SCANNER_TIME_ZONE": "Mars/Olympus"})
