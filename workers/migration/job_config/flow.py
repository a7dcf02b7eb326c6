"""Pipeline jobs: the script in the file, or where it stands. Pure."""

from collections.abc import Iterator
from dataclasses import replace

from workers.migration.jenkinsfile.errors import ParseError
from workers.migration.jenkinsfile.read import read
from workers.migration.job_config.elements import Element
from workers.migration.job_config.errors import Elsewhere
from workers.migration.job_config.source_control import urls
from workers.migration.pipeline.pipeline import Pipeline

READ = frozenset({"properties", "triggers", "definition", "logRotator", "concurrentBuild"})
_CDATA = "<![CDATA["
_SCRIPT = "org.jenkinsci.plugins.workflow.cps.CpsFlowDefinition"


def inline(root: Element, text: str, name: str) -> Pipeline:
    """The pipeline of the script in a job; its lines are those of the file.

    The pipeline's source is the file with the script as Groovy reads it in its place. Raises
    Refused as for a Jenkinsfile, and Elsewhere when the script stands in a repository.
    """
    definition = root.child("definition")
    script = definition.child("script") if definition else None
    if script is None or definition is None or definition.kind != _SCRIPT:
        raise _elsewhere(definition or root, root)
    start = script.opening.end
    if text.startswith(_CDATA, start):
        start += len(_CDATA)
    before = text[:start]
    # White space for the parser, so that every line and column is the file's.
    blank = "".join(each if each in "\r\n" else " " for each in before)
    pipeline = read(blank + script.text, name)
    # What XML writes as references is shorter in Groovy: the rest of the file stays in its place.
    body = script.text.ljust(script.close - start)
    return replace(pipeline, origin="config.xml", source=before + body + text[script.close :])


def multibranch(root: Element) -> Elsewhere:
    """Which file each branch of a multibranch project or an organization's folder has."""
    factory = root.child("factory") or root.child("projectFactories")
    path = next(
        (each.text.strip() for each in (factory.below() if factory else ())
         if each.tag == "scriptPath" and each.text.strip()),
        "Jenkinsfile",
    )  # fmt: skip
    place = factory or root
    sources = ", ".join(dict.fromkeys(_sources(root)))
    where = f" of {sources}" if sources else ""
    message = f"the pipeline of each branch stands in {path}{where}: migrate that file"
    return Elsewhere(message, path, place.span.line, place.span.column)


def _elsewhere(definition: Element, root: Element) -> ParseError | Elsewhere:
    place = definition.span
    path = definition.said("scriptPath")
    if not path:
        kind = definition.kind
        return ParseError(f"a definition that is not known: {kind}", place.line, place.column)
    where = ", ".join(urls(definition.child("scm")))
    also = _only_here(root)
    message = f"the pipeline stands in {path}{f' of {where}' if where else ''}: migrate that file"
    return Elsewhere(message + also, path, place.line, place.column)


def _only_here(root: Element) -> str:
    """What the job declares that its Jenkinsfile may not: it would be lost in silence."""
    count = sum(1 for each in root.below() if each.tag.endswith("ParameterDefinition"))
    words = [f"its {count} parameters"] if count else []
    if any(each.tag == "triggers" and each.children for each in root.below()):
        words.append("its triggers")
    return f", and declare {' and '.join(words)} there" if words else ""


def _sources(root: Element) -> Iterator[str]:
    for each in root.below():
        if each.tag in ("remote", "repositoryUrl", "url", "repoOwner") and each.text.strip():
            yield each.text.strip()
