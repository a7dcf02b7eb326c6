"""Declarative pipelines: which block is one, and whether Jenkins would accept it.

The rules are those of Jenkins' own validator as far as they hold whatever plugins are installed:
a step, an option, a trigger, a tool or a type of agent that is not known may be a plugin's, and an
installation that is named may exist. All problems of a file are collected.
"""

from collections.abc import Callable, Mapping

from workers.migration.jenkinsfile.declarative_shapes import (
    Report,
    block_of,
    call_of,
    name_of,
    statements_of,
)
from workers.migration.jenkinsfile.declarative_stages import Stages
from workers.migration.jenkinsfile.errors import InvalidPipeline
from workers.migration.jenkinsfile.tree.expressions import Call
from workers.migration.jenkinsfile.tree.nodes import Block
from workers.migration.jenkinsfile.tree.statements import Method, Script

_RENAMED = {
    "properties": "options",
    "jobProperties": "options",
    "wrappers": "options",
    "notifications": "post",
    "postBuild": "post",
}


def pipeline_block(script: Script) -> Call | None:
    """The `pipeline { … }` of a file, at its top or in its method `call`.

    In a method it counts only with `agent` and `stages`: there, others may be called so.
    """
    for statement in script.body.statements:
        call = call_of(statement)
        if call is not None and name_of(call) == "pipeline":
            return call
    for statement in script.body.statements:
        if isinstance(statement, Method) and statement.name == "call":
            for inner in statement.body.statements:
                call = call_of(inner)
                if call is not None and name_of(call) == "pipeline" and _is_complete(call):
                    return call
    return None


def check(script: Script) -> None:
    """Do nothing when Jenkins would accept the file. Raises `InvalidPipeline`."""
    report = Report()
    pipeline = pipeline_block(script)
    if pipeline is not None:
        _Pipeline(script.span.source, report).pipeline(pipeline)
    else:
        _refuse_nested(script.body, report)
    problems = report.problems()
    if problems:
        raise InvalidPipeline(problems)


def _is_complete(pipeline: Call) -> bool:
    block = block_of(pipeline)
    calls = map(call_of, statements_of(block)) if block is not None else ()
    return {"agent", "stages"} <= {name_of(call) for call in calls if call is not None}


def _refuse_nested(body: Block, report: Report) -> None:
    """A `pipeline` in the block of a step; not in an `if`, which Jenkins lets pass."""
    waiting = [*body.statements]
    while waiting:
        call = call_of(waiting.pop())
        block = block_of(call)
        if call is None or block is None:
            continue
        if name_of(call) == "pipeline":
            report.add(call, "'pipeline' must stand at the top, not in another block")
        waiting.extend(statements_of(block))


class _Pipeline(Stages):
    def pipeline(self, call: Call) -> None:
        """`pipeline { … }`."""
        block = self.body(call, "pipeline")
        if block is None:
            return
        checks, given = self._sections(), set()
        for name, section in self.named_calls(statements_of(block), "a pipeline"):
            given.add(name)
            check_section = checks.get(name)
            if check_section is not None:
                check_section(section)
            elif name in _RENAMED:
                self.report.add(section, f"the section '{name}' is now '{_RENAMED[name]}'")
            else:
                self.report.add(section, f"unknown section '{name}' in a pipeline")
        for missing in ("agent", "stages"):
            if missing not in given:
                self.report.add(call, f"the pipeline needs the section '{missing}'")

    def _sections(self) -> Mapping[str, Callable[[Call], None]]:
        return {
            "agent": self.agent,
            "stages": lambda call: self.stages(call, "stages"),
            "environment": self.environment,
            "post": self.post,
            "tools": self.tools,
            "options": self.options,
            "parameters": self.parameters,
            "triggers": self.triggers,
            "libraries": self.libraries,
        }
