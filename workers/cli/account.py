"""Which fleet a command talks to: the one that is running here, an endpoint, or AWS."""
# ruff: noqa: PLC0415

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from workers import settings as environment
from workers.cli.output import USAGE, CommandError
from workers.connections import credentials
from workers.settings import Settings, SettingsError


def settings() -> Settings:
    """The environment's settings, whether or not a fleet runs. Raises CommandError."""
    try:
        return environment.load()
    except SettingsError as error:
        raise CommandError(str(error), USAGE) from error


def fleet() -> Settings:
    """The settings of the fleet that commands talk to. Raises CommandError when there is none.

    AWS itself is only ever meant when FLOTILLA_ENVIRONMENT names an environment there: a command
    that finds no fleet on this machine must not reach into somebody's account by accident.
    """
    found = settings()
    if found.endpoint_url is not None:
        return found
    endpoint = running_endpoint(found.home)
    if endpoint is not None:
        return replace(found, endpoint_url=endpoint)
    if found.environment != "local":
        return found
    raise CommandError(
        "no fleet is running here; start one with `flotilla up`, or set AWS_ENDPOINT_URL, "
        "or FLOTILLA_ENVIRONMENT for one on AWS"
    )


def running_endpoint(home: Path) -> str | None:
    """The endpoint of the fleet that runs from this folder, if one does."""
    from workers.fleet import status

    found = status.read(home)
    return found.endpoint_url if found else None


def client(service: str, of: Settings) -> Any:
    """A boto3 client for the control plane."""
    import boto3

    return boto3.client(
        service,
        region_name=of.region,
        endpoint_url=of.endpoint_url,
        **credentials(of.endpoint_url),
    )


@contextmanager
def aws_errors(of: Settings) -> Iterator[None]:
    """Turns what AWS answers into one line that says what to do."""
    from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError

    where = of.endpoint_url or f"AWS {of.region}"
    try:
        yield
    except NoCredentialsError as error:
        raise CommandError("no AWS credentials; set AWS_PROFILE or run `aws sso login`") from error
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        if "NonExistentQueue" in code or "ResourceNotFound" in code:
            raise CommandError(
                f"the fleet {of.environment!r} is not deployed to {where}; deploy it with "
                "`python -m localstack.provision`, or name another with FLOTILLA_ENVIRONMENT"
            ) from error
        raise CommandError(f"{where}: {error}") from error
    except BotoCoreError as error:
        raise CommandError(
            f"{where} does not answer ({error}); is the fleet up? `flotilla up`"
        ) from error
