"""The way to one service: signed requests out, answers back."""

import ssl
from urllib.parse import quote

from workers.adapters.lean.pool import Address, Pool
from workers.adapters.lean.response import Response
from workers.adapters.lean.retries import Bounds
from workers.adapters.lean.services import Service
from workers.adapters.lean.signature import Keys, Signer, moment


class Line:
    """Belongs to one event loop."""

    def __init__(
        self,
        service: Service,
        address: Address,
        region: str,
        bounds: Bounds,
        trust: ssl.SSLContext | None = None,
    ) -> None:
        self.service = service
        self._address = address
        # As botocore signs it: what is percent-encoded already is encoded once more.
        self._signed_path = quote(address.path, safe="/~")
        self._signer = Signer(service.name, region)
        self._pool = Pool(address, bounds, trust)

    async def post(self, operation: str, keys: Keys, now: float, body: bytes) -> Response:
        """One try. Raises botocore's ConnectionErrors and HTTPClientErrors."""
        return await self._pool.exchange(self.request(operation, keys, now, body))

    async def close(self) -> None:
        await self._pool.close()

    def request(self, operation: str, keys: Keys, now: float, body: bytes) -> bytes:
        """The bytes that say it."""
        service, address = self.service, self._address
        date = moment(now)
        signed = {
            "content-type": service.content_type,
            "host": address.host,
            "x-amz-date": date,
            "x-amz-target": f"{service.target}.{operation}",
        }
        if keys.token is not None:
            signed["x-amz-security-token"] = keys.token
        if service.query_compatible:
            signed["x-amzn-query-mode"] = "true"
        authorization = self._signer.authorization(keys, date, self._signed_path, signed, body)
        lines = "".join([f"{name}: {value}\r\n" for name, value in signed.items()])
        head = (
            f"POST {address.path} HTTP/1.1\r\n{lines}authorization: {authorization}\r\n"
            f"content-length: {len(body)}\r\naccept-encoding: identity\r\n"
            "user-agent: flotilla\r\n\r\n"
        )
        return head.encode() + body
