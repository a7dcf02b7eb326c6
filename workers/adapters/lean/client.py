"""A client of one service: the methods of aiobotocore's, for the calls that matter."""

from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from typing import Any
from uuid import uuid4

from workers.adapters.lean.caller import Caller
from workers.adapters.lean.documents import encoded, event_times
from workers.adapters.lean.errors import Exceptions
from workers.adapters.lean.services import Operation, Service

Reference = Callable[[], Awaitable[Any]]


class LeanClient:
    """Has a method for each of the service's operations here.

    Any other operation goes to the reference, which is opened for it; what a client of aiobotocore
    has besides operations (waiters, `meta`) this one has not.
    """

    def __init__(self, service: Service, caller: Caller, reference: Reference) -> None:
        self._service = service
        self._caller = caller
        self._reference = reference
        for name, operation in service.operations.items():
            setattr(self, name, partial(self._call, operation))

    @property
    def exceptions(self) -> Exceptions:
        return self._caller.exceptions

    def get_paginator(self, operation: str) -> "Paginator | ForeignPaginator":
        if operation in self._service.paginated:
            return Paginator(getattr(self, operation))
        return ForeignPaginator(operation, self._reference)

    def __getattr__(self, name: str) -> Callable[..., Awaitable[Any]]:
        if name.startswith("_") or name in {"meta", "get_waiter", "waiter_names"}:
            raise AttributeError(name)
        return partial(self._refer, name)

    async def _call(self, operation: Operation, **arguments: Any) -> dict[str, Any]:
        operation.check(arguments)
        if operation.idempotent_by is not None:
            arguments.setdefault(operation.idempotent_by, str(uuid4()))
        timed = event_times(arguments) if operation.name == "PutEvents" else arguments
        return await self._caller.call(operation, encoded(timed, self._service))

    async def _refer(self, name: str, **arguments: Any) -> Any:
        client = await self._reference()
        return await getattr(client, name)(**arguments)


class Paginator:
    """Pages of one of DynamoDB's operations."""

    def __init__(self, call: Callable[..., Awaitable[dict[str, Any]]]) -> None:
        self._call = call

    async def paginate(self, **arguments: Any) -> AsyncIterator[dict[str, Any]]:
        """One answer after the other, until there are no more."""
        while True:
            page = await self._call(**arguments)
            yield page
            if not (last := page.get("LastEvaluatedKey")):
                return
            arguments["ExclusiveStartKey"] = last


class ForeignPaginator:
    """Pages of an operation that the reference knows."""

    def __init__(self, operation: str, reference: Reference) -> None:
        self._operation = operation
        self._reference = reference

    async def paginate(self, **arguments: Any) -> AsyncIterator[dict[str, Any]]:
        client = await self._reference()
        async for page in client.get_paginator(self._operation).paginate(**arguments):
            yield page
