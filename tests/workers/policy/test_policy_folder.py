"""The judgement on a folder: what of it is read."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from schemas.policy import Violation
from workers.bundle import FILE_LIMIT
from workers.policy import folder
from workers.policy.documents import FILE_BYTES
from workers.ports import Document


class Silent:
    """An engine and a scanner without objections, which remember what they were shown."""

    def __init__(self) -> None:
        self.files: list[str] = []

    async def evaluate(
        self, documents: Sequence[Document], environment: str
    ) -> tuple[Violation, ...]:
        return ()

    async def scan(self, files: Mapping[str, bytes]) -> tuple[Violation, ...]:
        self.files = list(files)
        return ()


def fill(root: Path, *paths: str) -> None:
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text("x")


async def test_what_tools_make_is_not_judged(tmp_path: Path) -> None:
    fill(tmp_path, "a.txt", "b/c.txt", ".git/config", "b/.venv/x", "node_modules/y", ".env")
    silent = Silent()

    assert await folder.judge(tmp_path, "staging", silent, silent) == ()
    assert sorted(silent.files) == [".env", "a.txt", "b/c.txt"]


def test_links_are_followed_inside_only(tmp_path: Path) -> None:
    root = tmp_path / "service"
    fill(root, "docker/prod", "folder/x")
    fill(tmp_path, "secret")
    (root / "Dockerfile").symlink_to("docker/prod")
    (root / "out").symlink_to("../secret")
    (root / "up").symlink_to("..")
    (root / "also").symlink_to("folder")
    (root / "gone").symlink_to("nothing")
    os.mkfifo(root / "pipe")

    files, unread = folder.read(root)

    assert sorted(files) == ["Dockerfile", "docker/prod", "folder/x"]
    assert {violation.path for violation in unread} == {"out", "up", "also", "gone"}
    assert {violation.rule for violation in unread} == {"unreadable-document"}


def test_a_folder_beyond_all_bounds_is_judged_up_to_them_and_says_so(tmp_path: Path) -> None:
    fill(tmp_path, *(f"{number:05}" for number in range(FILE_LIMIT + 2)))

    files, unread = folder.read(tmp_path)

    assert len(files) == FILE_LIMIT
    (violation,) = unread
    assert "not judged" in violation.message


def test_of_a_large_file_only_so_much_is_read_that_it_is_known_to_be_large(tmp_path: Path) -> None:
    (tmp_path / "large").write_bytes(b"x" * (FILE_BYTES * 2))

    files, _ = folder.read(tmp_path)

    assert len(files["large"]) == FILE_BYTES + 1


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_what_may_not_be_read_is_a_violation(tmp_path: Path) -> None:
    fill(tmp_path, "a", "b/c")
    (tmp_path / "a").chmod(0)
    (tmp_path / "b").chmod(0)

    files, unread = folder.read(tmp_path)

    assert files == {}
    assert {violation.path for violation in unread} == {"a", "b"}
