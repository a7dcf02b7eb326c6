"""The process that all processes of the fleet are forked from, with everything loaded already.

It reads orders from its standard input, a JSON object a line, and answers on its standard output:

    {"start": NAME, "entry": "module:function", "arguments": [...], "log": PATH}
    {"signal": NAME, "number": 15}

    {"prepared": true}   {"started": NAME, "pid": 1}   {"exited": NAME, "pid": 1, "code": -9}

Only this process waits for the others, so a signal never reaches a stranger that got the process id
of one that ended. When its input ends, or when it is killed, they all end.
"""

import gc
import json
import os
import selectors
import signal
import socket
import sys
import threading
from dataclasses import dataclass, field
from typing import Any

from localstack.lifeline import Orphaned, end_with_parent
from workers.fleet.program import function
from workers.fleet.title import name_process

Order = dict[str, Any]

_CHUNK = 65536


@dataclass(slots=True)
class Zygote:
    """Forks processes on order, and tells when they end."""

    orders: int
    answers: int
    _pids: dict[str, int] = field(default_factory=dict)

    def serve(self) -> Order | None:
        """Returns the order in each process that is forked for one, and None at the end here."""
        ended, woken = socket.socketpair()
        for end in (ended, woken):
            end.setblocking(False)
        signal.set_wakeup_fd(woken.fileno(), warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda number, frame: None)
        self.say({"prepared": True})
        with selectors.DefaultSelector() as selector:
            selector.register(self.orders, selectors.EVENT_READ)
            selector.register(ended, selectors.EVENT_READ)
            unread = b""
            while True:
                ready = {key.fd for key, _ in selector.select()}
                if ended.fileno() in ready:
                    ended.recv(_CHUNK)
                    self._reap()
                if self.orders in ready:
                    chunk = os.read(self.orders, _CHUNK)
                    if not chunk:
                        return None
                    *lines, unread = (unread + chunk).split(b"\n")
                    for line in lines:
                        order = self._obey(json.loads(line))
                        if order:
                            return order

    def end_all(self) -> None:
        """Kills every process that is left and waits for it."""
        for pid in self._pids.values():
            os.kill(pid, signal.SIGKILL)
        for pid in self._pids.values():
            os.waitpid(pid, 0)

    def say(self, answer: dict[str, Any]) -> None:
        os.write(self.answers, json.dumps(answer).encode() + b"\n")

    def _obey(self, order: Order) -> Order | None:
        """The order, in the new process that it asked for; None in this one."""
        if "signal" in order:
            pid = self._pids.get(order["signal"])
            if pid is not None:
                os.kill(pid, order["number"])
            return None
        parent = os.getpid()
        pid = os.fork()
        if pid == 0:
            for descriptor in (self.orders, self.answers):
                os.close(descriptor)
            _become(order, parent)
            return order
        self._pids[order["start"]] = pid
        self.say({"started": order["start"], "pid": pid})
        return None

    def _reap(self) -> None:
        for name, pid in list(self._pids.items()):
            ended, status = os.waitpid(pid, os.WNOHANG)
            if ended:
                del self._pids[name]
                code = os.waitstatus_to_exitcode(status)
                self.say({"exited": name, "pid": pid, "code": code})


def _become(order: Order, parent: int) -> None:
    """Makes a forked process its own: signals, session, lifeline, files, name."""
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGCHLD, signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    try:
        end_with_parent(parent)
    except Orphaned:
        raise SystemExit(1) from None
    os.setsid()
    nothing = os.open(os.devnull, os.O_RDONLY)
    log = os.open(order["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    for source, target in ((nothing, 0), (log, 1), (log, 2)):
        os.dup2(source, target)
    os.close(nothing)
    os.close(log)
    name_process(f"flotilla: {order['start']}")


def main(arguments: list[str]) -> int:
    """The zygote, or in a forked process its program; returns the exit code."""
    parent, prepare = arguments
    try:
        end_with_parent(int(parent))
    except Orphaned:
        return 1
    # Ctrl-C is for the one who leads the fleet; it then gives the order to stop.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    orders, answers = os.dup(0), os.dup(1)
    # What a module prints while it is loaded is no answer.
    os.dup2(2, 1)
    prepared = function(prepare)()
    if threading.active_count() > 1:
        # A lock that a thread holds at the fork is never let go in the new process.
        raise SystemExit(f"{prepare} left a thread running, and nothing can be forked safely")
    # Frozen objects are left alone by the collector, so that their pages stay shared.
    gc.collect()
    gc.freeze()
    zygote = Zygote(orders, answers)
    order = zygote.serve()
    if order is None:
        zygote.end_all()
        return 0
    code = int(function(order["entry"])(prepared, *order["arguments"]))
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    # The interpreter's own end would touch, and so copy, everything that is shared.
    os._exit(code)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
