"""A `config.xml` as a pipeline: the one way in."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from workers.migration.actions.model import Workflow
from workers.migration.actions.triggers import PullRequest, Push, Trigger
from workers.migration.convert.converter import Conversion, converted
from workers.migration.convert.properties import declared
from workers.migration.jenkinsfile.errors import ParseError
from workers.migration.job_config import flow, freestyle
from workers.migration.job_config.elements import Element, elements
from workers.migration.job_config.masking import masked
from workers.migration.job_config.notes import Notes
from workers.migration.job_config.parameters import parameter_name, parameters
from workers.migration.job_config.properties import options, rest_of_root
from workers.migration.job_config.source_control import branches, odd_branches
from workers.migration.job_config.triggers import started, trigger_elements, triggers
from workers.migration.job_config.xml_text import xml_text
from workers.migration.ledger import Entry, Verdict, ordered
from workers.migration.pipeline.pipeline import Pipeline

FLOW = "flow-definition"
FREESTYLE = frozenset({"project", "matrix-project", "maven2-moduleset"})
MULTIBRANCH = frozenset(
    {
        "org.jenkinsci.plugins.workflow.multibranch.WorkflowMultiBranchProject",
        "org.jenkinsci.plugins.pipeline.multibranch.defaults.PipelineMultiBranchDefaultsProject",
        "jenkins.branch.OrganizationFolder",
    }
)
ROOTS = frozenset({FLOW, *FREESTYLE, *MULTIBRANCH})


@dataclass(frozen=True, slots=True)
class Job:
    """A job's pipeline, what is said of parts that it does not hold, and what starts it."""

    pipeline: Pipeline
    entries: tuple[Entry, ...]
    pushes: bool
    pull_requests: bool
    branches: tuple[str, ...]


def read_job(source: bytes | str, name: str) -> Job:
    """The job that a `config.xml` describes.

    Raises ParseError and InvalidPipeline with the line in the file, and Elsewhere when the pipeline
    stands in a repository.
    """
    text = xml_text(source)
    root = elements(text)
    text = masked(text, root)
    notes = Notes()
    if root.tag in MULTIBRANCH:
        raise flow.multibranch(root)
    if root.tag == FLOW:
        pipeline = flow.inline(root, text, name)
        known = flow.READ
    elif root.tag in FREESTYLE:
        pipeline = freestyle.freestyle(root, text, name, notes)
        known = freestyle.READ
        odd_branches(root.child("scm"), notes)
    else:
        raise ParseError(f"<{root.tag}> is no job that can be migrated", root.span.line, 1)
    rest_of_root(root, known, notes)
    pipeline = _completed(pipeline, root, notes)
    by = started(trigger_elements(root))
    pushed = branches(root.child("scm"))
    return Job(pipeline, notes.entries, by.pushes, by.pull_requests, pushed)


def converted_job(
    job: Job,
    runners: Mapping[str, str] | None = None,
    project: Mapping[str, str] | None = None,
    library: Mapping[str, Pipeline] | None = None,
) -> Conversion:
    """The workflow of a job: started by what starts the job, and by people; else as `converted`."""
    made = converted(job.pipeline, runners, project, library)
    kept = tuple(_triggers(made.workflow, job))
    ledger = ordered((*made.ledger.entries, *job.entries), made.ledger.tasks)
    return Conversion(replace(made.workflow, triggers=kept), ledger, made.actions)


def _triggers(workflow: Workflow, job: Job) -> Iterator[Trigger]:
    for each in workflow.triggers:
        if isinstance(each, Push):
            if job.pushes:
                yield Push(job.branches or each.branches, each.tags, each.paths)
        elif not isinstance(each, PullRequest) or job.pull_requests:
            yield each


def _completed(pipeline: Pipeline, root: Element, notes: Notes) -> Pipeline:
    """With what the job declares around its script, where the script does not say it itself."""
    said = declared(pipeline)
    names = {parameter_name(each) for each in said.parameters}
    kinds = {each.kind for each in said.options}
    asked = parameters(root.child("properties"))
    found = triggers(trigger_elements(root))
    chosen = options(root, notes)
    repeated = (
        *(each for each in asked if parameter_name(each) in names),
        *(found if said.triggers else ()),
        *(each for each in chosen if each.kind in kinds),
    )
    for each in repeated:
        notes.at(each.span, Verdict.DROPPED, "the script declares it itself")
    new = frozenset(repeated)
    return replace(
        pipeline,
        parameters=(*pipeline.parameters, *(each for each in asked if each not in new)),
        triggers=(*pipeline.triggers, *(each for each in found if each not in new)),
        options=(*pipeline.options, *(each for each in chosen if each not in new)),
    )
