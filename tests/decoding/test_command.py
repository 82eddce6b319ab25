"""`scanner-app decode`: JSON lines for files and folders."""

from __future__ import annotations

import base64
import json

import pytest
from click.testing import CliRunner

from scanner_app.cli.decode import decode_command
from tests.decoding.pictures import draw_code, on_paper, to_bytes


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "deep").mkdir()
    one = on_paper(draw_code("LT-00042"), size=(400, 300), columns=1)
    two = on_paper(draw_code("LT-1"), draw_code("\x1b[2Jx", "DataMatrix"), size=(700, 300))
    (tmp_path / "one.png").write_bytes(to_bytes(one))
    (tmp_path / "deep" / "two.JPG").write_bytes(to_bytes(two, "JPEG"))
    (tmp_path / "notes.txt").write_text("no picture")
    return tmp_path


def run(*arguments):
    result = CliRunner().invoke(decode_command, ["--budget-ms", "120000", *map(str, arguments)])
    return result, [json.loads(line) for line in result.stdout.splitlines()]


@pytest.mark.slow
class TestDecodeCommand:
    def test_prints_a_line_for_each_symbol_with_its_meaning(self, folder):
        result, (line,) = run(folder / "one.png")

        assert result.exit_code == 0
        assert line["file"].endswith("one.png")
        assert line["text"] == "LT-00042"
        assert base64.b64decode(line["bytes_base64"]) == b"LT-00042"
        assert line["symbology"] == "qr_code"
        assert len(line["polygon"]) == 4
        assert line["identifier"] == {"scheme": "tag", "value": "LT-00042"}

    def test_searches_folders_and_their_subfolders(self, folder):
        result, lines = run(folder)

        assert result.exit_code == 0
        assert sorted(line["text"] for line in lines) == ["\x1b[2Jx", "LT-00042", "LT-1"]

    def test_escapes_a_labels_control_characters_for_the_terminal(self, folder):
        result, _ = run(folder)

        assert "\x1b" not in result.stdout
        assert '"problem": "control_char"' in result.stdout

    def test_reports_an_unreadable_file_and_goes_on(self, folder):
        result, lines = run(folder / "notes.txt", folder / "one.png")

        assert result.exit_code == 1
        assert lines[0]["error"]["code"] == "not_a_picture"
        assert lines[1]["text"] == "LT-00042"

    def test_explains_the_passes(self, folder):
        _, (symbol, summary) = run("--explain", folder / "one.png")

        assert symbol["found_by"] == "zxing"
        assert (summary["width"], summary["height"]) == (400, 300)
        assert summary["passes"][0]["pass"] == "zxing"
        assert summary["passes"][0]["ms"] > 0

    def test_looks_only_for_the_named_symbology(self, folder):
        _, lines = run("--format", "data_matrix", folder / "one.png")

        assert lines == []

    def test_looks_for_the_symbologies_of_the_settings_by_default(self, folder, monkeypatch):
        monkeypatch.setenv("SCANNER_DECODE_FORMATS", "data_matrix, code_128")

        _, lines = run(folder)

        assert [line["text"] for line in lines] == ["\x1b[2Jx"]

    def test_reports_a_folder_without_pictures(self, tmp_path):
        result, _ = run(tmp_path)

        assert result.exit_code == 1
        assert "no JPEG" in result.stderr
