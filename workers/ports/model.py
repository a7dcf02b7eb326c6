"""What answers prompts."""

from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from pydantic import BaseModel

ReplyT = TypeVar("ReplyT", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Prompt:
    """What a model is asked: who it is, and the question. Never holds a secret."""

    system: str
    question: str
    max_tokens: int = 4096


@dataclass(frozen=True, slots=True)
class Reply(Generic[ReplyT]):
    """A model's answer, checked against its schema, with what it cost."""

    value: ReplyT
    model: str
    input_tokens: int = 0
    output_tokens: int = 0


class NoReply(Exception):
    """Raised by a model that gave no usable reply within its bounds. Fall back, and say so."""


class NotConfigured(NoReply):
    """Raised where no model is set up at all, which is a choice and no failure."""


class Model(Protocol):
    """Answers prompts in the form of a pydantic model."""

    async def reply(self, prompt: Prompt, form: type[ReplyT]) -> Reply[ReplyT]:
        """Raises NoReply, or Retry when the provider asks for more time than a delivery has."""
