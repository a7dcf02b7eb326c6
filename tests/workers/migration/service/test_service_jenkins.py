"""Jobs of a Jenkins server: connected, listed, created, migrated."""

from dataclasses import dataclass, field

import pytest

from tests.servers.jenkins_api import FOLDER, MULTIBRANCH, PIPELINE, flow, from_scm, multibranch
from tests.workers.migration.service.code_host_fake import MemoryCodeHost
from workers.migration.service import code_host, jenkins_jobs
from workers.migration.service.jenkins_jobs import CreateJobRequest, ListJobsRequest
from workers.migration.service.job_place import repository
from workers.migration.service.migrate_job import MigratedJob, MigrateJobRequest, migrate_job
from workers.ports.jenkins_server import JenkinsAccount, JenkinsJob
from workers.ports.remote import NotFound, Refused, Unauthorised

SCRIPT = "node { stage('B') { sh 'make' } }"


@dataclass
class MemoryJenkins:
    """A server in memory; `refuses` is its answer to who asks."""

    configs: dict[str, str] = field(default_factory=dict)
    refuses: bool = False

    def account(self) -> JenkinsAccount:
        if self.refuses:
            raise Unauthorised("Jenkins answers 401", "give a valid token")
        return JenkinsAccount("ada", "2.528.3")

    def jobs(self) -> tuple[JenkinsJob, ...]:
        types = {"shop": FOLDER, "shop/many": MULTIBRANCH, "shopping": PIPELINE}
        return tuple(JenkinsJob(name, kind, "u") for name, kind in reversed(types.items()))

    def config(self, job: str) -> str:
        if job not in self.configs:
            raise NotFound("Jenkins answers 404", "see that the name is right")
        return self.configs[job]

    def create_job(self, job: str, config_xml: str) -> str:
        self.configs[job] = config_xml
        return f"https://ci.example.com/job/{job}/"


async def migrated(config: str, host: MemoryCodeHost | None, **more: object) -> MigratedJob:
    request = MigrateJobRequest.model_validate({"job": "team/api", **more})
    return await migrate_job(MemoryJenkins({"team/api": config}), host, request)


async def test_a_connection_that_fails_is_an_answer() -> None:
    good = await jenkins_jobs.test_connection(MemoryJenkins())
    bad = await jenkins_jobs.test_connection(MemoryJenkins(refuses=True))

    assert (good.connected, good.problem) == (True, None)
    assert not bad.connected
    assert bad.problem
    assert (bad.problem.kind, bad.problem.mend) == ("unauthorised", "give a valid token")


@pytest.mark.parametrize(
    ("scopes", "missing"),
    [(None, ()), (("repo",), ("workflow",)), (("repo", "workflow", "x"), ())],
)
async def test_a_token_that_may_too_little_is_told(
    scopes: tuple[str, ...] | None, missing: tuple[str, ...]
) -> None:
    assert (await code_host.test_connection(MemoryCodeHost(scopes=scopes))).missing == missing


async def test_jobs_are_listed_by_folder() -> None:
    every = await jenkins_jobs.list_jobs(MemoryJenkins(), ListJobsRequest())
    some = await jenkins_jobs.list_jobs(MemoryJenkins(), ListJobsRequest(folder="shop"))

    assert [(each.name, each.kind, each.migrates) for each in every.jobs] == [
        ("shop", "folder", False),
        ("shop/many", "multibranch", True),
        ("shopping", "pipeline", True),
    ]
    assert [each.name for each in some.jobs] == ["shop/many"]


async def test_a_new_job_holds_the_script_as_it_is() -> None:
    server = MemoryJenkins()
    script = "node { sh '''a < b && c > d\n  ]]> {x}''' }\n"

    await jenkins_jobs.create_job(server, CreateJobRequest(name="a", jenkinsfile=script))
    came = await migrate_job(server, None, MigrateJobRequest(job="a"))

    assert came.migration
    assert any("a < b && c > d" in each.content for each in came.migration.files)


