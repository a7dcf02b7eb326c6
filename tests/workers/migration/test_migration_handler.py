"""migration.requested becomes one stored bundle of workflows and reports, or a refusal."""

import json
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from schemas.migration import MigrationCompleted, MigrationFailed, MigrationRequested
from workers.bundle import FILE_LIMIT, Bundle, Manifest
from workers.migration.on_migration_requested import handle
from workers.migration.result import MOST_TASKS
from workers.ports import Context, Reject
from workers.testing import EPOCH, FakeArtifacts

CONTEXT = Context(event_id="e1", time=EPOCH, deadline=EPOCH)
PIPELINE = """pipeline {
  agent { label 'huge' }
  tools { jdk 'default-jdk' }
  stages { stage('Build') { steps { compile('release') } } }
}
"""
PLAIN = "node { stage('Build') { sh 'make' } }\n"
BROKEN = "node {\n  sh 'x\n}\n"
STEP = 'def call(kind) {\n  sh "./compile.sh ${kind}"\n}\n'


def asked(files: dict[str, str] | None = None, **fields: Any) -> MigrationRequested:
    given = [{"path": path, "content": text} for path, text in (files or {}).items()]
    library = [{"path": path, "content": text} for path, text in fields.pop("library", {}).items()]
    return MigrationRequested.model_validate({"files": given, "library": library, **fields})


async def completed(event: MigrationRequested, artifacts: FakeArtifacts) -> MigrationCompleted:
    made = await handle(event, artifacts, CONTEXT)
    assert isinstance(made, MigrationCompleted)
    return made


async def failed(event: MigrationRequested) -> MigrationFailed:
    artifacts = FakeArtifacts()
    made = await handle(event, artifacts, CONTEXT)
    assert isinstance(made, MigrationFailed)
    assert artifacts.packed == {}
    return made


def stored(**files: str) -> Bundle:
    manifest = Manifest(service_name="anything", part="anything")
    return Bundle(
        {path.replace("__", "/"): text.encode() for path, text in files.items()}, manifest
    )


async def test_pipelines_become_one_bundle_and_the_second_delivery_makes_no_other() -> None:
    artifacts = FakeArtifacts()
    event = asked({"Jenkinsfile": PLAIN, "api/Jenkinsfile": PLAIN})

    first = await completed(event, artifacts)

    files = (await artifacts.read(first.artifact)).files
    assert set(files) == {
        ".github/workflows/build.yml",
        ".github/workflows/api.yml",
        ".github/migration-report.md",
        ".github/migration-report.json",
    }
    assert {each.workflow for each in first.files} | {first.report, first.report_json} == set(files)
    job = yaml.safe_load(files[".github/workflows/api.yml"])["jobs"]["build"]
    assert job["steps"][-1]["run"] == "make"
    assert await handle(event, artifacts, CONTEXT) == first
    assert len(artifacts.packed) == 1


async def test_an_answer_says_what_an_audit_counts() -> None:
    artifacts = FakeArtifacts()

    made = await completed(
        asked({"Jenkinsfile": PIPELINE, "old/Jenkinsfile": BROKEN}, requested_by="ada"), artifacts
    )

    assert (made.verdict, made.requested_by) == ("partial", "ada")
    [file] = made.files
    assert (file.source, file.verdict) == ("Jenkinsfile", "partial")
    assert file.statements == made.statements
    assert made.statements.manual >= 1
    [refused] = made.refused
    assert (refused.path, refused.line) == ("old/Jenkinsfile", 2)
    tasks = {(task.kind, task.line) for task in made.tasks}
    assert ("runner", 0) in tasks
    assert ("statement", 4) in tasks
    assert all(task.source == "Jenkinsfile" and task.text for task in made.tasks)
    bundle = await artifacts.read(made.artifact)
    report = json.loads(bundle.files[made.report_json])
    [told] = report["files"]
    assert (report["verdict"], told["workflow"]) == ("partial", ".github/workflows/build.yml")
    assert sum(report["counts"].values()) == len(
        {(e["line"], e["column"], e["source"]) for e in told["entries"]}
    )
    assert report["refused"][0]["path"] == "old/Jenkinsfile"
    page = bundle.files[made.report].decode()
    assert "old/Jenkinsfile:2:" in page
    assert "say which runner `huge` is" in page


