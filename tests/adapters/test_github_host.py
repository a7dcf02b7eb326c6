"""GitHub over a real socket, with the real client: what it gives, and what errors become."""

import logging
import traceback
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from tests.servers.github_api import TOKEN, GitHubApi, repo
from tests.servers.recording import Answer, RecordingServer, said
from workers.adapters.bounded_http import Limits
from workers.adapters.github import GitHub
from workers.ports.code_host import Proposal
from workers.ports.remote import (
    Conflict,
    NotFound,
    Refused,
    RemoteError,
    Unauthorised,
    Unreachable,
)

QUICK = Limits(
    waits=timedelta(seconds=1), lasts=timedelta(seconds=2), size=100_000, backoff=timedelta(0)
)
SHOP = "ada/shop"


@pytest.fixture
def api() -> GitHubApi:
    return GitHubApi({SHOP: repo({"README.md": "# Shop\n", "ci/build": "ü\n"})})


@pytest.fixture
def server(api: GitHubApi) -> Iterator[RecordingServer]:
    with api.serve() as server:
        yield server


def of(server: RecordingServer, token: str = TOKEN) -> GitHub:
    return GitHub(token, server.url, QUICK)


def test_a_repository_is_told_by_its_name(server: RecordingServer) -> None:
    found = of(server).repository(SHOP)

    assert (found.name, found.default_branch, found.private) == (SHOP, "main", False)
    with pytest.raises(NotFound):
        of(server).repository("ada/nothing")


def test_an_account_says_what_its_token_may(server: RecordingServer) -> None:
    found = of(server).account()

    assert (found.login, found.scopes) == ("ada", ("repo",))


def test_those_files_come_that_are_there(server: RecordingServer) -> None:
    found = of(server).files(SHOP, ["ci/build", "pom.xml"], "main")

    assert found == {"ci/build": "ü\n".encode()}
    assert of(server).files(SHOP, ["README.md"], None) == {"README.md": b"# Shop\n"}


def test_a_directory_and_a_large_file_are_no_content(server: RecordingServer) -> None:
    start = "/repos/ada/shop/contents/"
    server.instead[start] = [said([]), said({"type": "file", "encoding": "none", "content": ""})]

    with pytest.raises(Refused, match="no file"):
        of(server).files(SHOP, ["ci"], "main")
    with pytest.raises(Refused, match="over 1 MB"):
        of(server).files(SHOP, ["big"], "main")


def test_a_commit_has_all_files_on_top_of_its_parent(
    api: GitHubApi, server: RecordingServer
) -> None:
    host = of(server)
    parent = host.head(SHOP, "main")
    assert parent

    commit = host.commit(SHOP, parent, {"a/b.yml": "x: ü\n", "c": ""}, "Add")
    host.create_branch(SHOP, "team/new", commit)

    assert host.head(SHOP, "team/new") == commit
    assert host.head(SHOP, "nothing") is None
    assert api.repos[SHOP].commits[commit][1] == parent
    assert host.files(SHOP, ["README.md", "a/b.yml", "c"], commit) == {
        "README.md": b"# Shop\n",
        "a/b.yml": "x: ü\n".encode(),
        "c": b"",
    }


def test_what_is_there_is_a_conflict(server: RecordingServer) -> None:
    host = of(server)
    start = host.head(SHOP, "main")
    assert start
    one, two = (host.commit(SHOP, start, {"f": each}, each) for each in ("one", "two"))
    host.create_branch(SHOP, "new", one)
    proposal = Proposal("new", "main", "New", "body")
    host.open_pull_request(SHOP, proposal)

    with pytest.raises(Conflict, match="branch new already"):
        host.create_branch(SHOP, "new", two)
    with pytest.raises(Conflict, match="somebody else moved"):
        host.advance_branch(SHOP, "new", two)
    with pytest.raises(Conflict, match="pull request of new already"):
        host.open_pull_request(SHOP, proposal)
    with pytest.raises(Conflict, match="repository ada/shop already"):
        host.create_repository(SHOP, private=True, description="")


def test_a_pull_request_is_found_by_its_branch_and_base(server: RecordingServer) -> None:
    host = of(server)
    made = host.open_pull_request(SHOP, Proposal("new", "main", "New", "body"))

    assert host.pull_request(SHOP, "new", "main") == made
    assert host.pull_request(SHOP, "new", "other") is None
    assert host.pull_request(SHOP, "other", "main") is None


def test_a_repository_of_an_organization_is_created_there(
    api: GitHubApi, server: RecordingServer
) -> None:
    made = of(server).create_repository("acme/tools", private=False, description="d")

    assert (made.name, made.private) == ("acme/tools", False)
    assert "acme/tools" in api.repos


