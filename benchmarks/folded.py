"""Folded stacks, as profilers write them, and what share of the time each layer has. Pure.

One line a stack, outermost call first: `main (a.py:1);work (b.py:7) 42`. The number counts samples.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

Stack = tuple[str, ...]

# The innermost call that one of these names is in decides, the first name first.
_LAYERS: Sequence[tuple[str, str]] = (
    ("benchmarks/", "handler and meter"),
    ("events/codec", "decode, validate, encode"),
    ("pydantic/", "decode, validate, encode"),
    ("schemas/", "decode, validate, encode"),
    ("events/publisher", "publish"),
    ("adapters/eventbridge", "publish"),
    ("runtime/shared_bus", "publish"),
    ("adapters/dynamodb_ledger", "ledger"),
    ("adapters/ledger_", "ledger"),
    ("runtime/stowing", "ledger"),
    ("runtime/unrecorded", "ledger"),
    ("adapters/sqs", "queue"),
    ("adapters/receive_attempts", "queue"),
    ("runtime/logs", "log"),
    ("workers/redaction", "log"),
    ("runtime/tracing", "trace and metrics"),
    ("runtime/metrics", "trace and metrics"),
    ("runtime/health", "trace and metrics"),
    ("adapters/lean/", "transport"),
    ("aiobotocore/", "transport"),
    ("botocore/", "transport"),
    ("aiohttp/", "transport"),
    ("hmac.py", "transport"),
    ("asyncio/selector_events", "transport"),
    ("asyncio/sslproto", "transport"),
    ("asyncio/", "event loop"),
    ("workers/runtime/", "the runtime's own loop"),
)
OTHER = "other"
_WAITING = "selectors.py"


@dataclass(slots=True)
class Call:
    """A call in all the stacks that begin alike: how many samples it is in, and what it called."""

    samples: int = 0
    calls: dict[str, "Call"] = field(default_factory=dict)


def stacks(text: str) -> Mapping[Stack, int]:
    """The stacks of a file and their samples, without the lines' numbers. Others are left out."""
    found: Counter[Stack] = Counter()
    for line in text.splitlines():
        said, _, samples = line.rpartition(" ")
        if said and samples.isdigit():
            found[tuple(map(_without_line, said.split(";")))] += int(samples)
    return found


def only(found: Mapping[Stack, int], part: str) -> Mapping[Stack, int]:
    """The stacks that a call is in whose name has that part, from that call on.

    What waits for the other side is left out: that takes time, and none of the processor's.
    """
    kept: Counter[Stack] = Counter()
    for stack, samples in found.items():
        if _WAITING in stack[-1]:
            continue
        for place, call in enumerate(stack):
            if part in call:
                kept[stack[place:]] += samples
                break
    return kept


def shares(found: Mapping[Stack, int]) -> Mapping[str, float]:
    """The share of each layer, the largest first. They come to 1, or there are none."""
    counted: Counter[str] = Counter()
    for stack, samples in found.items():
        counted[layer(stack)] += samples
    total = sum(counted.values())
    return {name: samples / total for name, samples in counted.most_common()}


def layer(stack: Stack) -> str:
    """The layer that a sample belongs to."""
    for call in reversed(stack):
        for part, name in _LAYERS:
            if part in call:
                return name
    return OTHER


def tree(found: Mapping[Stack, int]) -> Call:
    """The stacks with their common beginnings put together."""
    root = Call()
    for stack, samples in found.items():
        root.samples += samples
        _add(root, stack, samples)
    return root


def _add(root: Call, stack: Iterable[str], samples: int) -> None:
    call = root
    for name in stack:
        call = call.calls.setdefault(name, Call())
        call.samples += samples


def _without_line(call: str) -> str:
    """`work (b.py:7)` as `work (b.py)`: the lines of one call belong together."""
    head, colon, rest = call.rpartition(":")
    return f"{head})" if colon and rest.rstrip(")").isdigit() else call