async def test_an_action_that_a_workflow_calls_lies_beside_it() -> None:
    artifacts = FakeArtifacts()

    made = await completed(asked({"Jenkinsfile": "@Library('x') _\n" + PIPELINE}), artifacts)

    files = (await artifacts.read(made.artifact)).files
    assert b"./.github/actions/compile" in files[".github/workflows/build.yml"]
    assert b"composite" in files[".github/actions/compile/action.yml"]


async def test_a_bundle_is_looked_through_as_a_folder_is() -> None:
    artifacts = FakeArtifacts()
    whole = await artifacts.write(
        stored(ci__Jenkinsfile=PIPELINE, **{".tool-versions": "java temurin-17.0.9\n"})
    )
    library = await artifacts.write(stored(**{"vars/compile.groovy": STEP, "src/A.groovy": "x"}))

    made = await completed(
        asked(artifact=whole, library_artifact=library, runners={"huge": "ubuntu-24.04"}),
        artifacts,
    )

    text = (await artifacts.read(made.artifact)).files[".github/workflows/ci.yml"].decode()
    assert made.verdict == "successful"
    assert made.tasks == ()
    assert "run: ./compile.sh release\n" in text
    assert "java-version: '17'" in text
    assert "runs-on: ubuntu-24.04" in text


async def test_a_script_that_a_pipeline_loads_is_put_in_from_the_files() -> None:
    artifacts = FakeArtifacts()
    text = "node {\n  a = load 'ci/a.groovy'\n  a.greet()\n  b = load 'ci/b.groovy'\n}\n"
    files = {"ci/a.groovy": "def greet() { sh 'echo hello' }\nreturn this\n", "ci/b.groovy": BROKEN}

    made = await completed(asked({"Jenkinsfile": text, **files}), artifacts)

    told = (await artifacts.read(made.artifact)).files[".github/workflows/build.yml"].decode()
    assert "run: echo hello\n" in told
    assert ("ci/b.groovy", 2) in {(each.path, each.line) for each in made.refused}


async def test_what_the_event_holds_lies_over_its_bundles() -> None:
    artifacts = FakeArtifacts()
    key = await artifacts.write(stored(Jenkinsfile=PLAIN, **{"vars/compile.groovy": "x"}))

    made = await completed(
        asked(
            {"Jenkinsfile": PIPELINE},
            artifact=key,
            library={"vars/compile.groovy": STEP},
            library_artifact=key,
        ),
        artifacts,
    )

    text = (await artifacts.read(made.artifact)).files[".github/workflows/build.yml"].decode()
    assert "run: ./compile.sh release\n" in text


async def test_a_step_of_a_library_that_cannot_be_read_is_told_and_stops_nothing() -> None:
    made = await completed(
        asked({"Jenkinsfile": PLAIN}, library={"vars/broken.groovy": BROKEN}), FakeArtifacts()
    )

    assert made.verdict == "partial"
    assert [(each.path, each.line) for each in made.refused] == [("vars/broken.groovy", 2)]


async def test_a_refused_file_fails_with_its_place() -> None:
    made = await failed(asked({"a/Jenkinsfile": BROKEN}, workflow_id="wf-1", requested_by="ada"))

    assert (made.workflow_id, made.requested_by) == ("wf-1", "ada")
    assert (made.path, made.line) == ("a/Jenkinsfile", 2)
    assert made.column > 0
    assert made.reason
    assert len(made.refused) == 1


async def test_a_failure_is_about_the_first_pipeline_whatever_of_the_library_was_refused() -> None:
    files = {"z/Jenkinsfile": BROKEN, "y/Jenkinsfile": BROKEN}

    made = await failed(asked(files, library={"vars/x.groovy": BROKEN}))

    assert made.path == "y/Jenkinsfile"
    paths = [each.path for each in made.refused]
    assert paths == ["vars/x.groovy", "y/Jenkinsfile", "z/Jenkinsfile"]


