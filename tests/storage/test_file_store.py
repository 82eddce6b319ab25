"""The file store: a file is what its name says, or it is not there."""

from __future__ import annotations

import pytest

from scanner_app.domain.errors import ScannerAppError
from scanner_app.storage.file_store import FolderStore, copy_files

GHOST = "0" * 64


@pytest.fixture
def store(tmp_path):
    return FolderStore(tmp_path / "files")


def path_of(tmp_path, name):
    [path] = (tmp_path / "files").rglob(name)
    return path


def test_returns_what_was_put_by_the_hash_of_it(store, tmp_path):
    name = store.put(b"a picture")

    assert store.get(name) == b"a picture"
    assert store.put(b"a picture") == name
    assert list(store.names()) == [name]
    assert path_of(tmp_path, name).stat().st_mode & 0o777 == 0o600


def test_does_not_return_what_was_altered(store, tmp_path):
    name = store.put(b"a picture")
    path_of(tmp_path, name).write_bytes(b"a pictURE")

    assert store.get(name) is None
    assert store.get(GHOST) is None


@pytest.mark.parametrize("damage", [b"a", b"a pictURE"])
def test_puts_a_damaged_file_right_again(store, tmp_path, damage):
    name = store.put(b"a picture")
    path_of(tmp_path, name).write_bytes(damage)

    store.put(b"a picture")

    assert store.get(name) == b"a picture"


@pytest.mark.parametrize("name", ["../../secret-key", "", "A" * 64, GHOST + "/x"])
def test_has_no_names_but_hashes(store, name):
    with pytest.raises(ValueError, match="SHA-256"):
        store.get(name)


def test_copies_what_is_missing_and_nothing_twice(store, tmp_path):
    other = FolderStore(tmp_path / "other")
    names = {store.put(b"one"), store.put(b"two")}
    other.put(b"two")

    assert copy_files(store, other) == 1
    assert copy_files(store, other) == 0
    assert set(other.names()) == names


def test_copies_over_a_damaged_file_from_an_intact_one_alone(store, tmp_path):
    copy = FolderStore(tmp_path / "copy")
    name = store.put(b"one")
    copy_files(store, copy)
    path_of(tmp_path, name).write_bytes(b"two")

    assert copy_files(store, copy) == 0
    assert copy.get(name) == b"one"
    assert copy_files(copy, store) == 1
    assert store.get(name) == b"one"


def test_copies_no_damaged_file(store, tmp_path):
    name = store.put(b"one")
    path_of(tmp_path, name).write_bytes(b"wrong")

    with pytest.raises(ScannerAppError, match="damaged"):
        copy_files(store, FolderStore(tmp_path / "other"))
