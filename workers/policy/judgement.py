"""Files in, violations out: what the rules, the parsers and the scanner say together."""

import asyncio
from collections.abc import Mapping

from schemas.identifiers import Environment
from schemas.policy import Violation
from workers.policy import documents
from workers.ports import PolicyEngine, SecretScanner


async def judgement(
    files: Mapping[str, bytes],
    environment: Environment,
    engine: PolicyEngine,
    scanner: SecretScanner,
) -> tuple[Violation, ...]:
    """Every objection to the files."""
    # Parsing takes up to some seconds, and other messages are waiting.
    reading = await asyncio.to_thread(documents.read, files)
    return (
        *await engine.evaluate(reading.documents, environment),
        *reading.unreadable,
        *await scanner.scan(files),
    )