async def test_a_bundle_with_both_has_its_library_migrated_as_no_pipeline() -> None:
    artifacts = FakeArtifacts()
    flow = "def call() {\n  node { sh 'x' }\n}\n"
    both = await artifacts.write(
        stored(Jenkinsfile=PLAIN, **{"vars/flow.groovy": flow, "src/Jenkinsfile": PLAIN})
    )
    apart = await artifacts.write(stored(**{"vars/other.groovy": flow}))

    made = await completed(asked(artifact=both, library_artifact=both), artifacts)
    without = await completed(asked(artifact=both, library_artifact=apart), artifacts)

    assert [each.source for each in made.files] == ["Jenkinsfile"]
    assert len(without.files) == 3


async def test_a_result_beyond_what_a_bundle_holds_is_a_failure() -> None:
    many = {f"s{number}/Jenkinsfile": "node { sh 'x' }" for number in range(FILE_LIMIT)}

    made = await failed(asked(many))

    assert made.reason.startswith("the result is too large: ")
    assert made.path is None


async def test_nothing_that_holds_a_pipeline_is_a_failure_without_a_place() -> None:
    made = await failed(asked({"pom.xml": "<project/>"}, library={"vars/x.groovy": BROKEN}))

    assert made.reason.startswith("no pipeline in it: looked for Jenkinsfile")
    assert (made.path, made.line, made.column) == (None, 0, 0)


async def test_a_missing_bundle_is_parked() -> None:
    with pytest.raises(Reject):
        await handle(asked(artifact=f"artifacts/{'0' * 64}.tar.gz"), FakeArtifacts(), CONTEXT)


async def test_without_an_id_the_events_own_gives_it_on_every_delivery() -> None:
    event = asked({"Jenkinsfile": BROKEN})
    other = Context(event_id="e2", time=EPOCH, deadline=EPOCH)

    first, again = [await handle(event, FakeArtifacts(), CONTEXT) for _ in range(2)]

    assert first.workflow_id == again.workflow_id
    assert first.workflow_id.startswith("mig-")
    assert (await handle(event, FakeArtifacts(), other)).workflow_id != first.workflow_id


async def test_no_credential_of_a_file_gets_onto_the_bus() -> None:
    token = "ghp_" + "a1B2" * 9
    text = f"node('{token}') {{ sh 'make' }}\n"

    made = await completed(asked({"Jenkinsfile": text}), FakeArtifacts())

    assert made.tasks[0].name == "[redacted]"
    assert token not in made.model_dump_json()


async def test_a_long_list_of_tasks_is_cut_and_the_rest_is_counted() -> None:
    text = "node {\n" + "  frobnicate()\n" * (MOST_TASKS + 7) + "}\n"
    artifacts = FakeArtifacts()

    made = await completed(asked({"Jenkinsfile": text}), artifacts)

    assert (len(made.tasks), made.more_tasks) == (MOST_TASKS, 7)
    files = (await artifacts.read(made.artifact)).files
    assert len(json.loads(files[made.report_json])["files"][0]["entries"]) == MOST_TASKS + 8


@pytest.mark.parametrize(
    "path",
    ["../Jenkinsfile", "/etc/Jenkinsfile", "a/../Jenkinsfile", "a//Jenkinsfile", "", ".", "a\\b",
     "a\nb", "x" * 241],
)  # fmt: skip
def test_a_path_stays_inside(path: str) -> None:
    with pytest.raises(ValidationError):
        asked({path: PLAIN})


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"library_artifact": f"artifacts/{'0' * 64}.tar.gz"},
        {"files": [{"path": "Jenkinsfile", "content": PLAIN}] * 2},
        {"files": [{"path": "Jenkinsfile", "content": ""}], "runners": {"a": "x\ny: z"}},
        {"files": [{"path": "Jenkinsfile", "content": ""}], "artifact": "../secrets.tar.gz"},
    ],
)
def test_a_request_that_says_nothing_or_too_much_is_none(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        MigrationRequested.model_validate(fields)


def test_nothing_of_a_file_is_stripped() -> None:
    [file] = asked({"Jenkinsfile": "\n\n node { }\n\n"}).files

    assert file.content == "\n\n node { }\n\n"
