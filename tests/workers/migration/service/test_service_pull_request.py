"""One pull request for the same files, and nothing written over that nobody gave up."""

import pytest

from schemas.migration import SourceFile
from tests.workers.migration.service.code_host_fake import MemoryCodeHost
from workers.migration.service.pull_request import OpenPullRequestRequest, open_pull_request
from workers.migration.service.pull_request_text import LONGEST, body
from workers.ports.remote import Conflict, NotFound

FLOW = ".github/workflows/build.yml"


def wish(text: str = "on: push\n", **more: object) -> OpenPullRequestRequest:
    files = (SourceFile(path=FLOW, content=text), SourceFile(path="report.md", content="# R\n"))
    return OpenPullRequestRequest.model_validate(
        {"repository": "ada/shop", "files": files, "report": "# R\n", **more}
    )


def host(**files: bytes) -> MemoryCodeHost:
    return MemoryCodeHost().with_branch("main", {"README.md": b"", **files})


async def test_asked_twice_there_is_one_pull_request_and_one_commit() -> None:
    shop = host()

    first = await open_pull_request(shop, wish())
    second = await open_pull_request(shop, wish())

    assert (first.outcome, second.outcome) == ("opened", "found")
    assert first.branch == second.branch
    assert len(shop.pulls) == 1
    assert len(shop.commits) == 2


async def test_what_was_cut_off_after_the_branch_is_taken_up() -> None:
    shop = host()
    await open_pull_request(shop, wish())
    shop.pulls.clear()

    assert (await open_pull_request(shop, wish())).outcome == "opened"
    assert len(shop.commits) == 2


@pytest.mark.parametrize("rival", ["branch", "pull"])
async def test_the_same_request_at_the_same_time_is_no_conflict(rival: str) -> None:
    shop = host()
    shop.rival = rival

    made = await open_pull_request(shop, wish())

    assert made.number == 1
    assert len(shop.pulls) == 1


async def test_a_base_that_has_the_files_needs_no_pull_request() -> None:
    shop = host(**{FLOW: b"on: push\n", "report.md": b"# R\n"})

    made = await open_pull_request(shop, wish())

    assert (made.outcome, made.number) == ("unchanged", None)
    assert shop.branches.keys() == {"main"}


async def test_a_file_that_differs_is_written_over_only_when_asked() -> None:
    shop = host(**{FLOW: b"on: release\n"})

    with pytest.raises(Conflict, match=FLOW):
        await open_pull_request(shop, wish())
    assert shop.branches.keys() == {"main"}

    made = await open_pull_request(shop, wish(overwrite=True))
    assert shop.commits[shop.branches[made.branch]][FLOW] == b"on: push\n"
    assert shop.commits[shop.branches["main"]][FLOW] == b"on: release\n"


async def test_what_a_person_pushed_to_the_branch_stays_unless_asked() -> None:
    shop = host()
    made = await open_pull_request(shop, wish())
    shop.with_branch(made.branch, {FLOW: b"on: mine\n", "notes": b"mine"})

    with pytest.raises(Conflict, match=FLOW):
        await open_pull_request(shop, wish())
    updated = await open_pull_request(shop, wish(overwrite=True))

    assert updated.outcome == "updated"
    assert shop.commits[shop.branches[made.branch]] == {
        FLOW: b"on: push\n",
        "notes": b"mine",
        "report.md": b"# R\n",
    }


async def test_the_base_has_to_be_there_and_another_branch() -> None:
    with pytest.raises(NotFound, match="no branch nothing"):
        await open_pull_request(host(), wish(base="nothing"))
    with pytest.raises(Conflict, match="the base itself"):
        await open_pull_request(host(), wish(branch="main"))


@pytest.mark.parametrize("branch", ["-x", "a..b", "a b", "a~1", "refs/", "/a", "a.lock/", "a\n"])
def test_a_branch_that_git_refuses_is_refused(branch: str) -> None:
    with pytest.raises(ValueError, match="branch"):
        wish(branch=branch)


def test_the_text_calls_nobody_and_closes_nothing() -> None:
    said = body("# Title\n@ada fixes #12, token=hunter2hunter2\n", "report.md")

    assert said.startswith("# Title\n")
    assert "@ada" not in said
    assert "#12" not in said
    assert "hunter2" not in said


@pytest.mark.parametrize("line", ["x" * 100, "ü" * 70, "😀" * 50, "x" * 70_000])
def test_a_long_report_is_cut_where_github_would_refuse_it(line: str) -> None:
    said = body("\n".join([line] * 2000), "report.md")

    assert len(said.encode("utf-16-le")) // 2 <= LONGEST
    assert said.endswith("stands in `report.md`.*\n")
    assert set(said.splitlines()[:-2]) <= {line, ""}
