"""What the environment may say of a worker's health, its end and its protection."""

from datetime import timedelta

import pytest

from events.routes import ROUTES, Route
from workers.process import limits
from workers.settings import Settings, SettingsError, load


def test_without_a_word_there_is_no_port_and_an_end_inside_the_default_stop_timeout() -> None:
    settings = load({})

    assert (settings.health_host, settings.health_port) == ("127.0.0.1", None)
    assert settings.stop == timedelta(seconds=25)
    assert settings.ecs_agent_uri is None
    assert load({"FLOTILLA_HEALTH_PORT": "0"}) == settings


def test_each_of_them_is_read() -> None:
    settings = load(
        {
            "FLOTILLA_HEALTH_HOST": "0.0.0.0",
            "FLOTILLA_HEALTH_PORT": "8080",
            "FLOTILLA_STOP_SECONDS": "110",
            "ECS_AGENT_URI": "http://169.254.170.2/api/x",
        }
    )

    assert (settings.health_host, settings.health_port) == ("0.0.0.0", 8080)
    assert settings.stop == timedelta(seconds=110)
    assert settings.ecs_agent_uri == "http://169.254.170.2/api/x"


@pytest.mark.parametrize("value", ["http", "-1", "65536", "80.0", "٨٠"])
def test_a_port_that_is_none_names_its_variable(value: str) -> None:
    with pytest.raises(SettingsError, match="FLOTILLA_HEALTH_PORT"):
        load({"FLOTILLA_HEALTH_PORT": value})


@pytest.mark.parametrize("value", ["0", "121", "soon"])
def test_an_end_that_no_platform_grants_names_its_variable(value: str) -> None:
    with pytest.raises(SettingsError, match="FLOTILLA_STOP_SECONDS"):
        load({"FLOTILLA_STOP_SECONDS": value})


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
def test_no_limit_is_shorter_than_what_is_allowed_to_take_that_long(route: Route) -> None:
    settings = Settings()
    allowed = limits(route, settings)

    assert allowed.poll > settings.receive_wait
    assert allowed.attempt > route.timeout
    assert allowed.drain == settings.stop
