"""The files that migrations are timed with, and the page of figures."""

import re

import pytest

from benchmarks.migration import page
from benchmarks.migration_speed import Speed, speed
from benchmarks.pipelines import jenkinsfile
from workers.migration.convert.converter import converted
from workers.migration.jenkinsfile.read import read


@pytest.mark.parametrize("lines", [20, 150, 1500])
@pytest.mark.parametrize("seed", [0, 1, 2, 3])
def test_a_generated_file_has_exactly_so_many_lines(seed: int, lines: int) -> None:
    assert jenkinsfile(seed, lines).count("\n") == lines


def test_a_seed_gives_one_text_and_another_seed_another() -> None:
    assert jenkinsfile(7, 150) == jenkinsfile(7, 150)
    assert len({jenkinsfile(seed, 150) for seed in range(50)}) == 50


def test_every_second_generated_file_is_declarative_and_all_are_read() -> None:
    kinds = [read(jenkinsfile(seed, 150), "x").declarative for seed in range(20)]

    assert kinds == [False, True] * 10


def test_generated_files_are_pipelines_of_several_jobs() -> None:
    jobs = [len(converted(read(jenkinsfile(seed, 150), "x")).workflow.jobs) for seed in range(10)]

    assert sum(jobs) > 30


def test_the_seconds_of_a_thousand_follow_from_those_of_the_files() -> None:
    assert Speed(files=50, seconds=0.5, growth=10.0).for_a_thousand == pytest.approx(10.0)


def test_one_file_is_enough_to_be_timed() -> None:
    found = speed(1)

    assert found.files == 1
    assert found.seconds > 0
    assert found.growth > 1


def test_the_page_says_when_where_and_with_what_it_was_made() -> None:
    text = page(["| figure | value |", "| --- | ---: |", "| files | 3 |"], 5, "0.4")

    assert re.search(r"^20\d\d-\d\d-\d\d \d\d:\d\d UTC\. .* cores, .*load .* 0\.4\.$", text, re.M)
    assert re.search(r"^Python 3\.\d+\.\d+, actionlint (none|\d.*)\.$", text, re.M)
    assert "--generated 5 --write" in text
    assert text.endswith("| files | 3 |\n")
