"""Answers that are errors, as botocore's ClientError with the same response."""

import http
from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

from workers.adapters.lean.documents import error_document
from workers.adapters.lean.response import Response
from workers.adapters.lean.services import Service

_QUERY_ERROR = "x-amzn-query-error"


class Exceptions:
    """One class an error that the service's model names, as `client.exceptions` has them."""

    def __init__(self, service: Service) -> None:
        self.ClientError: type[Exception] = ClientError
        self._classes: dict[str, type[Exception]] = {
            name: type(name, (ClientError,), {}) for name in service.errors
        }

    def from_code(self, code: str) -> Callable[[dict[str, Any], str], Exception]:
        return self._classes.get(code, self.ClientError)

    def __getattr__(self, name: str) -> type[Exception]:
        if name.startswith("_") or name not in self._classes:
            raise AttributeError(name)
        return self._classes[name]


def error_in(response: Response, service: Service) -> dict[str, Any]:
    """What `ClientError.response` holds of an answer, but for what is known of its retries."""
    if is_foreign(response):
        code = str(response.status)
        return {"Error": {"Code": code, "Message": _phrase(response.status)}}
    document = error_document(response.body, service)
    error: dict[str, Any] = {
        "Message": document.get("message", document.get("Message", "")),
        "Code": _code(document, response),
    }
    if service.query_compatible:
        error |= _older_code(error["Code"], response)
    members = service.errors.get(error["Code"], ())
    return {"Error": error, **{name: document[name] for name in members if name in document}}


def is_foreign(response: Response) -> bool:
    """Whether it is not the service's own, but that of something on the way to it."""
    body = response.body.strip()
    return response.status >= 500 and (not body or body.startswith(b"<html>"))


def class_code(parsed: dict[str, Any]) -> str:
    """The code that the exception's class is named after: the model's own, not the older one."""
    error = parsed["Error"]
    return str(error.get("QueryErrorCode", error["Code"]))


def _code(document: dict[str, Any], response: Response) -> str:
    """`__type` may be "namespace#Code" and have a colon behind it."""
    code = str(document.get("__type", response.status))
    return code.partition(":")[0].rpartition("#")[2]


def _older_code(code: str, response: Response) -> dict[str, str]:
    parts = response.headers.get(_QUERY_ERROR, "").split(";")
    if len(parts) != 2 or not parts[0]:
        return {}
    return {"Code": parts[0], "QueryErrorCode": code, "Type": parts[1]}


def _phrase(status: int) -> str:
    try:
        return http.HTTPStatus(status).phrase
    except ValueError:
        return ""
