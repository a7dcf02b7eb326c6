"""What the environment may say, and what no line may show of it."""

from datetime import timedelta
from pathlib import Path

import pytest

from workers.settings import Settings, SettingsError, load


def test_an_empty_environment_is_this_machine() -> None:
    settings = load({})

    assert (settings.environment, settings.region) == ("local", "us-east-1")
    assert (settings.endpoint_url, settings.embedded) == (None, False)
    assert (settings.receive_wait, settings.lease) == (timedelta(seconds=20), timedelta(seconds=12))
    assert settings.home == Path(".flotilla").absolute()


def test_an_empty_variable_is_no_variable() -> None:
    names = ("FLOTILLA_ENVIRONMENT", "FLOTILLA_LEASE_SECONDS", "AWS_ENDPOINT_URL", "OPA_URL")

    assert load(dict.fromkeys(names, "")) == load({})


def test_each_variable_is_read() -> None:
    settings = load(
        {
            "FLOTILLA_ENVIRONMENT": "staging",
            "AWS_DEFAULT_REGION": "eu-west-1",
            "AWS_ENDPOINT_URL": "http://127.0.0.1:4566",
            "FLOTILLA_HOME": "/var/lib/flotilla",
            "FLOTILLA_RECEIVE_WAIT_SECONDS": "1",
            "FLOTILLA_LEASE_SECONDS": "2.5",
        }
    )

    assert settings.names.prefix == "flotilla-staging"
    assert (settings.region, settings.embedded) == ("eu-west-1", True)
    assert settings.home == Path("/var/lib/flotilla")
    assert (settings.receive_wait, settings.lease) == (timedelta(seconds=1), timedelta(seconds=2.5))


@pytest.mark.parametrize("variable", ["FLOTILLA_RECEIVE_WAIT_SECONDS", "FLOTILLA_LEASE_SECONDS"])
@pytest.mark.parametrize("value", ["soon", "0", "-1", "0.5", "nan", "inf", "1e9", "12s"])
def test_a_duration_that_is_none_names_its_variable(variable: str, value: str) -> None:
    with pytest.raises(SettingsError, match=variable):
        load({variable: value})


def test_no_secret_is_in_the_representation() -> None:
    settings = Settings(
        anthropic_api_key="sk-ant-secret", slack_webhook_url="https://hooks.slack.com/services/x"
    )

    assert "sk-ant-secret" not in repr(settings)
    assert "hooks.slack.com" not in repr(settings)


@pytest.mark.parametrize(
    ("said", "transport"),
    [(None, "lean"), ("", "lean"), ("lean", "lean"), ("botocore", "botocore")],
)
def test_the_transport_is_lean_unless_told(said: str | None, transport: str) -> None:
    environ = {} if said is None else {"FLOTILLA_TRANSPORT": said}
    assert load(environ).transport == transport


def test_a_transport_that_is_none_is_refused() -> None:
    with pytest.raises(SettingsError, match="FLOTILLA_TRANSPORT='boto3': lean or botocore"):
        load({"FLOTILLA_TRANSPORT": "boto3"})
