"""When a process that died may live again."""

from datetime import timedelta

import pytest

from workers.fleet.lives import Lives, Patience

PATIENCE = Patience()
AT_ONCE, LONG = timedelta(seconds=0.1), timedelta(hours=1)


def fared(*lives: tuple[timedelta, bool]) -> Lives:
    account = Lives()
    for lived, ready in lives:
        account = account.after(lived, ready, PATIENCE)
    return account


@pytest.mark.parametrize(
    ("lives", "pause", "hopeless"),
    [
        pytest.param([], 0.1, False, id="not died yet"),
        pytest.param([(LONG, True)], 0.1, False, id="after a long life"),
        pytest.param([(AT_ONCE, True)], 0.1, False, id="killed once"),
        pytest.param([(AT_ONCE, True)] * 3, 0.4, False, id="killed three times"),
        pytest.param([(AT_ONCE, False)] * 3, 0.4, False, id="three failed starts"),
        pytest.param([(AT_ONCE, False)] * 4, 0.8, True, id="four failed starts"),
        pytest.param([(AT_ONCE, False)] * 3 + [(AT_ONCE, True)], 0.8, False, id="then it worked"),
        pytest.param([(AT_ONCE, False)] * 3 + [(LONG, False)], 0.1, False, id="slow, not hopeless"),
        pytest.param([(AT_ONCE, True)] * 10_000, 5.0, False, id="absurdly often"),
    ],
)
def test_lives(lives: list[tuple[timedelta, bool]], pause: float, hopeless: bool) -> None:
    account = fared(*lives)
    assert account.pause(PATIENCE).total_seconds() == pytest.approx(pause)
    assert account.hopeless(PATIENCE) is hopeless
    assert account.restarts == len(lives)
