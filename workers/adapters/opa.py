"""PolicyEngine on an OPA server (opa-python-client)."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from opa_client.opa_async import AsyncOpaClient

from schemas.policy import Violation
from workers.adapters.rego_result import MISSING, PACKAGE, RULE, question, violations
from workers.ports import Away, Document, Reject, Retry

# Answers of a server, or of what stands before it, that can't be asked now.
_AWAY = frozenset(
    {
        HTTPStatus.REQUEST_TIMEOUT,
        HTTPStatus.TOO_MANY_REQUESTS,
        HTTPStatus.BAD_GATEWAY,
        HTTPStatus.SERVICE_UNAVAILABLE,
        HTTPStatus.GATEWAY_TIMEOUT,
    }
)


class OpaEngine:
    """Asks the server at a URL such as `http://127.0.0.1:8181`; without a port it is 8181.

    `timeout` is for one evaluation, in seconds. `token` goes along as a bearer token.
    """

    def __init__(self, url: str, *, timeout: float = 10.0, token: str | None = None) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/"):
            raise ValueError(f"OPA_URL is {url!r}; it has to look like http://127.0.0.1:8181")
        host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
        self._server = {"host": host, "port": parts.port or 8181, "ssl": parts.scheme == "https"}
        self._timeout = timeout
        self._token = token

    async def evaluate(
        self, documents: Sequence[Document], environment: str
    ) -> tuple[Violation, ...]:
        answer = await self._ask(question(documents, environment))
        # For a rule or a package that it doesn't have, OPA answers {}.
        return violations(answer.get("result", MISSING) if isinstance(answer, dict) else MISSING)

    async def _ask(self, asked: dict[str, Any]) -> Any:
        # Its own retries sleep without a bound that we know of; the queue does them better.
        options = {"retries": 0, "timeout": self._timeout, "token": self._token}
        try:
            async with AsyncOpaClient(**self._server, **options) as client:
                return await client.query_rule(asked, PACKAGE, RULE)
        except aiohttp.ContentTypeError as error:
            raise Away("OPA answered with something that is not JSON") from error
        except aiohttp.ClientResponseError as error:
            reason = f"OPA answered {error.status} {error.message}"
            if error.status in _AWAY:
                raise Away(reason) from error
            # 500 is also the answer to a document that a rule fails on (OPA, REST API, errors).
            if error.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
                raise Retry(reason) from error
            raise Reject(reason) from error
        except (aiohttp.ClientError, TimeoutError) as error:
            raise Away(f"OPA can't be reached: {type(error).__name__}") from error
        except ValueError as error:
            raise Retry(f"OPA can't be understood, or asked: {type(error).__name__}") from error
