"""A job of a Jenkins server becomes a pull request on GitHub, over real sockets and clients."""

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.servers import github_api, jenkins_api
from tests.servers.github_api import GitHubApi, repo
from tests.servers.jenkins_api import (
    FOLDER,
    MULTIBRANCH,
    Item,
    JenkinsApi,
    flow,
    from_scm,
    multibranch,
)
from tests.servers.recording import RecordingServer
from workers.adapters.github import GitHub
from workers.adapters.jenkins import Jenkins
from workers.migration.service import code_host, jenkins_jobs
from workers.migration.service.code_host import CreateRepositoryRequest
from workers.migration.service.jenkins_jobs import CreateJobRequest, ListJobsRequest
from workers.migration.service.migrate_job import MigrateJobRequest, migrate_job
from workers.migration.service.pull_request import OpenPullRequestRequest, open_pull_request

PAGE = Path(__file__).parents[2] / "docs" / "migration.md"
SCRIPT = """pipeline {
    agent any
    tools { jdk 'default' }
    stages {
        stage('Build') { steps { sh 'make && test 1 -lt 2' } }
        stage('Ship') { steps { office365ConnectorSend webhookUrl: 'https://example.com/hook' } }
    }
}
"""
WORKFLOW = ".github/workflows/shop-api.yml"


@pytest.fixture
def jenkins_server() -> Iterator[tuple[JenkinsApi, RecordingServer]]:
    api = JenkinsApi({"shop": Item(FOLDER)})
    with api.serve() as server:
        yield api, server


@pytest.fixture
def github_server() -> Iterator[tuple[GitHubApi, RecordingServer]]:
    api = GitHubApi()
    with api.serve() as server:
        yield api, server


async def test_a_new_job_becomes_a_pull_request_of_a_new_repository(
    jenkins_server: tuple[JenkinsApi, RecordingServer],
    github_server: tuple[GitHubApi, RecordingServer],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    jenkins = Jenkins(jenkins_server[1].url, jenkins_api.USER, jenkins_api.TOKEN)
    host = GitHub(github_api.TOKEN, github_server[1].url)

    connected = await jenkins_jobs.test_connection(jenkins)
    known = await code_host.test_connection(host)
    created = await jenkins_jobs.create_job(
        jenkins, CreateJobRequest(name="shop/api", jenkinsfile=SCRIPT)
    )
    listed = await jenkins_jobs.list_jobs(jenkins, ListJobsRequest())
    migrated = await migrate_job(jenkins, host, MigrateJobRequest(job="shop/api"))
    made = await code_host.create_repository(host, CreateRepositoryRequest(name="ada/shop"))
    assert migrated.migration
    wish = OpenPullRequestRequest(
        repository=made.name, files=migrated.migration.files, report=migrated.migration.report
    )
    opened = await open_pull_request(host, wish)
    again = await open_pull_request(host, wish)

    assert (connected.connected, connected.user, connected.version) == (True, "ada", "2.528.3")
    assert (known.login, known.missing) == ("ada", ("workflow",))
    assert created.url.endswith("/job/shop/job/api/")
    assert [(each.name, each.kind) for each in listed.jobs] == [
        ("shop", "folder"),
        ("shop/api", "pipeline"),
    ]
    assert migrated.migration.verdict == "partial"
    assert made.private
    found = github_server[0].repos["ada/shop"]
    branch = found.branches[opened.branch]
    files = found.files(branch) or {}
    assert "make && test 1 -lt 2" in files[WORKFLOW]
    assert set(files) == {
        "README.md",
        WORKFLOW,
        ".github/migration-report.md",
        ".github/migration-report.json",
    }
    # One commit, right on top of the default branch.
    assert found.commits[branch][1] == found.branches["main"]
    assert found.files("main") == {"README.md": "# New\n"}
    assert "office365ConnectorSend" in found.pulls[0]["body"]
    assert (opened.outcome, again.outcome) == ("opened", "found")
    assert opened.number == again.number == 1
    assert len(found.pulls) == 1
    _assert_secret(jenkins_server[1], jenkins_api.TOKEN, caplog)
    _assert_secret(github_server[1], github_api.TOKEN, caplog)
    answers = (connected, known, created, listed, migrated, made, opened)
    shown = "".join(each.model_dump_json() for each in answers) + repr((jenkins, host))
    assert jenkins_api.TOKEN not in shown
    assert github_api.TOKEN not in shown


async def test_a_jenkinsfile_comes_from_the_repository_that_the_job_names(
    jenkins_server: tuple[JenkinsApi, RecordingServer],
    github_server: tuple[GitHubApi, RecordingServer],
) -> None:
    jenkins = Jenkins(jenkins_server[1].url, jenkins_api.USER, jenkins_api.TOKEN)
    host = GitHub(github_api.TOKEN, github_server[1].url)
    maven = SCRIPT.replace("make", "mvn verify")
    release = {"ci/Jenkinsfile": maven, ".java-version": "21\n"}
    github_server[0].repos["ada/shop"] = repo({"ci/Jenkinsfile": SCRIPT}, release=release)
    jenkins_server[0].items |= {
        "shop/release": Item(
            jenkins_api.PIPELINE,
            from_scm("git@127.0.0.1:ada/shop.git", "ci/Jenkinsfile", "*/release"),
        ),
        "shop/all": Item(MULTIBRANCH, multibranch("ada", "shop", github_server[1].url)),
    }

    one = await migrate_job(jenkins, host, MigrateJobRequest(job="shop/release"))
    every = await migrate_job(jenkins, host, MigrateJobRequest(job="shop/all"))

    assert (one.source.repository, one.source.branch) == ("ada/shop", "release")
    assert one.migration
    assert any("mvn verify" in each.content for each in one.migration.files)
    assert any("java-version: '21'" in each.content for each in one.migration.files)
    assert every.migration
    assert (every.source.path, every.source.branch) == ("ci/Jenkinsfile", None)
    assert any("make &&" in each.content for each in every.migration.files)


async def test_the_example_of_the_page_does_what_it_says(
    jenkins_server: tuple[JenkinsApi, RecordingServer],
    github_server: tuple[GitHubApi, RecordingServer],
) -> None:
    section = PAGE.read_text().partition("## From a Jenkins server to a pull request")[2]
    example = section.partition("```python\n")[2].partition("```")[0]
    names: dict[str, Any] = {}
    exec(compile(example, str(PAGE), "exec"), names)
    jenkins = Jenkins(jenkins_server[1].url, jenkins_api.USER, jenkins_api.TOKEN)
    host = GitHub(github_api.TOKEN, github_server[1].url)
    github_server[0].repos["ada/shop"] = repo({"README.md": ""})
    jenkins_server[0].items |= {
        "shop/api": Item(jenkins_api.PIPELINE, flow(SCRIPT)),
        "shop/far": Item(jenkins_api.PIPELINE, from_scm("https://git.example.com/a/b")),
    }

    opened = await names["moved"](jenkins, host, "shop/api", "ada/shop")
    needs = await names["moved"](jenkins, host, "shop/far", "ada/shop")

    assert opened == "https://github.com/ada/shop/pull/1"
    assert "give the content of Jenkinsfile" in needs


def _assert_secret(
    server: RecordingServer, token: str, caplog: pytest.LogCaptureFixture
) -> None:  # fmt: skip
    assert server.asked
    for asked in server.asked:
        others = {name: value for name, value in asked.headers.items() if name != "authorization"}
        assert token not in asked.line + repr(others) + asked.body.decode()
    assert token not in caplog.text
