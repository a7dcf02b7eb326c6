"""Arguments and answers as JSON.

botocore walks every value with the service's model beside it. Only bytes, times and nulls need
that; whether there are any is seen in the text at once.
"""

import base64
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import HTTPClientError, ParamValidationError
from pydantic_core import PydanticSerializationError, from_json, to_json

from workers.adapters.lean.services import Service


def encoded(arguments: Mapping[str, Any], service: Service) -> bytes:
    """The request's body. Raises ParamValidationError for what JSON can't hold."""
    try:
        text = to_json(arguments)
    except PydanticSerializationError:
        # A lone surrogate, which the other one escapes; or something that is no JSON at all.
        return _encoded_slowly(arguments)
    return _encoded_slowly(arguments) if _mentions(service.blobs, text) else text


def decoded(body: bytes, service: Service) -> dict[str, Any]:
    """The answer in the body of a success.

    Raises HTTPClientError for what is no JSON object: then it is not known what was done, where
    botocore would say that nothing was answered.
    """
    try:
        return _parsed(body, service)
    except (ValueError, RecursionError) as error:
        raise HTTPClientError(error=f"no JSON object: {body[:100]!r}") from error


def with_times(answer: dict[str, Any], names: frozenset[str]) -> dict[str, Any]:
    """The answer with those of its members as times, where it has seconds since the epoch."""
    times = {
        name: datetime.fromtimestamp(answer[name], UTC).astimezone()
        for name in names & answer.keys()
    }
    return {**answer, **times}


def error_document(body: bytes, service: Service) -> dict[str, Any]:
    """The same for an error; a body that can't be read is its message."""
    try:
        return _parsed(body, service)
    except (ValueError, RecursionError):
        return {"message": body.decode(errors="replace")}


def event_times(arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    """The arguments of PutEvents with their times as seconds since the epoch.

    Raises ParamValidationError for one that is no time.
    """
    return {
        **arguments,
        "Entries": [
            {**entry, "Time": _seconds(entry["Time"])} if "Time" in entry else entry
            for entry in arguments["Entries"]
        ],
    }


def _encoded_slowly(arguments: Mapping[str, Any]) -> bytes:
    try:
        return json.dumps(arguments, separators=(",", ":"), default=_base64).encode()
    except TypeError as error:
        raise ParamValidationError(report=str(error)) from error


def _base64(value: object) -> str:
    if isinstance(value, bytes | bytearray):
        return base64.b64encode(value).decode()
    raise TypeError(f"Invalid type for parameter, value: {value!r}, type: {type(value)}")


def _mentions(keys: frozenset[str], text: bytes) -> bool:
    """Quotes within a string are escaped, so that only a name or a whole value looks so."""
    return any(f'"{key}"'.encode() in text for key in keys)


def _parsed(body: bytes, service: Service) -> dict[str, Any]:
    """With the nulls left out, and bytes where the text has base64. Raises ValueError."""
    answer = _loaded(body) if body else {}
    if not isinstance(answer, dict):
        raise ValueError("no object")
    if b"null" in body or _mentions(service.blobs, body):
        answer = _walked(answer, service.blobs)
    return answer


def _loaded(body: bytes) -> Any:
    try:
        return from_json(body)
    except ValueError:
        # It refuses a lone surrogate, which json takes.
        return json.loads(body)


def _walked(value: Any, blobs: frozenset[str]) -> Any:
    if isinstance(value, list):
        return [_walked(each, blobs) for each in value]
    if not isinstance(value, dict):
        return value
    return {
        name: _bytes(each, blobs) if name in blobs else _walked(each, blobs)
        for name, each in value.items()
        if each is not None
    }


def _bytes(value: Any, blobs: frozenset[str]) -> Any:
    """A name of bytes may also be an attribute's own, which has an object for its value."""
    if isinstance(value, str):
        return _unpacked(value)
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return [_unpacked(each) for each in value]
    return _walked(value, blobs)


def _unpacked(text: str) -> bytes:
    # What is no base64 is a ValueError, too.
    return base64.b64decode(text)


def _seconds(time: object) -> float:
    """Seconds since the epoch; a time without a zone is a local one, as botocore has it."""
    try:
        moment = datetime.fromisoformat(time) if isinstance(time, str) else time
    except ValueError as error:
        raise ParamValidationError(report=f"Invalid time: {time!r}") from error
    if isinstance(moment, datetime):
        seconds = moment.timestamp()
        return seconds if moment.microsecond else int(seconds)
    if isinstance(moment, int | float) and not isinstance(moment, bool):
        return moment
    raise ParamValidationError(report=f"Invalid type for a time: {time!r}")
