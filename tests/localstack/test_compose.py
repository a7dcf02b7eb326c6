"""The compose file, as text: what runs it needs Docker."""

from pathlib import Path

import yaml

COMPOSE = Path(__file__).resolve().parents[2] / "localstack" / "compose.yaml"


def test_every_service_is_pinned_checked_and_reachable_from_this_machine_only() -> None:
    services = yaml.safe_load(COMPOSE.read_text())["services"]
    assert set(services) == {"localstack", "opa"}
    assert services["localstack"]["image"] == "localstack/localstack:4.14.0"
    for service in services.values():
        assert service["image"].rpartition(":")[2] not in {"", "latest"}
        assert service["healthcheck"]["test"][0] == "CMD"
        assert all(port.startswith("127.0.0.1:") for port in service["ports"])
