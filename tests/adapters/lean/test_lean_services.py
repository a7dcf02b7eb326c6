"""What is known of the services is what botocore's models and rules say."""

from typing import Any

import pytest
from botocore.retries.standard import ThrottledRetryableChecker, TransientRetryableChecker
from botocore.session import Session

from workers.adapters.lean import retries
from workers.adapters.lean.endpoint import endpoint
from workers.adapters.lean.services import DYNAMODB, EVENTS, SERVICES, SQS, Operation, Service

EVERY_OPERATION = [
    pytest.param(service, operation, id=f"{service.name}-{method}")
    for service in SERVICES.values()
    for method, operation in service.operations.items()
]


@pytest.fixture(scope="module")
def session() -> Session:
    return Session()


def model(session: Session, service: Service) -> Any:
    return session.get_service_model(service.name)


@pytest.mark.parametrize("service", SERVICES.values(), ids=SERVICES)
def test_the_protocol_is_the_models(session: Session, service: Service) -> None:
    metadata = model(session, service).metadata
    assert service.target == metadata["targetPrefix"]
    assert service.content_type == f"application/x-amz-json-{metadata['jsonVersion']}"
    assert service.query_compatible == ("awsQueryCompatible" in metadata)
    assert service.name == metadata.get("signingName", metadata["endpointPrefix"])


@pytest.mark.parametrize("service", SERVICES.values(), ids=SERVICES)
def test_the_errors_are_the_models(session: Session, service: Service) -> None:
    shapes = model(session, service).error_shapes
    assert service.errors == {shape.error_code: tuple(shape.members) for shape in shapes}
    assert {shape.error_code for shape in shapes} == {shape.name for shape in shapes}


@pytest.mark.parametrize(("service", "operation"), EVERY_OPERATION)
def test_an_operation_is_the_models(
    session: Session, service: Service, operation: Operation
) -> None:
    known = model(session, service).operation_model(operation.name)
    assert operation.members == set(known.input_shape.members)
    assert operation.required == set(known.input_shape.required_members)
    assert [operation.idempotent_by] == (known.idempotent_members or [None])
    assert operation.retryable == {
        shape.error_code for shape in known.error_shapes if shape.metadata.get("retryable")
    }


@pytest.mark.parametrize(("service", "operation"), EVERY_OPERATION)
def test_bytes_are_where_they_are_looked_for(
    session: Session, service: Service, operation: Operation
) -> None:
    known = model(session, service).operation_model(operation.name)
    for shape in (known.input_shape, known.output_shape):
        assert set(names_of_kind("blob", shape)) <= service.blobs


@pytest.mark.parametrize(("service", "operation"), EVERY_OPERATION)
def test_times_are_where_they_are_looked_for(
    session: Session, service: Service, operation: Operation
) -> None:
    known = model(session, service).operation_model(operation.name)
    sent = ["Time"] if operation.name == "PutEvents" else []
    assert names_of_kind("timestamp", known.input_shape) == sent
    assert set(names_of_kind("timestamp", known.output_shape)) == operation.times


def test_methods_are_named_as_botocore_names_them(session: Session) -> None:
    from botocore import xform_name

    for service in SERVICES.values():
        assert {name: xform_name(o.name) for name, o in service.operations.items()} == {
            name: name for name in service.operations
        }


def test_what_is_tried_again_is_what_botocore_tries_again() -> None:
    transient, throttled = TransientRetryableChecker(), ThrottledRetryableChecker()
    assert set(transient._transient_error_codes) == retries.TRANSIENT_CODES
    assert set(transient._transient_status_codes) == retries.TRANSIENT_STATUSES
    assert transient._transient_exception_cls == retries.TRANSIENT_ERRORS
    assert set(throttled._throttled_error_codes) == retries.THROTTLING_CODES


REGIONS = ["us-east-1", "eu-central-1", "cn-north-1", "us-gov-west-1", "ap-somewhere-9"]


@pytest.mark.parametrize("region", REGIONS)
@pytest.mark.parametrize("service", [SQS, EVENTS, DYNAMODB], ids=lambda service: service.name)
@pytest.mark.parametrize("config", [{}, {"fips": True}, {"dual": True}, {"account": "1" * 12}])
def test_an_endpoint_is_where_botocore_would_go(
    config: dict[str, Any], service: Service, region: str
) -> None:
    session = Session()
    store = session.get_component("config_store")
    store.set_config_variable("use_fips_endpoint", config.get("fips", False))
    store.set_config_variable("use_dualstack_endpoint", config.get("dual", False))
    found = endpoint(service, region, session, config.get("account"))
    reached = botocores_endpoint(session, service, region, config.get("account"))
    assert (found.url, found.region) == (reached, region)


def test_an_endpoint_that_is_configured_for_a_service_goes_before_the_rules(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_SQS", "http://localhost:1")
    assert endpoint(SQS, "us-east-1", Session(), None).url == "http://localhost:1"
    monkeypatch.setenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true")
    assert endpoint(SQS, "us-east-1", Session(), None).url == "https://sqs.us-east-1.amazonaws.com"


def botocores_endpoint(session: Session, service: Service, region: str, account: Any) -> str:
    """The URL that a client of botocore sends to, seen where it would be sent."""
    client = session.create_client(
        service.name,
        region_name=region,
        aws_access_key_id="a",
        aws_secret_access_key="b",
        aws_account_id=account,
    )
    seen: list[str] = []

    def see(request: Any, **rest: Any) -> Any:
        seen.append(request.url.rstrip("/"))
        raise InterruptedError

    client.meta.events.register("before-sign", see)
    method = {"sqs": "list_queues", "events": "list_rules", "dynamodb": "list_tables"}
    with pytest.raises(InterruptedError):
        getattr(client, method[service.name])()
    return seen[0]


def names_of_kind(kind: str, shape: Any, within: tuple[str, ...] = ()) -> list[str]:
    """The keys under which values of that kind lie, lists of them included."""
    if shape is None or shape.name in within:
        return []
    within = (*within, shape.name)
    found: list[str] = []
    for name, member in getattr(shape, "members", {}).items():
        inner = member.member if member.type_name == "list" else member
        found += [name] if inner.type_name == kind else names_of_kind(kind, member, within)
    for part in ("member", "value"):
        if shape.type_name in {"list", "map"} and hasattr(shape, part):
            found += names_of_kind(kind, getattr(shape, part), within)
    return found
