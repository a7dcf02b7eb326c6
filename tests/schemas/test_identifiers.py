"""What identifiers may look like: they become queue groups, folders, keys and resource names."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from schemas import identifiers

FORMS: dict[str, TypeAdapter[Any]] = {
    name: TypeAdapter(getattr(identifiers, name))
    for name in (
        "WorkflowId",
        "TaskId",
        "DeploymentId",
        "ServiceName",
        "BucketName",
        "ResourceName",
        "ArtifactKey",
        "Attempt",
    )
}
KEY = f"artifacts/{'0a' * 32}.tar.gz"

GOOD = [
    ("WorkflowId", "wf-12345"),
    ("WorkflowId", "W.1_2"),
    ("WorkflowId", "w" * 100),
    ("TaskId", "t1"),
    ("DeploymentId", "dep-67890"),
    ("ServiceName", "user-service"),
    ("ServiceName", "a1"),
    ("ServiceName", "a" * 40),
    ("BucketName", "avatars"),
    ("ResourceName", "order_item"),
    ("ArtifactKey", KEY),
    ("Attempt", 1),
    ("Attempt", 1000),
]

BAD = [
    *((name, "") for name in FORMS if name != "Attempt"),
    *((name, "../x") for name in FORMS if name != "Attempt"),
    *((name, "a\n") for name in FORMS if name != "Attempt"),
    *((name, "a b") for name in FORMS if name != "Attempt"),
    *((name, "é") for name in FORMS if name != "Attempt"),
    ("WorkflowId", "-w"),
    ("WorkflowId", "w" * 101),
    ("WorkflowId", "w/1"),
    ("TaskId", "t" * 65),
    ("TaskId", "t.1"),
    ("DeploymentId", "d" * 129),
    ("ServiceName", "User-Service"),
    ("ServiceName", "a"),
    ("ServiceName", "a" * 41),
    ("ServiceName", "-ab"),
    ("ServiceName", "ab-"),
    ("ServiceName", "a--b"),
    ("ServiceName", "1ab"),
    ("ServiceName", "🚢🚢"),
    ("BucketName", "Avatars"),
    ("ResourceName", "order-item"),
    ("ResourceName", "r" * 32),
    ("ArtifactKey", KEY.upper()),
    ("ArtifactKey", KEY.replace("artifacts/", "artifacts/../")),
    ("ArtifactKey", KEY[:-1]),
    ("ArtifactKey", f"/{KEY}"),
    ("Attempt", 0),
    ("Attempt", -1),
    ("Attempt", 10_000),
    ("Attempt", 1.5),
    ("Attempt", "one"),
]


@pytest.mark.parametrize(("name", "value"), GOOD)
def test_a_good_identifier_is_taken_as_it_is(name: str, value: object) -> None:
    assert FORMS[name].validate_python(value) == value


@pytest.mark.parametrize(("name", "value"), BAD)
def test_a_bad_identifier_is_refused(name: str, value: object) -> None:
    with pytest.raises(ValidationError):
        FORMS[name].validate_python(value)


@given(st.text())
def test_no_text_that_is_taken_leaves_its_folder_or_its_line(text: str) -> None:
    for name, form in FORMS.items():
        if name in ("Attempt", "ArtifactKey"):
            continue
        try:
            taken = form.validate_python(text)
        except ValidationError:
            continue
        assert taken.isascii()
        assert not set(taken) & set("/\\ \n\r\t\0'\"$`;|&<>*?")
        assert taken.strip(".") == taken or taken[0] != "."
