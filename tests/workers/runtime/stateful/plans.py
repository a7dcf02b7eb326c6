"""What a message's handler is to do, written into the event itself: the same whoever handles it."""

from dataclasses import asdict, dataclass
from typing import Any

from hypothesis import strategies as st
from pydantic import TypeAdapter


@dataclass(frozen=True, slots=True)
class Plan:
    """The first `fails` tries fail, with a bug or a Retry; what comes after them is the answer.

    `rejects` until somebody has mended it. `charges` in a step, `writes` in the transaction, and
    `forges` at a port that may be away. What is `deaf` does not stop when it is cancelled.
    """

    seconds: float = 0.1
    fails: int = 0
    after: float | None = None
    rejects: bool = False
    answers: int = 1
    writes: bool = False
    charges: bool = False
    deaf: bool = False
    forges: bool = False

    def text(self) -> str:
        """As an event's title, which only says what is not as usual."""
        usual = asdict(Plan())
        said = {name: each for name, each in asdict(self).items() if each != usual[name]}
        return _SAID.dump_json(said).decode()


_PLAN = TypeAdapter(Plan)
_SAID = TypeAdapter(dict[str, Any])


def plan_in(title: str) -> Plan:
    """The plan in an event's title."""
    return _PLAN.validate_json(title)


def plans() -> st.SearchStrategy[Plan]:
    """Mostly short and harmless, since what is odd is only odd beside it."""
    return st.builds(
        Plan,
        seconds=st.sampled_from([0.1, 0.1, 0.1, 2, 9, 40]),
        fails=st.sampled_from([0, 0, 0, 1, 2, 9]),
        after=st.sampled_from([None, None, 0.5, 20]),
        rejects=st.sampled_from([False, False, False, True]),
        answers=st.sampled_from([1, 1, 0, 3]),
        writes=st.booleans(),
        charges=st.booleans(),
        deaf=st.sampled_from([False, False, False, True]),
        forges=st.booleans(),
    )


def slow_plans() -> st.SearchStrategy[Plan]:
    """Those whose owner may be overtaken at it."""
    return st.builds(
        Plan,
        seconds=st.sampled_from([2, 9]),
        fails=st.sampled_from([0, 1]),
        writes=st.booleans(),
        charges=st.booleans(),
        deaf=st.booleans(),
    )
