"""Steps that publish what a tool has found: its reports are kept with the run."""

from collections.abc import Iterator

from workers.migration.actions.expressions import plain
from workers.migration.actions.model import Scalar
from workers.migration.actions.model import Step as Made
from workers.migration.convert.frame import Frame
from workers.migration.convert.work import Work
from workers.migration.pipeline.nodes import Value
from workers.migration.pipeline.steps import Step
from workers.migration.pipeline.values import Argument, Call, Entry, ListValue, Literal, MapValue
from workers.migration.pipeline.walk import nodes

# Where each plugin looks when it is told nothing (the plugin's documentation).
_DEFAULTS = {
    "jacoco": "**/target/site/jacoco/jacoco.xml",
    "checkstyle": "**/checkstyle-result.xml",
    "cobertura": "**/coverage.xml",
}
_CLASSES = {
    "JUnitResultArchiver": "junit",
    "ArtifactArchiver": "archiveArtifacts",
    "WsCleanup": "cleanWs",
    "Mailer": "mail",
    "Fingerprinter": "fingerprint",
    "CoberturaPublisher": "cobertura",
    "JacocoPublisher": "jacoco",
    "GitHubCommitStatusSetter": "githubNotify",
    "XUnitBuilder": "xunit",
    "XUnitPublisher": "xunit",
}
_RENAMED = {"mail": {"recipients": "to"}}


def kept_report(work: Work, step: Step, frame: Frame) -> Frame:
    """`recordIssues`, coverage and their kind: the files that they read, as an artifact."""
    paths = list(dict.fromkeys(_paths(step))) or [_DEFAULTS.get(step.kind, "")]
    if not paths[0]:
        work.by_hand(step, frame, "publish these findings: which files they are in, Jenkins knows")
        return frame
    base = f"{frame.directory}/" if frame.directory else ""
    lines = [
        f"{base}{plain(each.strip())}" for path in paths for each in path.split(",") if each.strip()
    ]
    inputs: dict[str, Scalar] = {
        "name": work.identifier(f"{frame.stage or 'build'}-{step.kind}"),
        "path": lines[0] if len(lines) == 1 else "\n".join(lines) + "\n",
        "if-no-files-found": "warn",
    }
    made = Made(name="Keep reports", uses="actions/upload-artifact", inputs=inputs)
    work.add(step, made, frame, works=False)
    work.record.changed(step, "the reports as an artifact; what is SARIF can go to code scanning")
    return frame


def class_of(step: Step) -> Step | None:
    """`step([$class: 'X', …])` as the step that says the same; None where there is none."""
    said = dict(step.named)
    first = next(iter(step.positional), None)
    if isinstance(first, MapValue):
        said |= {
            str(each.key.value): each.value
            for each in first.entries
            if isinstance(each.key, Literal)
        }
    if isinstance(first, Call) and first.receiver is None:
        return Step(step.span, first.name, first.arguments)
    name = said.pop("$class", None)
    kind = _CLASSES.get(str(name.value).rsplit(".", 1)[-1]) if isinstance(name, Literal) else None
    if kind is None:
        return None
    renamed = _RENAMED.get(kind, {})
    arguments = (Argument(value.span, renamed.get(key, key), value) for key, value in said.items())
    return Step(step.span, kind, tuple(arguments))


def _paths(step: Step) -> Iterator[str]:
    for each in nodes(step):
        for value in _values(each):
            if (
                isinstance(value, Literal)
                and isinstance(value.value, str)
                and _is_path(value.value)
            ):
                yield value.value


def _values(node: object) -> tuple[Value, ...]:
    match node:
        case Argument() | Entry():
            return (node.value,)
        case ListValue():
            return node.items
        case _:
            return ()


def _is_path(text: str) -> bool:
    names_files = "*" in text or text.rsplit(".", 1)[-1] in ("xml", "json", "txt", "log", "sarif")
    return names_files and " " not in text.strip() and "://" not in text
