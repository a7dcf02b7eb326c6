"""The stacks on a real emulator: made, made again, changed, removed."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from botocore.exceptions import ClientError

from events.routes import ROUTES
from events.topology import Names
from localstack.endpoint import client
from localstack.ports import free_port
from localstack.provision import Place, main, messaging, provision, storage, withdraw
from localstack.stacks import Stack, StackFailed, deploy, remove

pytestmark = pytest.mark.embedded

REGION = "us-east-1"
Say = Callable[[str], None]


@pytest.fixture
def place(ministack: str, request: pytest.FixtureRequest) -> Place:
    # A name of its own for each test, of the length that is allowed.
    digest = f"{abs(hash(request.node.name)):x}"[:10]
    return Place(endpoint_url=ministack, region=REGION, environment=f"p{digest}")


def queues(place: Place) -> set[str]:
    sqs = client("sqs", place.endpoint_url, REGION)
    prefix = Names(place.environment).prefix
    pages = sqs.get_paginator("list_queues").paginate(QueueNamePrefix=f"{prefix}-")
    return {url.rpartition("/")[2] for page in pages for url in page.get("QueueUrls", ())}


def test_deploying_makes_every_queue_table_and_bucket(place: Place, say: Say) -> None:
    provision(place.endpoint_url, REGION, place.environment, say)
    names = Names(place.environment)
    expected = {names.unrouted, names.undelivered}
    for route in ROUTES:
        expected |= {names.inbox(route), names.queue(route), names.dead_letters(route)}
    assert queues(place) == expected
    tables = client("dynamodb", place.endpoint_url, REGION).list_tables()["TableNames"]
    kinds = ("workflows", "deployments", "policy-violations", "ledger")
    assert {names.table(kind) for kind in kinds} <= set(tables)
    buckets = client("s3", place.endpoint_url, REGION).list_buckets()["Buckets"]
    assert names.bucket("agent-artifacts") in {bucket["Name"] for bucket in buckets}


def test_deploying_again_changes_nothing_and_says_so(
    place: Place, say: Say, said: list[str]
) -> None:
    provision(place.endpoint_url, REGION, place.environment, say)
    before = queues(place)
    said.clear()
    provision(place.endpoint_url, REGION, place.environment, say)
    assert said == [
        f"flotilla-{place.environment}-storage: already up to date",
        f"flotilla-{place.environment}-messaging: already up to date",
    ]
    assert queues(place) == before


def test_a_changed_template_updates_the_stack(place: Place, say: Say, said: list[str]) -> None:
    def of(service: str) -> object:
        return client(service, place.endpoint_url, REGION)

    deploy(storage(place), of, say)
    stack = messaging(place)
    deploy(stack, of, say)
    body = stack.body.replace("MaximumRetryAttempts: 20", "MaximumRetryAttempts: 21")
    assert body != stack.body
    deploy(replace(stack, body=body), of, say)
    assert said[-1] == f"{stack.name}: update complete"


def test_removing_takes_everything_even_full_buckets(place: Place, say: Say) -> None:
    provision(place.endpoint_url, REGION, place.environment, say)
    s3 = client("s3", place.endpoint_url, REGION)
    bucket = Names(place.environment).bucket("agent-artifacts")
    for content in (b"first version", b"second version"):
        s3.put_object(Bucket=bucket, Key="artifacts/a", Body=content)
    s3.delete_object(Bucket=bucket, Key="artifacts/a")
    withdraw(place, say)
    assert queues(place) == set()
    with pytest.raises(ClientError):
        s3.head_bucket(Bucket=bucket)


def test_removing_what_is_not_there_says_so(place: Place, say: Say, said: list[str]) -> None:
    withdraw(place, say)
    assert [line.rpartition(": ")[2] for line in said] == ["not there", "not there"]


def test_a_stack_that_fails_names_the_resource_and_can_be_tried_again(
    place: Place, say: Say
) -> None:
    def of(service: str) -> object:
        return client(service, place.endpoint_url, REGION)

    good = "Resources:\n  Jobs:\n    Type: AWS::SQS::Queue\n"
    bad = f"{good}    Properties:\n      VisibilityTimeout: -1\n"
    other = bad.replace("Jobs", "Letters")
    name = f"flotilla-{place.environment}-broken"
    with pytest.raises(StackFailed, match=f"{name} ended as ROLLBACK_COMPLETE: Jobs: "):
        deploy(Stack(name=name, body=bad), of, say)
    deploy(Stack(name=name, body=good), of, say)
    with pytest.raises(StackFailed, match=f"{name} ended as UPDATE_ROLLBACK_COMPLETE: Letters: "):
        deploy(Stack(name=name, body=other), of, say)
    remove(Stack(name=name, body=good), of, say)


def test_an_endpoint_that_is_not_there_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    endpoint = f"http://127.0.0.1:{free_port()}"
    assert main(["--endpoint-url", endpoint]) == 1
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert endpoint in error


def test_an_endpoint_in_the_environment_does_not_win_over_the_one_that_was_asked_for(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    assert client("sqs", place.endpoint_url, REGION).meta.endpoint_url == place.endpoint_url
