"""A Jenkins server: its jobs and their configurations."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class JenkinsAccount:
    """Who the server takes us for, and its version."""

    user: str
    version: str


@dataclass(frozen=True, slots=True)
class JenkinsJob:
    """An item of the server, by its full name; `type` is Jenkins' class of it."""

    name: str
    type: str
    url: str
    disabled: bool = False


class JenkinsServer(Protocol):
    """One server, as one user. Calls block: make them from a thread. All raise RemoteError."""

    def account(self) -> JenkinsAccount: ...

    def jobs(self) -> tuple[JenkinsJob, ...]:
        """All that the user sees, folders and what is in them, however deep."""

    def config(self, job: str) -> str:
        """A job's config.xml. Raises NotFound."""

    def create_job(self, job: str, config_xml: str) -> str:
        """The URL of the new job. Raises Conflict when there is one, NotFound without its folder.

        It is sent once: after an Unreachable the job may be there.
        """