@pytest.mark.parametrize(
    "config", ["", "no", "<a>", "<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>"]
)  # fmt: skip
async def test_what_is_no_configuration_is_not_sent(config: str) -> None:
    server = MemoryJenkins()

    with pytest.raises(Refused, match="no configuration"):
        await jenkins_jobs.create_job(server, CreateJobRequest(name="a", config_xml=config))

    assert server.configs == {}


async def test_a_job_with_its_script_needs_no_code_host() -> None:
    came = await migrated(flow(SCRIPT), None)

    assert came.source.repository == ""
    assert came.migration
    assert [each.workflow for each in came.migration.workflows] == [
        ".github/workflows/team-api.yml"
    ]


@pytest.mark.parametrize(
    ("url", "host", "words"),
    [
        ("https://github.com/ada/shop.git", None, "no host is given"),
        ("https://git.example.com/ada/shop", MemoryCodeHost(), "not on github.com"),
        ("https://ada:hunter2@git.example.com/ada/shop", MemoryCodeHost(), "redacted"),
        ("", MemoryCodeHost(), "does not name one repository"),
    ],
)
async def test_a_jenkinsfile_out_of_reach_is_asked_for(
    url: str, host: MemoryCodeHost | None, words: str
) -> None:
    asks = await migrated(from_scm(url), host)
    given = await migrated(from_scm(url), host, jenkinsfile=SCRIPT)

    assert asks.migration is None
    assert "give the content of Jenkinsfile" in asks.needs
    assert words in asks.needs
    assert "hunter2" not in asks.model_dump_json()
    assert given.migration
    assert given.migration.verdict


async def test_a_jenkinsfile_is_fetched_from_the_branch_of_the_job() -> None:
    host = (
        MemoryCodeHost().with_branch("main", {}).with_branch("release", {"ci/J": SCRIPT.encode()})
    )

    came = await migrated(from_scm("git@github.com:ada/shop.git", "ci/J", "*/release"), host)

    assert (came.source.path, came.source.branch) == ("ci/J", "release")
    assert came.migration
    with pytest.raises(NotFound, match="no ci/J in ada/shop, branch main"):
        await migrated(from_scm("git@github.com:ada/shop.git", "ci/J", "*/main"), host)


async def test_a_multibranch_project_is_that_of_its_default_branch() -> None:
    host = MemoryCodeHost().with_branch("main", {"ci/Jenkinsfile": SCRIPT.encode()})

    came = await migrated(multibranch("ada", "shop"), host)

    assert (came.source.repository, came.source.branch) == ("ada/shop", None)
    assert came.migration
    assert came.migration.verdict == "successful"


async def test_a_path_out_of_the_repository_is_refused() -> None:
    with pytest.raises(Refused, match="no path in a repository"):
        await migrated(from_scm("git@github.com:ada/shop.git", "../../x"), MemoryCodeHost())


async def test_a_job_of_another_kind_is_refused_with_its_place() -> None:
    came = await migrated("<com.example.Odd/>", None)

    assert came.migration
    assert (came.migration.verdict, came.migration.refused[0].line) == (None, 1)


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("https://github.com/ada/shop", "ada/shop"),
        ("https://github.com/ada/shop.git/", "ada/shop.git"),
        ("https://GitHub.com/ada/shop.git", "ada/shop"),
        ("git@github.com:ada/shop.git", "ada/shop"),
        ("ssh://git@github.com:22/ada/shop.git", "ada/shop"),
        ("https://github.com.example.com/ada/shop", None),
        ("https://example.com/github.com/ada/shop", None),
        ("https://github.com@example.com/ada/shop", None),
        ("file://github.com/ada/shop", None),
        ("https://github.com/ada", None),
        ("https://github.com/ada/shop/tree/main", None),
        ("https://[::1/ada/shop", None),
        ("", None),
    ],
)
def test_a_repository_is_on_the_host_or_it_is_not(address: str, name: str | None) -> None:
    assert repository(address, "github.com") == (name.removesuffix(".git") if name else None)
