"""What several workers together did wrong with the messages of one queue. Pure."""

from collections.abc import Iterable, Sequence

from benchmarks.peers.journal import Handling


def together(journals: Iterable[Sequence[Handling]]) -> Sequence[Handling]:
    """Each message's handling by whichever worker: first begun, first ended, how often in all."""
    filled = [journal for journal in journals if journal]
    return [_merged(each) for each in zip(*filled, strict=True)]


def duplicates(handled: Iterable[Handling]) -> int:
    """How often a message was handled that had been handled before."""
    return sum(each.times - 1 for each in handled if each.times)


def unhandled(handled: Iterable[Handling]) -> int:
    """How many messages nobody was through with."""
    return sum(not each.times for each in handled)


def overtakes(handled: Sequence[Handling], groups: int) -> int:
    """How many messages were begun before the one before them in their group had ended.

    Groups take turns in the numbers of messages; 0 is for a queue without order.
    """
    if not groups:
        return 0
    return sum(
        _before(later.began, earlier.ended)
        for earlier, later in zip(handled, handled[groups:], strict=False)
    )


def _before(began: float, ended: float) -> bool:
    return bool(began) and (not ended or began < ended)


def _merged(each: Sequence[Handling]) -> Handling:
    return Handling(
        began=min((one.began for one in each if one.began), default=0.0),
        ended=min((one.ended for one in each if one.ended), default=0.0),
        times=sum(one.times for one in each),
    )
