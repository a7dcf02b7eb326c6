"""A worker loads what its route needs before its first message, and nothing else."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
# What takes long to load, or much memory, or is for people at a terminal.
HEAVY = frozenset(
    {
        "aiobotocore",
        "aiohttp",
        "anthropic",
        "aws_xray_sdk",
        "boto3",
        "click",
        "detect_secrets",
        "github",
        "hcl2",
        "httpx",
        "jenkins",
        "jinja2",
        "localstack_client",
        "opa_client",
        "requests",
        "rich",
        "typer",
        "wasmtime",
        "yaml",
    }
)
# S3 is no hot call: it is aiobotocore's.
S3 = frozenset({"aiobotocore", "aiohttp"})
JUDGING = frozenset({"detect_secrets", "hcl2", "requests", "wasmtime", "yaml"})

# route, the heavy libraries that it loads, and how many modules at the most (a tenth over today's)
BUDGETS = {
    "planner-on-workflow-requested": (frozenset[str](), 450),
    "conductor-on-tests-passed": (frozenset[str](), 450),
    "notifier-on-migration-completed": (frozenset[str](), 450),
    "notifier-on-workflow-completed": (S3, 800),
    "observability-on-deployment-completed": (S3, 800),
    "tester-on-policy-validated": (S3, 820),
    "deployment-on-task-created": (S3, 820),
    "codegen-on-task-created": (S3 | {"jinja2"}, 820),
    "remediation-on-policy-violated": (S3 | {"yaml"}, 830),
    "migration-on-migration-requested": (S3 | {"yaml"}, 990),
    "policy-on-codegen-completed": (S3 | JUDGING, 1050),
}

# As far as a worker comes without any service: everything but its first request.
STARTED = """
import asyncio, json, sys
from workers import assembly, process, wiring
from workers.connections import Connections
from workers.runtime import handlers
from workers.runtime.run import GIVEN
from workers.settings import load

async def start(route, settings):
    async with Connections(settings) as connections:
        for service in ("sqs", "dynamodb", "events"):
            await connections.client(service)
        for port in handlers.load(route).ports.values():
            if port not in GIVEN:
                await wiring.adapter(port, settings, connections)

asyncio.run(start(process.find_route(sys.argv[1]), load()))
print(json.dumps(sorted(sys.modules)))
"""


def loaded(route: str, home: Path, **environment: str) -> frozenset[str]:
    """The modules that a worker of the route has loaded when it could ask for its first message."""
    told = {name: text for name, text in os.environ.items() if not name.startswith("FLOTILLA_")}
    told |= {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
        "FLOTILLA_HOME": str(home),
        **environment,
    }
    done = subprocess.run(
        [sys.executable, "-c", STARTED, route],
        cwd=ROOT,
        env=told,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return frozenset(json.loads(done.stdout))


@pytest.mark.parametrize("route", BUDGETS)
def test_a_worker_loads_what_its_route_needs(route: str, tmp_path: Path) -> None:
    wanted, most = BUDGETS[route]

    modules = loaded(route, tmp_path)

    assert modules & HEAVY == wanted
    assert len(modules) <= most


def test_no_client_of_botocore_is_made_for_the_hot_calls(tmp_path: Path) -> None:
    route = "conductor-on-tests-passed"

    assert not {"botocore.client", "botocore.loaders"} & loaded(route, tmp_path)
    assert "aiobotocore" in loaded(route, tmp_path, FLOTILLA_TRANSPORT="botocore")


def test_a_model_is_loaded_with_the_first_question(tmp_path: Path) -> None:
    modules = loaded("planner-on-workflow-requested", tmp_path, ANTHROPIC_API_KEY="x")

    assert "workers.adapters.claude" in modules
    assert not {"anthropic", "httpx"} & modules


def test_a_container_s_command_loads_no_command_line(tmp_path: Path) -> None:
    told = {**os.environ, "AWS_ENDPOINT_URL": "http://127.0.0.1:9", "FLOTILLA_HOME": str(tmp_path)}
    command = [sys.executable, "-X", "importtime", "-m", "workers", "worker"]

    done = subprocess.run(
        [*command, "conductor-on-tests-passed"],
        cwd=ROOT,
        env=told,
        capture_output=True,
        text=True,
        check=False,
    )
    lines = done.stderr.splitlines()
    imported = {line.rpartition("|")[2].strip() for line in lines if line.startswith("import time")}
    [said] = [line for line in lines if not line.startswith("import time")]

    assert done.returncode == 1
    assert said.startswith("flotilla: conductor-on-tests-passed: ")
    assert "workers.runtime.consumer" in imported
    assert not {"typer", "click", "rich", "workers.cli", "aiobotocore"} & imported
