"""PyGithub's client held to our limits, and its exceptions in the words of the port."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from workers.ports.remote import Conflict, NotInstalled, RemoteError

if TYPE_CHECKING:
    from github import Github
    from github.GithubException import GithubException

    from workers.adapters.bounded_http import Limits

_SCOPE = (
    "access to this repository: contents, pull requests and workflows to write "
    "(`repo` and `workflow` of a classic token)"
)
_TAKEN = ("already exists", "not a fast forward")


def connected(url: str, token: str, limits: "Limits | None") -> "tuple[Github, str]":
    """The client and its host. Raises Refused for a URL that may not be asked, and NotInstalled."""
    try:
        from github import Auth, Github  # noqa: PLC0415  an extra

        from workers.adapters import bounded_http  # noqa: PLC0415
    except ModuleNotFoundError:
        raise NotInstalled(
            "PyGithub is not installed", "pip install 'flotilla[migration]'"
        ) from None
    limits = limits or bounded_http.Limits()
    parts = bounded_http.checked(url, limits)
    client = Github(
        base_url=url.rstrip("/"),
        auth=Auth.Token(token) if token else None,
        timeout=max(1, round(limits.waits_seconds)),
        # Those of the library repeat what writes; ours stand in the adapter.
        retry=0,
        # Nothing is asked for before it is needed: most questions need no more than a name.
        lazy=True,
        seconds_between_requests=None,
        seconds_between_writes=None,
    )
    # The library keeps one connection a client, and has no way of its own to bound answers.
    connection: Any = client.requester._Requester__createConnection()  # type: ignore[attr-defined]
    adapter = bounded_http.BoundedAdapter(parts, limits)
    for scheme in ("http://", "https://"):
        connection.session.mount(scheme, adapter)
    return client, parts.hostname or ""


@contextmanager
def asked(who: str, taken: str = "") -> Iterator[None]:
    """Around calls of the library; `taken` is what it means that something is there already.

    Exceptions are dropped: the server's words, perhaps with what we sent it, stand in them.
    """
    from github.GithubException import GithubException  # noqa: PLC0415
    from requests.exceptions import RequestException  # noqa: PLC0415

    from workers.adapters.remote_errors import not_understood, of_connection  # noqa: PLC0415

    try:
        yield
    except GithubException as error:
        raise _translated(who, error, taken) from None
    except RequestException as error:
        raise of_connection(who, error) from None
    except (AssertionError, AttributeError, KeyError, RuntimeError, TypeError, ValueError):
        # The library takes answers to be of the right shape.
        raise not_understood(who, "GitHub") from None


def _translated(who: str, error: "GithubException", taken: str) -> RemoteError:
    from workers.adapters import remote_errors as errors  # noqa: PLC0415

    status = error.status
    if not 400 <= status < 600:
        return errors.not_understood(who, "GitHub")
    headers = {name.lower(): str(value) for name, value in (error.headers or {}).items()}
    said = errors.plain(" ".join(_words(error.data)))
    if taken and status in (409, 422) and any(each in said.lower() for each in _TAKEN):
        return Conflict(taken, "look at what is there, and name another or ask for the same again")
    return errors.of_status(who, status, headers, said, scope=_SCOPE)


def _words(body: object) -> Iterator[str]:
    """The reasons in an error of GitHub: its message, and those of its parts."""
    if isinstance(body, str):
        # Not JSON: a page of something in between.
        return
    if not isinstance(body, dict):
        return
    yield str(body.get("message", ""))
    parts = body.get("errors")
    for each in parts if isinstance(parts, list) else ():
        said = each.get("message") if isinstance(each, dict) else each
        if isinstance(said, str):
            yield said
