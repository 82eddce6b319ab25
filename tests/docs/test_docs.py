"""The docs stay true: each promise that a page makes is held against the code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from scanner_app.config import PREFIX, Settings, SettingsError
from scanner_app.domain.scanning.intents import Refusal
from scripts.write_configuration import TARGET, render

ROOT = Path(__file__).resolve().parents[2]


class TestConfigurationPage:
    def test_says_what_the_settings_say(self):
        assert TARGET.read_text() == render()


class TestSettings:
    def test_an_unknown_variable_stops_the_start(self):
        with pytest.raises(SettingsError, match="SCANNER_DATABSE_URL is not a setting"):
            Settings.from_env({f"{PREFIX}DATABSE_URL": "sqlite:///x"})

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("SECURE_COOKIES", "perhaps"),
            ("SESSION_HOURS", "-3"),
            ("SECRET_KEY", "short"),
            ("LOG_LEVEL", "LOUD"),
            ("DATABASE_URL", "mysql://x"),
            ("DECODE_FORMATS", "qr_code, code128"),
        ],
    )
    def test_a_malformed_value_is_named(self, name, value):
        with pytest.raises(SettingsError, match=PREFIX + name):
            Settings.from_env({PREFIX + name: value})

    def test_a_secret_may_come_from_a_file(self, tmp_path):
        secret = tmp_path / "key"
        secret.write_text("k" * 40 + "\n")

        settings = Settings.from_env({f"{PREFIX}SECRET_KEY_FILE": str(secret)})

        assert settings.secret_key == "k" * 40

    def test_the_secret_key_is_made_once_and_kept(self, tmp_path):
        first = Settings(instance_dir=tmp_path).with_secret()
        second = Settings(instance_dir=tmp_path).with_secret()

        assert first.secret_key == second.secret_key
        assert (tmp_path / "secret-key").stat().st_mode & 0o077 == 0


class TestScanningPage:
    def test_names_every_refusal(self):
        text = (ROOT / "docs" / "scanning.md").read_text()

        missing = [refusal.value for refusal in Refusal if f"`{refusal.value}`" not in text]

        assert missing == []


class TestMarkdownLinks:
    def test_lead_to_files_that_are_there(self):
        broken = []
        for page in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]:
            for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text()):
                if not (page.parent / target).exists():
                    broken.append(f"{page.relative_to(ROOT)}: {target}")
        assert broken == []
