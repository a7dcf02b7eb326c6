"""Artifacts and reports in S3.

The clients are open aiobotocore clients; the bucket encrypts and versions by its own settings.
"""

import asyncio
import zlib
from collections.abc import Mapping
from mimetypes import guess_type
from typing import Any, get_args

from botocore.exceptions import ClientError

from schemas.identifiers import Environment
from workers.adapters.aws_errors import code_of, translated
from workers.bundle import SIZE_LIMIT, Bundle, BundleError, artifact_key, pack, unpack
from workers.ports import Gate, Reject


class S3Artifacts:
    """Bundles under their content address: what is read is what was written, or it is refused."""

    def __init__(self, client: Any, bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    async def read(self, key: str) -> Bundle:
        with translated(f"read {key}"):
            found = await self._client.get_object(Bucket=self._bucket, Key=key)
            async with found["Body"] as stream:
                if found["ContentLength"] > SIZE_LIMIT:
                    raise Reject(f"{key} has {found['ContentLength']} bytes, over {SIZE_LIMIT}")
                packed: bytes = await stream.read()
        # Unpacking a large bundle takes long enough to hold up the other deliveries.
        return await asyncio.to_thread(_opened, key, packed)

    async def write(self, bundle: Bundle) -> str:
        packed = await asyncio.to_thread(pack, bundle)
        key = artifact_key(packed)
        with translated(f"write {key}"):
            try:
                await self._client.put_object(
                    Bucket=self._bucket,
                    Key=key,
                    Body=packed,
                    ContentType="application/gzip",
                    IfNoneMatch="*",
                )
            except ClientError as error:
                # The same address means the same bytes: whoever wrote them, they are there.
                if code_of(error) != "PreconditionFailed":
                    raise
        return key

    async def attest(self, key: str, gate: Gate, environment: Environment) -> None:
        with translated(f"attest {key}"):
            await self._client.put_object(
                Bucket=self._bucket, Key=_attestations(key, environment) + gate, Body=b""
            )

    async def attested(self, key: str, environment: Environment) -> frozenset[Gate]:
        prefix = _attestations(key, environment)
        with translated(f"look up the gates of {key}"):
            found = await self._client.list_objects_v2(Bucket=self._bucket, Prefix=prefix)
        names = {entry["Key"].removeprefix(prefix) for entry in found.get("Contents", ())}
        return frozenset(gate for gate in get_args(Gate) if gate in names)


class S3Reports:
    """The files of a workflow's report, under `reports/<workflow_id>/`."""

    def __init__(self, client: Any, bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    async def write(self, workflow_id: str, files: Mapping[str, bytes]) -> None:
        for name, content in files.items():
            with translated(f"write the report {name} of {workflow_id}"):
                await self._client.put_object(
                    Bucket=self._bucket,
                    Key=_folder(workflow_id) + name,
                    Body=content,
                    ContentType=guess_type(name)[0] or "application/octet-stream",
                )

    async def read(self, workflow_id: str) -> Mapping[str, bytes]:
        folder = _folder(workflow_id)
        files: dict[str, bytes] = {}
        with translated(f"read the report of {workflow_id}"):
            listing = self._client.get_paginator("list_objects_v2").paginate(
                Bucket=self._bucket, Prefix=folder
            )
            async for page in listing:
                for entry in page.get("Contents", ()):
                    found = await self._client.get_object(Bucket=self._bucket, Key=entry["Key"])
                    async with found["Body"] as stream:
                        files[entry["Key"].removeprefix(folder)] = await stream.read()
        return files


def _opened(key: str, packed: bytes) -> Bundle:
    if artifact_key(packed) != key:
        raise Reject(f"the bytes of {key} don't match its address")
    try:
        return unpack(packed)
    except (BundleError, ValueError, zlib.error) as error:
        raise Reject(f"{key} is no bundle: {error}") from error


def _attestations(key: str, environment: Environment) -> str:
    digest = key.removeprefix("artifacts/").removesuffix(".tar.gz")
    return f"attestations/{digest}/{environment}/"


def _folder(workflow_id: str) -> str:
    return f"reports/{workflow_id}/"
