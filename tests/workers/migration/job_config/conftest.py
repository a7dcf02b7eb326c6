"""Jobs of Jenkins as their `config.xml`, converted."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
import yaml

from workers.migration.actions.rendering import rendered
from workers.migration.job_config.elements import elements
from workers.migration.job_config.job import Job, converted_job, read_job
from workers.migration.job_config.notes import is_set
from workers.migration.job_config.xml_text import xml_text
from workers.migration.ledger import Ledger, unaccounted


@dataclass(frozen=True)
class Converted:
    """A job with all that came of it."""

    job: Job
    text: str
    tree: dict
    ledger: Ledger

    @property
    def steps(self) -> list[dict]:
        return [step for job in self.tree["jobs"].values() for step in job["steps"]]

    @property
    def scripts(self) -> list[str]:
        return [step["run"].strip() for step in self.steps if "run" in step]

    def said(self, line: int) -> set[tuple[str, str]]:
        """Verdicts and notes on what begins in a line."""
        return {(str(e.verdict), e.note) for e in self.ledger.entries if e.span.line == line}


# Whose children each need an entry; other children of a job need one when somebody set them.
GROUPS = ("builders", "publishers", "buildWrappers", "triggers", "properties")


def unmentioned(text: str | bytes, ledger: Ledger) -> list[str]:
    """The parts of a job that nothing is said of: lost in silence."""
    parts = [
        each
        for child in elements(xml_text(text)).children
        for each in (child.children if child.tag in GROUPS else (child,))
        if child.tag in GROUPS or is_set(each)
    ]
    spans = [entry.span for entry in ledger.entries]
    return [
        part.kind
        for part in parts
        if not any(part.span.start <= x.start and x.end <= part.span.end for x in spans)
    ]


@pytest.fixture
def job() -> Callable[[str], Converted]:
    """Converts a `config.xml`; whatever is in it, no statement is lost in silence."""

    def made(text: str | bytes) -> Converted:
        read = read_job(text, "shop")
        conversion = converted_job(read)
        assert unaccounted(read.pipeline, conversion.ledger) == ()
        for entry in conversion.ledger.entries:
            before = read.pipeline.source[: entry.span.start]
            assert before.count("\n") + 1 == entry.span.line
        assert unmentioned(text, conversion.ledger) == []
        written = rendered(conversion.workflow)
        tree = yaml.safe_load(written)
        # YAML 1.1 reads the bare key `on` as true.
        tree = {"on" if key is True else key: value for key, value in tree.items()}
        return Converted(read, written, tree, conversion.ledger)

    return made


@pytest.fixture
def freestyle() -> Callable[..., str]:
    """A freestyle job's XML: `builders` inside of builders, the rest in the root."""

    def text(builders: str = "", rest: str = "") -> str:
        return f"<project>\n{rest}<builders>{builders}</builders>\n</project>\n"

    return text
