"""Files to workflows: their names, which files count, failures by line, and the sums of many."""

import re
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.migration.batch import MOST_BYTES, Failed, Given, Migrated, Source, migrated
from workers.migration.ledger import Outcome, Verdict
from workers.migration.naming import workflow_name, workflow_names
from workers.migration.sources import holds_pipeline, may_hold_pipeline
from workers.migration.summary import as_tree, report, summed

PIPELINE = b"""pipeline {
  agent any
  options { timestamps() }
  stages { stage('Build') { steps { sh 'make' } } }
}
"""


def source(content: bytes, path: str = "Jenkinsfile") -> Source:
    return Source(path, workflow_name(path), content)


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("Jenkinsfile", "build"),
        ("Jenkinsfile.release", "release"),
        ("Jenkinsfile-nightly", "nightly"),
        ("services/api/Jenkinsfile", "services-api"),
        ("ci/deploy.groovy", "ci-deploy"),
        (".ci/Prod Deploy.jenkinsfile", "ci-prod-deploy"),
        ("jobs/shop/jobs/web/config.xml", "shop-web"),
        ("../../etc/passwd", "etc-passwd"),
        ("$(rm -rf)/`x`/Jenkinsfile", "rm-rf-x"),
        ("con/Jenkinsfile", "con-workflow"),
        ("\u00e9\u00e9/Jenkinsfile", "build"),
        ("a" * 1000, "a" * 120),
    ],
)
def test_a_name_follows_from_the_path(path: str, name: str) -> None:
    assert workflow_name(path) == name


@given(st.lists(st.text(max_size=20), unique=True, max_size=8))
def test_names_are_safe_and_each_another_one(paths: list[str]) -> None:
    names = workflow_names(paths)

    assert set(names) == set(paths)
    assert len({*names.values()}) == len(paths)
    assert all(re.fullmatch(r"[a-z0-9][a-z0-9-]*", name) for name in names.values())
    assert workflow_names(reversed(paths)) == names


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("Jenkinsfile", b"anything", True),
        ("Jenkinsfile.arm64", b"", True),
        ("JenkinsfileBase", b"", True),
        ("release.Jenkinsfile", b"", True),
        ("deploy.groovy", b"// about\npipeline {\n", True),
        ("deploy.groovy", b"def call() {\n  node('x') {\n", True),
        ("deploy.groovy", b"/*\npipeline {\n*/ class A {}", False),
        ("deploy.groovy", b"def call() { sh 'x' }", False),
        ("Jenkinsfile.md", b"", False),
        ("JenkinsfileTest.java", b"", False),
        ("config.xml", b"<?xml version='1.1'?>\n<project/>", True),
        ("config.xml", b"<hudson/>", False),
        ("config.xml", b"<widget/>", False),
        ("pom.xml", b"<project/>", False),
    ],
)
def test_which_files_hold_pipelines(name: str, content: bytes, expected: bool) -> None:
    assert (may_hold_pipeline(name) and holds_pipeline(name, content)) is expected


def test_a_workflow_comes_with_the_lines_that_its_steps_stem_from() -> None:
    made = migrated(source(PIPELINE, "api/Jenkinsfile"), Given())

    assert isinstance(made, Migrated)
    assert made.name == "api"
    assert "run: make" in made.workflow
    assert "api/Jenkinsfile" in made.workflow
    assert made.marks == (None, (4, 4))


def test_labels_are_mapped_to_runners() -> None:
    text = PIPELINE.replace(b"agent any", b"agent { label 'huge' }")

    made = migrated(source(text), Given({"huge": "ubuntu-24.04"}))

    assert isinstance(made, Migrated)
    assert "runs-on: ubuntu-24.04" in made.workflow


@pytest.mark.parametrize(
    ("path", "content", "line"),
    [
        ("Jenkinsfile", b"node {\n  sh 'x\n}", 2),
        ("Jenkinsfile", b"pipeline {\n  agent any\n  steps {}\n}", 1),
        ("config.xml", b"<project>\n<a></project>", 2),
        ("config.xml", b"<jenkins.branch.OrganizationFolder/>", 1),
    ],
)
def test_a_failure_is_one_line_with_its_place(path: str, content: bytes, line: int) -> None:
    made = migrated(source(content, path), Given())

    assert isinstance(made, Failed)
    assert made.line >= line
    assert re.fullmatch(rf"{path}:\d+:\d+: [^\n]+", str(made))


def test_what_is_too_large_is_not_read() -> None:
    made = migrated(source(b"x" * (MOST_BYTES + 1)), Given())

    assert isinstance(made, Failed)
    assert str(made).startswith("Jenkinsfile: larger than 16 MiB")


def test_a_summary_counts_files_and_statements() -> None:
    paths = ("b/Jenkinsfile", "a/Jenkinsfile")
    results = [migrated(source(PIPELINE, path), Given()) for path in paths]
    summary = summed([Failed("c", "broken", 1, 2), *results])

    assert [each.path for each in summary.migrated] == ["a/Jenkinsfile", "b/Jenkinsfile"]
    assert summary.outcomes()[Outcome.SUCCESSFUL] == 2
    assert summary.counts()[Verdict.DROPPED] == 2
    assert not summary.lossless
    assert not summed([Failed("c", "broken")]).lossless
    lossless = PIPELINE.replace(b"  options { timestamps() }\n", b"")
    assert summed([migrated(source(lossless), Given())]).lossless


def test_a_program_reads_every_loss_with_its_line() -> None:
    summary = summed([migrated(source(PIPELINE), Given()), Failed("c", "broken", 1, 2)])

    tree: dict[str, Any] = as_tree(summary, {"Jenkinsfile": "out/build.yml"})

    assert tree["failed"] == [{"source": "c", "line": 1, "column": 2, "reason": "broken"}]
    [file] = tree["files"]
    assert file["workflow"] == "out/build.yml"
    assert [(loss["line"], loss["verdict"]) for loss in file["losses"]] == [(3, "dropped")]


def test_a_report_has_one_title_and_every_file() -> None:
    paths = ("a/Jenkinsfile", "b|<b>/Jenkinsfile")
    results = [migrated(source(PIPELINE, path), Given()) for path in paths]
    summary = summed([*results, Failed("c", "no")])

    page = report(summary, {"a/Jenkinsfile": "out/a.yml"})

    headings = [line for line in page.splitlines() if line.startswith("#")]
    assert headings[0] == "# Migration report"
    assert all(line.startswith("##") for line in headings[1:])
    assert headings[1:3] == ["## Not converted", "## Files"]
    assert "- c: no" in page
    assert "<b>" not in page
    places = [page.index(each) for each in ("of a/Jenkinsfile", "of b\\|")]
    assert all(first < second for first, second in pairwise(places))
