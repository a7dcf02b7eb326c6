"""What is wrong with a Jenkinsfile.

Refused               the file is not a pipeline that Jenkins would run
├── ParseError        it is not the Groovy of pipelines; raised by the lexer and the grammar
└── InvalidPipeline   its `pipeline` block breaks the rules of declarative pipelines
"""

from dataclasses import dataclass


class Refused(Exception):
    """The file is not a pipeline that Jenkins would run."""


class ParseError(Refused):
    """The file is not the Groovy of pipelines; one error, the first."""

    def __init__(self, message: str, line: int, column: int) -> None:
        super().__init__(f"{line}:{column}: {message}")
        self.message = message
        self.line = line
        self.column = column


@dataclass(frozen=True, slots=True)
class Problem:
    """One broken rule, where it is broken."""

    message: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.line}:{self.column}: {self.message}"


class InvalidPipeline(Refused):
    """The `pipeline` block breaks at least one rule; all of them, in the order of the file."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems
