"""Check the docs against the code: settings, refusals, links, and the files that they name."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from scanner_app.config import PREFIX, Settings, SettingsError
from scanner_app.domain.scanning.refusals import Refusal
from scripts.write_configuration import TARGET, render

ROOT = Path(__file__).resolve().parents[2]


class TestConfigurationPage:
    def test_lists_every_setting_with_its_help_text(self):
        assert TARGET.read_text() == render()


class TestSettings:
    def test_refuse_to_start_with_an_unknown_variable(self):
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
    def test_name_the_variable_whose_value_is_malformed(self, name, value):
        with pytest.raises(SettingsError, match=PREFIX + name):
            Settings.from_env({PREFIX + name: value})

    def test_read_a_secret_from_a_file(self, tmp_path):
        secret = tmp_path / "key"
        secret.write_text("k" * 40 + "\n")

        settings = Settings.from_env({f"{PREFIX}SECRET_KEY_FILE": str(secret)})

        assert settings.secret_key == "k" * 40

    def test_generate_the_secret_key_once_and_keep_it(self, tmp_path):
        first = Settings(instance_dir=tmp_path).with_secret()
        second = Settings(instance_dir=tmp_path).with_secret()

        assert first.secret_key == second.secret_key
        assert (tmp_path / "secret-key").stat().st_mode & 0o077 == 0


class TestScanningPage:
    def test_names_every_refusal(self):
        text = (ROOT / "docs" / "scanning.md").read_text()

        missing = [refusal.value for refusal in Refusal if f"`{refusal.value}`" not in text]

        assert missing == []


class TestContributingPage:
    def test_names_files_that_exist(self):
        text = (ROOT / "CONTRIBUTING.md").read_text()
        paths = re.findall(r"`((?:scanner_app|hardware|static|tests|migrations)/[\w./-]+)`", text)

        missing = [path for path in paths if "NAME" not in path and not (ROOT / path).exists()]

        assert len(paths) > 15
        assert missing == []


class TestMarkdownLinks:
    def test_lead_to_files_that_exist(self):
        broken = []
        for page in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]:
            for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text()):
                if not (page.parent / target).exists():
                    broken.append(f"{page.relative_to(ROOT)}: {target}")
        assert broken == []
