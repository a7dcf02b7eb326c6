"""Files to workflows, and what a pipeline consists of."""

import pytest

from schemas.migration import RefusedFile, SourceFile
from tests.servers.jenkins_api import flow
from workers.migration.service.analyze import Analysis, AnalyzeRequest, analyze
from workers.migration.service.messages import MigrateRequest
from workers.migration.service.migrate import migrate
from workers.ports.remote import Refused

DECLARATIVE = """@Library('shared') _
pipeline {
    agent { label 'linux' }
    environment { TOKEN = credentials('deploy') }
    triggers { cron('H 4 * * *') }
    tools { maven 'Maven 3.9' }
    parameters { booleanParam(name: 'FAST', defaultValue: false) }
    stages {
        stage('Build') { steps { dir('web') { sh 'npm ci' } } }
        stage('Test') {
            parallel {
                stage('Unit') { steps { sh 'npm test' } }
                stage('Browser') { steps { sh "npm run browser -- --password=hunter2hunter2" } }
            }
        }
    }
}
"""
SCRIPTED = """node {
    stage('Build') { sh 'make' }
    parallel(a: { sh 'make a' }, b: { stage('Inner') { sh 'make b' } })
}
"""


def file(path: str, content: str) -> SourceFile:
    return SourceFile(path=path, content=content)


async def test_a_project_gives_its_workflows_and_their_report() -> None:
    request = MigrateRequest(
        files=(
            file("api/Jenkinsfile", DECLARATIVE),
            file("web/Jenkinsfile", "pipeline {"),
            file("README.md", "# Shop"),
        )
    )

    came = await migrate(request)

    assert [each.workflow for each in came.workflows] == [".github/workflows/api.yml"]
    assert [(each.path, each.line > 0) for each in came.refused] == [("web/Jenkinsfile", True)]
    assert {each.path for each in came.files} == {
        ".github/workflows/api.yml",
        ".github/migration-report.md",
        ".github/migration-report.json",
    }
    assert came.verdict == "partial"
    assert came.report.startswith("# Migration report")
    assert any(each.kind == "secret" for each in came.tasks)


async def test_files_without_a_workflow_say_why() -> None:
    came = await migrate(MigrateRequest(files=(file("Jenkinsfile", "pipeline {"),)))

    assert (came.verdict, came.files) == (None, ())
    assert came.refused[0].line > 0
    with pytest.raises(Refused, match="no pipeline in it"):
        await migrate(MigrateRequest(files=(file("README.md", "# Shop"),)))


async def test_a_declarative_pipeline_is_told_in_its_parts() -> None:
    found = await analyze(AnalyzeRequest(content=DECLARATIVE))

    assert isinstance(found, Analysis)
    assert found.declarative
    assert found.environment == ("TOKEN",)
    assert found.libraries == ("shared",)
    assert found.triggers == ("cron('H 4 * * *')",)
    assert found.tools == ("maven 'Maven 3.9'",)
    build, test = found.stages
    assert (build.name, build.line, build.steps) == ("Build", 9, ("sh 'npm ci'",))
    assert [(each.name, each.parallel) for each in test.stages] == [
        ("Unit", True),
        ("Browser", True),
    ]
    assert "hunter2" not in found.model_dump_json()


async def test_a_scripted_pipeline_has_stages_and_branches() -> None:
    found = await analyze(AnalyzeRequest(content=SCRIPTED))

    assert isinstance(found, Analysis)
    assert not found.declarative
    assert [(each.name, each.parallel, each.steps) for each in found.stages] == [
        ("Build", False, ("sh 'make'",)),
        ("a", True, ("sh 'make a'",)),
        ("b", True, ()),
    ]
    assert found.stages[2].stages[0].name == "Inner"


async def test_a_job_is_told_by_its_configuration_and_a_broken_file_by_its_place() -> None:
    job = await analyze(AnalyzeRequest(path="jobs/x/config.xml", content=flow(SCRIPTED)))
    broken = await analyze(AnalyzeRequest(content="pipeline {\n  agent any\n"))

    assert isinstance(job, Analysis)
    assert [each.name for each in job.stages] == ["Build", "a", "b"]
    assert isinstance(broken, RefusedFile)
    assert broken.line > 0


async def test_stages_are_told_as_deep_as_json_is_read() -> None:
    deep = "node {" + "stage('s') {" * 60 + "sh 'x'" + "}" * 61

    found = await analyze(AnalyzeRequest(content=deep))

    assert isinstance(found, Analysis)
    depth, below = 0, found.stages
    while below:
        depth, below = depth + 1, below[0].stages
    assert depth == 30
