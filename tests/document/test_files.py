"""Files are replaced in one step, with the permissions that users expect."""

import stat

import pytest

from archlab.document import files


def test_a_new_file_follows_the_umask(tmp_path):
    plain = tmp_path / "plain"
    plain.write_bytes(b"")
    files.replace(b"new", tmp_path / "new")
    assert (tmp_path / "new").read_bytes() == b"new"
    assert (tmp_path / "new").stat().st_mode == plain.stat().st_mode


def test_an_old_file_keeps_its_permissions(tmp_path):
    old = tmp_path / "old"
    old.write_bytes(b"old")
    old.chmod(0o640)
    files.replace(b"new", old)
    assert stat.S_IMODE(old.stat().st_mode) == 0o640
    assert old.read_bytes() == b"new"


def test_a_link_stays_a_link(tmp_path):
    (tmp_path / "real").write_bytes(b"old")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    files.replace(b"new", tmp_path / "link")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_bytes() == b"new"


def test_nothing_is_left_behind_when_it_fails(tmp_path):
    (tmp_path / "folder").mkdir()
    with pytest.raises(OSError, match="folder"):
        files.replace(b"new", tmp_path / "folder")
    assert [p.name for p in tmp_path.iterdir()] == ["folder"]


def test_a_failure_names_the_file_that_was_asked_for(tmp_path):
    with pytest.raises(FileNotFoundError) as caught:
        files.replace(b"new", tmp_path / "nowhere" / "x")
    assert caught.value.filename == str(tmp_path / "nowhere" / "x")
