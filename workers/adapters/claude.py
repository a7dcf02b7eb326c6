"""Claude through the `anthropic` SDK: the API, anything that speaks it, or Bedrock.

The SDK's own retries are off, since it sleeps for any `retry-after`, an hour included, under a
lease that ends much sooner. What takes too long here goes back to the queue instead.
"""

import asyncio
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, ValidationError

from workers.adapters.patience import (
    DEFAULT_BOUNDS,
    REAL_WAITING,
    Bounds,
    Patience,
    Transient,
    Waiting,
)
from workers.ports import Clock, NoReply, Prompt, Reply, ReplyT
from workers.redaction import redacted

if TYPE_CHECKING:
    from anthropic import AsyncAnthropic, AsyncAnthropicBedrock

DEFAULT_MODEL = "claude-sonnet-5-5"
_ASKS = 2  # the question, and once more with what was wrong with the answer


@dataclass(frozen=True, slots=True)
class AnthropicApi:
    """The Messages API: Anthropic's own, or whatever speaks it at `base_url`."""

    api_key: str = field(repr=False)
    base_url: str | None = None


@dataclass(frozen=True, slots=True)
class Bedrock:
    """Claude in an AWS account. Without keys the default credential chain is used."""

    region: str
    base_url: str | None = None
    access_key: str | None = field(default=None, repr=False)
    secret_key: str | None = field(default=None, repr=False)
    session_token: str | None = field(default=None, repr=False)


class ClaudeModel:
    """Answers prompts in the form of a pydantic model, by the provider's schema mechanism."""

    def __init__(
        self,
        access: AnthropicApi | Bedrock,
        clock: Clock,
        *,
        model: str = DEFAULT_MODEL,
        bounds: Bounds = DEFAULT_BOUNDS,
        waiting: Waiting = REAL_WAITING,
    ) -> None:
        self._access = access
        self._clock = clock
        self._model = model
        self._bounds = bounds
        self._waiting = waiting
        self._client: AsyncAnthropic | AsyncAnthropicBedrock | None = None

    async def reply(self, prompt: Prompt, form: type[ReplyT]) -> Reply[ReplyT]:
        """Raises NoReply, or Retry when the provider asks for more time than the budget has.

        Credentials are taken out of the prompt before it is sent.
        """
        patience = Patience(self._bounds, self._clock, self._waiting)
        await asyncio.to_thread(_load_sdk)
        request = _request(self._model, prompt, form)
        question = _turn("user", redacted(prompt.question))
        turns, tokens_in, tokens_out = [question], 0, 0
        for _ in range(_ASKS):
            answer = await self._answer({**request, "messages": turns}, patience)
            tokens_in += answer.usage.input_tokens
            tokens_out += answer.usage.output_tokens
            text = answer.complete_text()
            try:
                value = form.model_validate_json(text)
            except ValidationError as error:
                turns = [question, *_correction(text, error)]
                continue
            return Reply(value, answer.model, tokens_in, tokens_out)
        raise NoReply("the reply broke its schema, again after it was told so")

    async def aclose(self) -> None:
        """Closes the connections. Safe to call when none was made."""
        if self._client is not None:
            await self._client.close()
            self._client = None

    async def _answer(self, request: dict[str, Any], patience: Patience) -> "_Answer":
        while True:
            try:
                return await self._attempt(request, patience.seconds_for_a_request())
            except Transient as failure:
                await patience.wait(failure)

    async def _attempt(self, request: dict[str, Any], seconds: float) -> "_Answer":
        from workers.adapters.claude_errors import FOREIGN, translated  # noqa: PLC0415

        try:
            # The SDK's timeout is for each read; a body that trickles in needs one for the whole.
            async with asyncio.timeout(seconds):
                message = await self._connected().messages.create(**request, timeout=seconds)
            return _Answer.model_validate(message)
        except ValidationError as error:
            raise Transient("the provider's answer is not a message") from error
        except FOREIGN as error:
            raise translated(error, self._clock.now()) from error

    def _connected(self) -> "AsyncAnthropic | AsyncAnthropicBedrock":
        if self._client is None:
            self._client = _client(self._access)
        return self._client


class _Part(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    type: str
    text: str = ""


class _Usage(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    input_tokens: int = 0
    output_tokens: int = 0


class _Answer(BaseModel):
    """What is read of a message. The SDK does not check what it receives; this does."""

    model_config = ConfigDict(from_attributes=True)

    model: str
    content: tuple[_Part, ...]
    stop_reason: str | None
    usage: _Usage

    def complete_text(self) -> str:
        """The text of an answer that came to its end. Raises NoReply for one that did not."""
        match self.stop_reason:
            case "end_turn" | "stop_sequence" | None:
                return "".join(part.text for part in self.content if part.type == "text")
            case "refusal":
                raise NoReply("the model refused to answer")
            case "max_tokens" | "model_context_window_exceeded":
                raise NoReply("the reply was cut off at its token limit")
            case other:
                raise NoReply(f"the model stopped for another reason: {other[:40]}")


def _load_sdk() -> None:
    """Imports the SDK: a second or more, off the event loop, which has leases to renew."""
    import_module("workers.adapters.claude_errors")


def _client(access: AnthropicApi | Bedrock) -> "AsyncAnthropic | AsyncAnthropicBedrock":
    from anthropic import AsyncAnthropic, AsyncAnthropicBedrock  # noqa: PLC0415

    if isinstance(access, AnthropicApi):
        # Said outright, since the SDK would look into the environment for what it is not told.
        base_url = access.base_url or "https://api.anthropic.com"
        return AsyncAnthropic(api_key=access.api_key, base_url=base_url, max_retries=0)
    return AsyncAnthropicBedrock(
        aws_region=access.region,
        aws_access_key=access.access_key,
        aws_secret_key=access.secret_key,
        aws_session_token=access.session_token,
        base_url=access.base_url or f"https://bedrock-runtime.{access.region}.amazonaws.com",
        max_retries=0,
    )


def _request(model: str, prompt: Prompt, form: type[BaseModel]) -> dict[str, Any]:
    from anthropic import transform_schema  # noqa: PLC0415

    return {
        "model": model,
        "max_tokens": prompt.max_tokens,
        "system": redacted(prompt.system),
        "output_config": {"format": {"type": "json_schema", "schema": transform_schema(form)}},
    }


def _turn(role: str, text: str) -> dict[str, str]:
    return {"role": role, "content": text}


def _correction(text: str, error: ValidationError) -> list[dict[str, str]]:
    """The turns that show the model its answer and what is wrong with it."""
    problems = error.errors(include_url=False, include_input=False, include_context=False)
    wrong = "\n".join(
        f"- {'.'.join(map(str, problem['loc'])) or 'the whole reply'}: {problem['msg']}"
        for problem in problems[:10]
    )
    ask = _turn("user", f"That reply does not fit its schema:\n{wrong}\nAnswer again, in full.")
    # The API takes no empty turn, and two user turns in a row are joined.
    return [_turn("assistant", text), ask] if text.strip() else [ask]
