"""A Jenkins server through python-jenkins, which is an extra and imported when it is needed."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from workers.ports.jenkins_server import JenkinsAccount, JenkinsJob
from workers.ports.remote import Conflict, NotInstalled, Refused, RemoteError

if TYPE_CHECKING:
    from workers.adapters.bounded_http import Limits

ResultT = TypeVar("ResultT")

_SCOPE = "of a user who may read jobs, and create them where one is to be made"
_DEEPEST = 40
# More would be no list that a person reads; Jenkins slows down long before.
_MOST = 50_000
# What a name may not hold, since it ends up in a path.
_ODD = re.compile(r"[\x00-\x1f\x7f\\]")


class Jenkins:
    """One server, as one user; the token goes into the Authorization header and nowhere else."""

    def __init__(self, url: str, user: str, token: str, limits: "Limits | None" = None) -> None:
        """Raises Refused for a URL that may not be asked, and NotInstalled."""
        try:
            import jenkins  # noqa: PLC0415  an extra
            from requests.auth import HTTPBasicAuth  # noqa: PLC0415

            from workers.adapters import bounded_http  # noqa: PLC0415
        except ModuleNotFoundError:
            raise NotInstalled(
                "python-jenkins is not installed", "pip install 'flotilla[migration]'"
            ) from None
        limits = limits or bounded_http.Limits()
        parts = bounded_http.checked(url, limits)
        self._who = f"Jenkins on {parts.hostname}"
        client = jenkins.Jenkins(url, user, token, timeout=limits.waits_seconds)
        adapter = bounded_http.BoundedAdapter(parts, limits)
        for scheme in ("http://", "https://"):
            client._session.mount(scheme, adapter)
        # Without a user, a password of ~/.netrc would be looked for; and an environment variable
        # can tell the library not to look at certificates.
        given = HTTPBasicAuth(user.encode(), token.encode()) if token else _nobody
        client._session.auth, client._auth_resolved = given, True
        client._session.verify = True
        self._client = client

    def account(self) -> JenkinsAccount:
        return self._asked(self._account)

    def jobs(self) -> tuple[JenkinsJob, ...]:
        return self._asked(lambda: tuple(_jobs(self._client)))

    def config(self, job: str) -> str:
        _check(job)
        return self._asked(lambda: str(self._client.get_job_config(job)))

    def create_job(self, job: str, config_xml: str) -> str:
        _check(job)
        return self._asked(lambda: self._create(job, config_xml))

    def _account(self) -> JenkinsAccount:
        from requests import Request  # noqa: PLC0415

        # What `get_whoami` asks for, with the headers, of which one is Jenkins' version.
        url = self._client._build_url("me/api/json?tree=id")
        response = self._client.jenkins_request(Request("GET", url))
        return JenkinsAccount(str(json.loads(response.text)["id"]), response.headers["X-Jenkins"])

    def _create(self, job: str, config_xml: str) -> str:
        if self._client.job_exists(job):
            raise _taken(job)
        self._client.create_job(job, config_xml)
        return str(self._client.get_job_info(job)["url"])

    def _asked(self, question: Callable[[], ResultT]) -> ResultT:
        """What a call gives. Its exceptions are dropped: the server's words, perhaps with what we
        sent it, stand in them."""
        from jenkins import JenkinsException  # noqa: PLC0415
        from requests.exceptions import RequestException  # noqa: PLC0415

        from workers.adapters.remote_errors import not_understood  # noqa: PLC0415

        try:
            return question()
        except (JenkinsException, RequestException) as error:
            raise _translated(self._who, error) from None
        except (KeyError, TypeError, ValueError, AttributeError, RecursionError):
            # The library takes answers to be of the right shape.
            raise not_understood(self._who, "Jenkins") from None


def _translated(who: str, error: Exception) -> RemoteError:
    from jenkins import NotFoundException, TimeoutException  # noqa: PLC0415
    from requests.exceptions import RequestException, Timeout  # noqa: PLC0415

    from workers.adapters import remote_errors as errors  # noqa: PLC0415

    response = errors.answer(error)
    if response is not None:
        said = response.headers.get("X-Error", "")
        if response.status_code == 400 and "already exists" in said:
            return _taken(errors.plain(said))
        return errors.of_status(who, response.status_code, response.headers, said, scope=_SCOPE)
    if isinstance(error, NotFoundException):
        return errors.of_status(who, 404, {}, "", scope=_SCOPE)
    if isinstance(error, TimeoutException):
        return errors.of_connection(who, Timeout())
    lower = next((x for x in errors.causes(error) if isinstance(x, RequestException)), None)
    return errors.of_connection(who, lower) if lower else errors.not_understood(who, "Jenkins")


def _jobs(client: Any) -> Iterator[JenkinsJob]:
    found = client.get_all_jobs(folder_depth=_DEEPEST)
    if len(found) > _MOST:
        raise Refused(f"more than {_MOST} jobs", "name the job that is to be migrated")
    return (_job(each) for each in found)


def _job(item: Mapping[str, Any]) -> JenkinsJob:
    name, url = str(item["fullname"]), str(item["url"])
    return JenkinsJob(name, str(item.get("_class", "")), url, item.get("color") == "disabled")


def _taken(job: str) -> Conflict:
    return Conflict(f"there is a job {job} already", "name another, or remove that one")


def _check(job: str) -> None:
    parts = job.split("/")
    if _ODD.search(job) or any(each.strip() in ("", ".", "..") for each in parts):
        raise Refused("that is no name of a job", "give it as FOLDER/NAME, as Jenkins shows it")


def _nobody(request: Any) -> Any:
    return request