@pytest.mark.parametrize("name", ["", "a", "a/b/c", "../x", "a/..", "a b/c", "a/b?x", "a/b\n"])
def test_a_name_that_leads_elsewhere_is_not_asked_for(server: RecordingServer, name: str) -> None:
    with pytest.raises(Refused, match="OWNER/NAME"):
        of(server).files(name, ["x"], None)

    assert server.asked == []


def _message(status: int, text: str, **headers: str) -> Answer:
    return said({"message": text}, status, **headers)


RATE = {"X_RateLimit_Remaining": "0", "X_RateLimit_Limit": "5000"}
ERRORS: dict[str, tuple[Answer, type[RemoteError], str]] = {
    "401": (_message(401, f"Bad credentials {TOKEN}"), Unauthorised, "valid token"),
    "403": (_message(403, "Resource not accessible"), Unauthorised, "`workflow`"),
    "limit": (_message(403, "API rate limit exceeded", **RATE), Unreachable, "too many"),
    "second": (_message(403, "secondary rate limit", Retry_After="60"), Unreachable, "60 s"),
    "404": (_message(404, "Not Found"), NotFound, "name is right"),
    "409": (_message(409, "Git Repository is empty."), Conflict, "is empty"),
    "422": (_message(422, "Validation Failed"), Refused, "Validation Failed"),
    "500": (_message(500, "Oops"), Unreachable, "later"),
    "page": (Answer(502, b"<html>"), Unreachable, "502"),
    "html": (Answer(200, b"<html>"), Refused, "not answer as GitHub"),
    "list": (Answer(200, b"[1]"), Refused, "not answer as GitHub"),
    "empty": (Answer(200, b""), Refused, "not answer as GitHub"),
    "deep": (Answer(200, b"[" * 50_000), Refused, "not answer as GitHub"),
    "huge": (Answer(200, b" " * 100_001), Refused, "over 100000 bytes"),
    "slow": (Answer(200, b"{", drip=True), Unreachable, "in time"),
    "moved": (Answer(301, b"{}", {"Location": "/repositories/1"}), Refused, "elsewhere"),
    "later": (Answer(202, b"{}"), Refused, "not done"),
}
CALLS: dict[str, Callable[[GitHub], object]] = {
    "account": lambda host: host.account(),
    "repository": lambda host: host.repository(SHOP),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
@pytest.mark.parametrize("error", ERRORS)
def test_an_error_says_what_helps_and_no_token(
    server: RecordingServer,
    error: str,
    call: Callable[[GitHub], object],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    answer, kind, words = ERRORS[error]
    server.instead |= {"/user": [answer], "/repos/": [answer]}

    with pytest.raises(kind, match=words) as raised:
        call(of(server))

    assert "\n" not in str(raised.value)
    printed = "".join(traceback.format_exception(raised.value))
    assert TOKEN not in printed
    assert "Authorization" not in printed


def test_no_redirect_takes_the_token_along(server: RecordingServer) -> None:
    with GitHubApi().serve() as other:
        server.instead["/user"] = [Answer(301, b"{}", {"Location": f"{other.url}/user"})]

        with pytest.raises(Refused):
            of(server).account()

        assert other.asked == []


def test_no_address_of_an_answer_is_followed_to_another_server(server: RecordingServer) -> None:
    with GitHubApi().serve() as other:
        bare = {"url": f"{other.url}/repos/ada/shop", "full_name": SHOP}
        server.instead["/repos/ada/shop"] = [said(bare)]

        with pytest.raises(RemoteError):
            of(server).repository(SHOP)

        assert other.asked == []


@pytest.mark.parametrize("write", ["tree", "branch", "pull"])
def test_what_writes_is_sent_once(server: RecordingServer, write: str) -> None:
    host = of(server)
    start = host.head(SHOP, "main")
    assert start
    server.instead |= {f"/repos/ada/shop/{x}": [Answer(503, b"{}")] for x in (
        "git/trees", "git/refs", "pulls",
    )}  # fmt: skip
    calls: dict[str, Callable[[], object]] = {
        "tree": lambda: host.commit(SHOP, start, {"f": ""}, "m"),
        "branch": lambda: host.create_branch(SHOP, "b", start),
        "pull": lambda: host.open_pull_request(SHOP, Proposal("b", "main", "t", "")),
    }

    with pytest.raises(Unreachable):
        calls[write]()

    assert sum(each.method == "POST" for each in server.asked) == 1


def test_a_question_is_asked_again_after_a_gateways_error(server: RecordingServer) -> None:
    server.instead["/user"] = [Answer(502), Answer(503), _message(404, "Not Found")]

    with pytest.raises(NotFound):
        of(server).account()

    assert len(server.asked) == 3


def test_an_enterprise_servers_repositories_are_on_its_own_host() -> None:
    assert GitHub(TOKEN).host == "github.com"
    assert GitHub(TOKEN, "https://git.example.com/api/v3").host == "git.example.com"
