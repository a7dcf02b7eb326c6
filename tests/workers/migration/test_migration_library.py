"""Which files of a shared library are steps, and what becomes of those that cannot be read."""

import pytest

from workers.migration.batch import MOST_BYTES
from workers.migration.library import LibraryFile, is_step, library, library_files
from workers.migration.loads import loaded_paths

STEP = b"def call() { sh 'x' }"


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("vars/deploy.groovy", True),
        ("vars/deployAll_2.groovy", True),
        ("vars/deploy.txt", False),
        ("vars/deploy", False),
        ("vars/not-a-name.groovy", False),
        ("vars/.groovy", False),
        ("vars/sub/deploy.groovy", False),
        ("other/vars/deploy.groovy", False),
        ("src/org/Deploy.groovy", False),
        ("deploy.groovy", False),
        ("", False),
    ],
)
def test_a_step_is_a_file_of_vars_with_a_name_that_can_be_called(path: str, expected: bool) -> None:
    assert is_step(path) is expected


def test_a_library_has_the_steps_by_their_names() -> None:
    files = library_files({"vars/b.groovy": STEP, "src/X.groovy": STEP, "vars/a.groovy": STEP})

    assert [each.path for each in files] == ["vars/a.groovy", "vars/b.groovy"]
    found = library(files)
    assert set(found.steps) == {"a", "b"}
    assert found.unread == ()
    assert library(()).steps == {}


def test_what_cannot_be_read_is_said_with_its_place() -> None:
    broken = LibraryFile("lib/vars/broken.groovy", b"def call() {\n  sh 'x\n}")
    huge = LibraryFile("lib/vars/huge.groovy", b" " * (MOST_BYTES + 1))

    found = library((broken, huge, LibraryFile("lib/vars/a.groovy", STEP)))

    assert set(found.steps) == {"a"}
    assert [(each.path, each.line) for each in found.unread] == [
        ("lib/vars/broken.groovy", 2),
        ("lib/vars/huge.groovy", 0),
    ]


def test_only_what_stays_in_the_repository_is_looked_for() -> None:
    text = b"""
    a = load 'ci/./a.groovy'
    b = load(\"b.groovy\")
    load '../c.groovy'; load '/d.groovy'; load 'x/../../e.groovy'; load "${f}.groovy"
    payload 'g.groovy'; // load
    """.replace(b'\\"', b'"')

    assert loaded_paths([text, b"load 'a/../h'"]) == ["b.groovy", "ci/a.groovy", "h"]


def test_of_two_steps_with_one_name_the_first_counts_even_if_it_cannot_be_read() -> None:
    broken = LibraryFile("first/vars/a.groovy", b"def call() {")

    found = library((broken, LibraryFile("second/vars/a.groovy", STEP)))

    assert set(found.steps) == set()
    assert [each.path for each in found.unread] == ["first/vars/a.groovy"]
