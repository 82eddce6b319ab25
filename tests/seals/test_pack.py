"""The pack of a record, checked with other programs than ours."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import cryptography
import pytest

from tests.seals.closed_audits import write_folder

OPENSSL = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", "key.pem", "-rawin"]
SIGNED = ["-in", "body.json", "-sigfile"]


def test_is_checked_by_openssl_alone(closed, tmp_path):
    write_folder(tmp_path, closed.pack)
    (tmp_path / "other.sig").write_bytes(closed.pack["body.sig"][::-1])

    def check(signature: str) -> int:
        words = [*OPENSSL, *SIGNED, signature]
        done = subprocess.run(words, cwd=tmp_path, capture_output=True, check=False, timeout=60)
        return done.returncode

    readme = " ".join(closed.pack["README.txt"].decode().replace("\\", "").split())
    assert " ".join([*OPENSSL, *SIGNED, "body.sig"]) in readme
    assert check("body.sig") == 0
    assert check("other.sig") == 1


def test_needs_nothing_but_python_and_cryptography(closed, tmp_path):
    """No site-packages are there but those that `cryptography` itself needs."""
    write_folder(tmp_path, closed.pack)
    (tmp_path / "only").mkdir()
    home = Path(cryptography.__file__).parents[1]
    for name in ("cryptography", "cffi", "_cffi_backend*"):
        for path in home.glob(name):
            (tmp_path / "only" / path.name).symlink_to(path)
    run = (
        "import runpy, sys; sys.path.insert(0, 'only'); sys.argv = ['v', 'report.json']; "
        "runpy.run_path('verify_audit.py', run_name='__main__'); print(sorted(sys.modules))"
    )

    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", run],
        cwd=tmp_path, env={}, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip

    assert done.stdout.startswith("Untouched: 3. Give --key"), done.stderr
    assert "scanner_app" not in done.stdout


@pytest.mark.parametrize("form", ["pack", "folder"])
def test_is_checked_as_it_was_downloaded(closed, tmp_path, form):
    """A whole pack, or the folder it was unpacked into, is read as the report in it is."""
    script = tmp_path / "verify.py"
    script.write_bytes(closed.pack["verify_audit.py"])

    def check(files: dict[str, bytes]) -> tuple[int, str]:
        given = write_folder(tmp_path / form, files)
        if form == "pack":
            given = tmp_path / "audit-3-pack.zip"
            with zipfile.ZipFile(given, "w") as file:
                for name, content in files.items():
                    file.writestr(name, content)
        words = [sys.executable, "-I", str(script), str(given)]
        done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=60)
        return done.returncode, done.stdout + done.stderr

    assert check(closed.pack)[1].startswith("Untouched: 3.")
    [picture] = [name for name in closed.pack if name.startswith("pictures/")]
    code, said = check(closed.pack | {picture: b"another"})
    assert (code, said.startswith("ALTERED: pictures: ")) == (1, True)
    code, said = check(closed.pack | {"sealed.json": b"{}"})
    assert code == 1


def test_what_is_not_there_is_not_called_altered(closed, tmp_path):
    script = tmp_path / "verify.py"
    script.write_bytes(closed.pack["verify_audit.py"])
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as file:
        file.writestr("holiday.jpg", b"")
    for name in ("other.zip", "nothing.json", "."):
        done = subprocess.run(
            [sys.executable, "-I", str(script), str(tmp_path / name)],
            capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip
        assert (done.returncode, "cannot be read" in done.stdout) == (2, True), done.stderr
