"""Ctrl-C asks first, and ends second."""

import os
import signal

import pytest

from workers.cli.dlq.interruption import stoppable


def interrupt() -> None:
    os.kill(os.getpid(), signal.SIGINT)


def test_the_first_is_a_request_and_ends_every_wait() -> None:
    with stoppable() as stop:
        assert not stop.wait(0)
        interrupt()
        assert stop.requested
        assert stop.wait(3600)


def test_the_second_ends_the_process_and_afterwards_everything_is_as_before() -> None:
    before = signal.getsignal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt), stoppable():
        interrupt()
        interrupt()

    assert signal.getsignal(signal.SIGINT) is before
