"""Credentials are looked up off the loop, kept, and looked at again before they end."""

import asyncio
import threading
from dataclasses import dataclass, field

import pytest
from botocore.credentials import ReadOnlyCredentials
from botocore.exceptions import CredentialRetrievalError, NoCredentialsError

from workers.adapters.lean.identity import Chain
from workers.adapters.lean.signature import Keys


@dataclass
class Source:
    """botocore's Credentials, as far as they are asked: renewed by themselves, one a look."""

    answers: list[str]
    method: str = "test"
    threads: list[int] = field(default_factory=list)

    def get_frozen_credentials(self) -> ReadOnlyCredentials:
        self.threads.append(threading.get_ident())
        key = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return ReadOnlyCredentials(key, "secret", "token", "1")


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def keys(name: str) -> Keys:
    return Keys(name, "secret", "token", "1")


async def test_keys_are_looked_up_once_and_not_on_the_loops_thread() -> None:
    source = Source(["A", "B"])
    chain = Chain(lambda: source, Clock())
    found = await asyncio.gather(*[chain.keys() for _ in range(5)], chain.keys())
    assert set(found) == {keys("A")}
    assert len(source.threads) == 1
    assert source.threads != [threading.get_ident()]


async def test_keys_are_looked_at_again_each_minute() -> None:
    clock, source = Clock(), Source(["A", "B"])
    chain = Chain(lambda: source, clock)
    assert await chain.keys() == keys("A")
    clock.now += 59
    assert await chain.keys() == keys("A")
    clock.now += 2
    assert await chain.keys() == keys("B")


async def test_keys_that_are_known_serve_while_one_call_looks_again() -> None:
    clock, go = Clock(), threading.Event()

    class Slow(Source):
        def get_frozen_credentials(self) -> ReadOnlyCredentials:
            if self.threads:
                go.wait(10)
            return super().get_frozen_credentials()

    source = Slow(["A", "B"])
    chain = Chain(lambda: source, clock)
    await chain.keys()
    clock.now += 61
    looking = asyncio.create_task(chain.keys())
    await asyncio.sleep(0)
    assert await chain.keys() == keys("A")
    go.set()
    assert await looking == keys("B")


async def test_refused_keys_are_renewed_from_the_chains_start_and_once_for_all() -> None:
    sources = [Source(["A"]), Source(["B"]), Source(["C"])]
    chain = Chain(lambda: sources.pop(0), Clock())
    refused = await chain.keys()
    renewed = await asyncio.gather(*[chain.renewed(refused) for _ in range(3)])
    assert renewed == [keys("B")] * 3
    assert await chain.keys() == keys("B")


async def test_a_chain_without_an_end_has_no_credentials() -> None:
    with pytest.raises(NoCredentialsError):
        await Chain(lambda: None).keys()


@pytest.mark.parametrize("broken", ["A\r\nx-evil: 1", "ä", "A\n"])
async def test_what_would_break_a_header_is_no_credential(broken: str) -> None:
    with pytest.raises(CredentialRetrievalError) as raised:
        await Chain(lambda: Source([broken])).keys()
    assert broken.strip() not in str(raised.value)


async def test_a_look_that_failed_is_made_again_by_the_next_call() -> None:
    answers: list[Source | None] = [None, Source(["A"])]
    chain = Chain(lambda: answers.pop(0))
    with pytest.raises(NoCredentialsError):
        await chain.keys()
    assert await chain.keys() == keys("A")
