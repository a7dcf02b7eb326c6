"""Why a `config.xml` gives no pipeline, besides what is wrong with a Jenkinsfile.

Refused           see jenkinsfile/errors.py
└── Elsewhere     the job takes its pipeline from a file in a repository; raised by flow.py
"""

from workers.migration.jenkinsfile.errors import Refused


class Elsewhere(Refused):
    """The job takes its pipeline from a file in a repository: that file is what to migrate."""

    def __init__(self, message: str, path: str, line: int, column: int) -> None:
        super().__init__(f"{line}:{column}: {message}")
        self.message = message
        self.path = path
        self.line = line
        self.column = column
