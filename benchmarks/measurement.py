"""One run as numbers, and the medians of several."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from statistics import median
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

# What a client asks once, when it starts.
_AT_START = frozenset(
    {"CreateQueue", "DescribeEventBus", "GetQueueAttributes", "GetQueueUrl", "ListQueues"}
)
SERVER_BOUND = 0.90

# A frozen dataclass of numbers, such as this module's.
Numbers = TypeVar("Numbers", bound="DataclassInstance")


@dataclass(frozen=True, slots=True)
class Measurement:
    """None where the server of the run does not tell.

    `billed` is what AWS counts otherwise than by request, a message: events published, and units of
    DynamoDB.
    """

    rate: float
    cpu_ms: float
    peak_megabytes: float
    cold_start: float
    violations: int
    duplicates: int
    server_share: float
    requests: Mapping[str, float] | None
    latency_p50_ms: float | None
    latency_p99_ms: float | None
    billed: Mapping[str, float] | None = None

    @property
    def requests_each(self) -> float | None:
        """Requests a message, of all kinds."""
        return None if self.requests is None else sum(self.requests.values())

    @property
    def server_bound(self) -> bool:
        """Whether the server left the worker waiting, so that the rate is the server's."""
        return self.server_share > SERVER_BOUND


def measurement(
    worker: Mapping[str, Any],
    server: Mapping[str, Any],
    *,
    messages: int,
    warm: int,
    spawned: float,
    server_share: float,
) -> Measurement:
    """What one run comes to, from what its worker and its server say."""
    began, ended = worker["began"], worker["ended"]
    steady = messages - warm
    witnessed = [worker["overlapped"] + worker["misordered"]]
    if server:
        witnessed += [server["deleted_early"], server["published_early"]]
    return Measurement(
        rate=steady / (ended["at"] - began["at"]),
        cpu_ms=(ended["cpu"] - began["cpu"]) * 1000 / steady,
        peak_megabytes=worker["peak_kilobytes"] * 1024 / 1e6,
        cold_start=worker["first"] - spawned,
        # The same fault may be seen by several witnesses.
        violations=max(witnessed),
        duplicates=worker["duplicates"],
        server_share=server_share,
        requests=requests_each(server, messages) if server else None,
        latency_p50_ms=_milliseconds(server.get("latency_p50")),
        latency_p99_ms=_milliseconds(server.get("latency_p99")),
        billed=_billed(server, messages),
    )


def requests_each(server: Mapping[str, Any], messages: int) -> dict[str, float]:
    """Requests a message by operation, without those of the start and receives that got nothing."""
    counted = Counter(server["requests"])
    counted["ReceiveMessage"] -= server["empty_receives"] + server["waiting"]
    return {
        operation: count / messages
        for operation, count in sorted(counted.items())
        if count > 0 and operation not in _AT_START
    }


def medians(runs: Sequence[Numbers]) -> Numbers:
    """The median of each number by itself; of faults the most."""
    found: dict[str, Any] = {}
    for each in fields(runs[0]):
        values = [getattr(run, each.name) for run in runs]
        if each.name in ("violations", "duplicates"):
            found[each.name] = max(values)
        elif any(value is None for value in values):
            found[each.name] = None
        elif isinstance(values[0], Mapping):
            names = sorted({name for value in values for name in value})
            found[each.name] = {
                name: median(value.get(name, 0.0) for value in values) for name in names
            }
        else:
            found[each.name] = median(values)
    kind: type[Numbers] = type(runs[0])
    return kind(**found)


def _billed(server: Mapping[str, Any], messages: int) -> Mapping[str, float] | None:
    if "write_units" not in server:
        return None
    counted = {
        "events": server["published"],
        "write_units": server["write_units"],
        "read_units": server["read_units"],
    }
    return {name: count / messages for name, count in counted.items()}


def _milliseconds(seconds: float | None) -> float | None:
    return None if seconds is None else seconds * 1000
