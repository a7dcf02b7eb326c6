"""One conversion under way: what all of its rules share."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from workers.migration.actions.model import CompositeAction, Scalar, Step
from workers.migration.convert.frame import Frame
from workers.migration.convert.layout import Layout, Planned
from workers.migration.convert.record import Record
from workers.migration.convert.resolving import known, parts
from workers.migration.convert.scope import Constant, Part, Unknown
from workers.migration.convert.scripted import scripted
from workers.migration.pipeline.nodes import Node, Statement, Value
from workers.migration.pipeline.pipeline import Pipeline
from workers.migration.pipeline.steps import Function
from workers.migration.pipeline.walk import statements
from workers.migration.replacing import replace

_PLAIN_WORD = re.compile(r"[^A-Za-z0-9_]+")
_LONGEST_LABEL = 60
# Stands for a value that a person has to give; nothing is called so, so nothing happens with it.
BY_HAND = "to-be-set-by-hand"


class Emit(Protocol):
    """Converts statements in their order, and gives the frame with what they made known."""

    def __call__(self, statements: Sequence[Statement], frame: Frame) -> Frame: ...


@dataclass(slots=True)
class Work:
    """The pipeline, what has come of it so far, and the way to convert what is inside a block."""

    pipeline: Pipeline
    record: Record
    layout: Layout
    emit: Emit
    runners: Mapping[str, str] = field(default_factory=dict)
    functions: Mapping[str, Function] = field(default_factory=dict)
    mutable: frozenset[str] = frozenset()
    opening: frozenset[str] = frozenset()
    comments: Callable[[Node], tuple[str, ...]] = lambda node: ()
    filters: dict[str, str] = field(default_factory=dict)
    axes: dict[str, tuple[Scalar, ...]] = field(default_factory=dict)
    decisions: dict[str, str] = field(default_factory=dict)
    ids: set[str] = field(default_factory=set)
    names: set[str] = field(default_factory=set)
    secrets: set[str] = field(default_factory=set)
    timeout: int | None = None
    inlined: int = 0
    project: Mapping[str, str] = field(default_factory=dict)
    actions: dict[str, CompositeAction] = field(default_factory=dict)

    def add(
        self, node: Node, step: Step, frame: Frame, *, works: bool = True, reads: bool = True
    ) -> Planned:
        """Lays out the step that comes of a statement, with the statement's comments."""
        last = self.layout.current.steps[-1:] if self.layout.current else []
        # Several steps of one statement have its comments above the first.
        told = any(each.step.source == node.span and each.step.comments for each in last)
        comments = (() if told else self.comments(node)) + step.comments
        env = {**_seen(step, frame), **step.env}
        timeout, forgiven = step.timeout_minutes, step.continue_on_error
        made = replace(
            step,
            env=env,
            comments=comments,
            source=node.span,
            timeout_minutes=frame.timeout or None if timeout is None else timeout,
            continue_on_error=frame.forgiving or None if forgiven is None else forgiven,
        )
        return self.layout.add(made, frame, works=works, reads=reads)

    def by_hand(self, node: Node, frame: Frame, note: str, *, deep: bool = True) -> None:
        """Leaves the source as a comment where its step would stand, and says so in the ledger."""
        self.record.manual(node, note)
        for each in statements(node) if deep else ():
            if each.span != node.span:
                self.record.manual(each, "inside what is to be converted by hand")
        lines = self.record.text(node).splitlines()
        # What is in its blocks stands below, converted.
        shown = [line.rstrip() for line in lines[: 12 if deep else 1]]
        more = ("  …",) if len(lines) > len(shown) else ()
        head = f"TO DO by hand (line {node.span.line}): {note}"
        lines = [head, *(f"  {line}" for line in shown), *more]
        comment = Step(comments=tuple(lines), source=node.span)
        self.layout.add(comment, frame, works=False, reads=False)
        if deep:
            self._keep_scripts(node, frame)

    def _keep_scripts(self, node: Node, frame: Frame) -> None:
        """The scripts inside of what is left by hand, as steps that are off until a person says."""
        inner = tuple(scripted(node))
        if not inner:
            return
        words = " ".join(self.record.text(node).split())[:_LONGEST_LABEL]
        name, check = self.decision(f"line {node.span.line}", f"line {node.span.line}: {words}")
        self.record.manual(node, f"its scripts run only where {name} is true: say when that is")
        self.emit(inner, frame.under(check))

    def parts(self, value: Value | None, frame: Frame) -> tuple[Part, ...]:
        """The value as text, in parts."""
        return () if value is None else parts(value, frame.scope, self.record.source)

    def fixed(self, value: Value | None, frame: Frame) -> str | None:
        """The value as text when it is constant."""
        found, constant = self.constant(value, frame)
        return str(constant) if found and isinstance(constant, str | int | float) else None

    def constant(self, value: Value | None, frame: Frame) -> tuple[bool, Constant]:
        """Whether the value is constant, and which."""
        return (False, None) if value is None else known(value, frame.scope)

    def inline(self, value: Value | None, frame: Frame) -> str | None:
        """The value as text with expressions in it; None when it is not known even to a run.

        For inputs of actions, names and conditions; never for scripts.
        """
        text = ""
        for part in self.parts(value, frame):
            if isinstance(part, Unknown):
                return None
            text += part if isinstance(part, str) else f"${{{{ {part.expression} }}}}"
        return text if value is not None else None

    def decision(self, words: str, question: str) -> tuple[str, str]:
        """The variable by which a person decides a question, and the check of it: off until then.

        It stands in the environment of the workflow, where one line turns it on.
        """
        for name, asked in self.decisions.items():
            if asked == question:
                return name, f"env.{name} == 'true'"
        base = name = f"RUN_{_PLAIN_WORD.sub('_', words).strip('_').upper()[:40].rstrip('_')}"
        number = 2
        while name in self.decisions:
            name, number = f"{base}_{number}", number + 1
        self.decisions[name] = question
        self.record.task("decision", name, f"`true` where this is to run: {question}")
        return name, f"env.{name} == 'true'"

    def variable(self, words: str) -> str:
        """A name for a variable of the environment that no other one has."""
        base = _PLAIN_WORD.sub("_", words).strip("_").upper()[:40].rstrip("_") or "VALUE"
        base = f"VALUE_{base}" if base[0].isdigit() or base.startswith("GITHUB_") else base
        name, number = base, 2
        while name in self.names:
            name, number = f"{base}_{number}", number + 1
        self.names.add(name)
        return name

    def identifier(self, words: str) -> str:
        """An id for a step that no other step of the workflow has."""
        base = _PLAIN_WORD.sub("-", words).strip("-").lower()[:40] or "step"
        base = base if base[0].isalpha() or base[0] == "_" else f"step-{base}"
        name, number = base, 2
        while name in self.ids:
            name, number = f"{base}-{number}", number + 1
        self.ids.add(name)
        return name


def _seen(step: Step, frame: Frame) -> Mapping[str, Scalar]:
    """What a step sees of the environment around it; an action of GitHub's own what it names."""
    if step.run is not None or (step.uses and not step.uses.startswith("actions/")):
        return frame.env
    if step.uses is None:
        return {}
    said = " ".join([*map(str, step.inputs.values()), *frame.conditions])
    return {name: value for name, value in frame.env.items() if f"env.{name}" in said}


def label(text: str) -> str:
    """The first line of a script that says something, as the end of a step's name."""
    for line in text.splitlines():
        said = " ".join(line.split())
        if (
            said
            and not said.startswith(("#", "set ", "@echo", "rem ", "REM "))
            and "${{" not in said
        ):
            return said if len(said) <= _LONGEST_LABEL else said[: _LONGEST_LABEL - 1] + "…"
    return ""


def secret_name(credential: str) -> str:
    """The name of the secret for a credential; GitHub keeps names that begin with GITHUB_."""
    name = _PLAIN_WORD.sub("_", credential).strip("_").upper() or "CREDENTIAL"
    return f"JENKINS_{name}" if name.startswith("GITHUB_") or name[0].isdigit() else name
