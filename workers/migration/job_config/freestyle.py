"""Freestyle, Maven and matrix jobs as pipelines of one stage. Pure."""

from workers.migration.convert.tools import version
from workers.migration.job_config.builders import builders, maven_command, tools
from workers.migration.job_config.elements import Element
from workers.migration.job_config.making import script
from workers.migration.job_config.notes import Notes
from workers.migration.job_config.publishers import posts
from workers.migration.job_config.source_control import checked_out
from workers.migration.job_config.wrappers import surroundings
from workers.migration.pipeline.agents import Agent, AnyAgent, LabelAgent
from workers.migration.pipeline.directives import Axis, Option, Tool
from workers.migration.pipeline.nodes import Span, Statement
from workers.migration.pipeline.pipeline import Pipeline
from workers.migration.pipeline.stages import Matrix, Stage
from workers.migration.pipeline.values import Literal, Variable

READ = frozenset(
    {"properties", "scm", "triggers", "builders", "publishers", "buildWrappers", "assignedNode",
     "concurrentBuild", "jdk", "axes", "goals", "rootPOM", "mavenName", "mavenOpts", "prebuilders",
     "postbuilders", "logRotator",
     }
)  # fmt: skip
_LABELS = frozenset({"hudson.matrix.LabelAxis", "hudson.matrix.LabelExpAxis"})
_JDK = "hudson.matrix.JDKAxis"


def freestyle(root: Element, text: str, name: str, notes: Notes) -> Pipeline:
    """The pipeline of a job made of builders; parameters and triggers are others' matter."""
    inside = surroundings(root.child("buildWrappers"), notes)
    steps = inside.around(_steps(root, notes))
    after = posts(root.child("publishers"), notes)
    place = _place(root, "builders", "goals")
    stage = Stage(place, Literal(place, "Build"), steps=steps, post=after)
    stages, own = _in_matrix(root, stage, tools(root), notes)
    return Pipeline(
        root.span,
        name=name,
        origin="config.xml",
        source=text,
        agent=_agent(root),
        stages=stages,
        environment=inside.environment,
        tools=own,
        options=(*inside.options, *_checkout(root, notes)),
    )


def _checkout(root: Element, notes: Notes) -> tuple[Option, ...]:
    scm = root.child("scm")
    made = checked_out(scm, notes)
    if scm is None or not made or _labels(root) is None:
        return made
    # Cells on runners of their own have checkouts of their own.
    notes.changed(scm, "each cell checks this repository out: delete that where nothing needs it")
    return ()


def _steps(root: Element, notes: Notes) -> tuple[Statement, ...]:
    steps = builders(root.child("builders"), notes)
    goals = root.child("goals")
    if goals is None:
        return steps
    command = script(goals, "sh", maven_command(root, goals.text))
    for name in ("rootPOM", "mavenOpts"):
        element = root.child(name)
        if element is not None:
            notes.kept(element, "in the command of Maven")
    note = "a Maven job publishes its test reports and artifacts by itself: add steps that do"
    notes.manual(goals, note)
    first = builders(root.child("prebuilders"), notes)
    return (*first, command, *builders(root.child("postbuilders"), notes))


def _agent(root: Element) -> Agent:
    node = root.child("assignedNode")
    if node is None or not node.text.strip():
        return AnyAgent(root.opening)
    return LabelAgent(node.span, Literal(node.span, node.text.strip()))


def _in_matrix(
    root: Element, stage: Stage, tools: tuple[Tool, ...], notes: Notes
) -> tuple[tuple[Stage, ...], tuple[Tool, ...]]:
    """The stage alone, or once for each combination of the axes of a matrix job."""
    group = root.child("axes")
    if group is None:
        return (stage,), tools
    label = _labels(root)
    jdk = next((each for each in group.children if each.name == _JDK), None)
    for each in group.children if label else ():
        if each.name in _LABELS and each is not label:
            notes.manual(each, "a second axis of labels: say which runner each cell has")
    axis = label.child("name") if label else None
    agent = LabelAgent(axis.span, Variable(axis.span, axis.text.strip())) if axis else None
    own = (Tool(jdk.opening, "jdk", Variable(jdk.span, "jdk")),) if jdk else ()
    matrix = Matrix(
        group.opening,
        axes=tuple(_axis(each, notes) for each in group.children),
        stages=(stage,),
        agent=agent,
        tools=(*own, *tools),
    )
    return (Stage(group.span, Literal(group.span, "Matrix"), matrix=matrix),), ()


def _labels(root: Element) -> Element | None:
    """The axis whose values are labels."""
    group = root.child("axes")
    return next((each for each in group.children if each.name in _LABELS), None) if group else None


def _axis(element: Element, notes: Notes) -> Axis:
    name = element.said("name") or ("jdk" if element.name == _JDK else "")
    found = [each for each in element.below() if each.tag == "string"]
    texts = [each.text.strip() for each in found]
    if element.name == _JDK:
        texts = [version(text) or text for text in texts]
        notes.changed(element, "versions of Java instead of names of installations")
    pairs = zip(found, texts, strict=True)
    return Axis(element.span, name, tuple(Literal(each.span, text) for each, text in pairs))


def _place(root: Element, *names: str) -> Span:
    """Where a job's steps stand."""
    for name in names:
        found = root.child(name)
        if found is not None:
            return found.span if name == "builders" else found.opening
    return root.span
