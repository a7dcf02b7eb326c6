"""Steps that move files: checkout, stash and unstash, artifacts, archives."""

import re
import shlex

from workers.migration.actions.model import Scalar
from workers.migration.actions.model import Step as Made
from workers.migration.convert.credentials import secret
from workers.migration.convert.frame import Frame
from workers.migration.convert.scripts import Script
from workers.migration.convert.shell_steps import run
from workers.migration.convert.work import Work
from workers.migration.pipeline.nodes import Value
from workers.migration.pipeline.steps import Step
from workers.migration.pipeline.values import Call, Entry, MapValue, Variable
from workers.migration.pipeline.walk import nodes
from workers.migration.replacing import replace

_HOSTED = re.compile(
    r"(?:https://|git@|ssh://git@)github\.com[/:](?P<name>[\w.-]+/[\w.-]+?)(?:\.git)?/?$"
)


def checkout(work: Work, step: Step, frame: Frame) -> Frame:
    """`checkout scm`, and `checkout` of a described repository."""
    said = step.named.get("scm") or next(iter(step.positional), None)
    if isinstance(said, Variable) and said.name == "scm":
        made = Made(name="Check out", uses="actions/checkout", inputs=_into(frame))
        work.add(step, made, frame)
        work.record.kept(step)
        return frame
    url = _described(work, step, "url", frame)
    branch = _described(work, step, "name", frame)
    return _cloned(work, step, frame, url, (branch or "").removeprefix("*/") or None)


def git(work: Work, step: Step, frame: Frame) -> Frame:
    """`git 'url'`."""
    url = work.inline(step.named.get("url") or next(iter(step.positional), None), frame)
    branch = work.inline(step.named.get("branch"), frame)
    return _cloned(work, step, frame, url, branch)


def stash(work: Work, step: Step, frame: Frame) -> Frame:
    """`stash`: an artifact; its files keep their place and their rights."""
    name = work.inline(step.named.get("name") or next(iter(step.positional), None), frame)
    if name is None:
        work.by_hand(step, frame, "the stash's name is not known before the run")
        return frame
    includes = work.fixed(step.named.get("includes"), frame) or "**"
    excludes = work.fixed(step.named.get("excludes"), frame)
    archive = f"$RUNNER_TEMP/{_file(name)}.tar"
    body = _packed(includes, excludes, archive)
    frame = replace(frame, env=_named(frame, name))
    work.add(step, Made(name=f"Pack {name}", run=body, working_directory=frame.directory), frame)
    inputs: dict[str, Scalar] = {
        "name": _artifact(name),
        "path": archive.replace("$RUNNER_TEMP", "${{ runner.temp }}"),
        "retention-days": 1,
    }
    work.add(step, Made(name=f"Stash {name}", uses="actions/upload-artifact", inputs=inputs), frame)
    work.record.changed(step, f"the artifact {_artifact(name)}")
    return frame


def unstash(work: Work, step: Step, frame: Frame) -> Frame:
    """`unstash`."""
    name = work.inline(step.named.get("name") or next(iter(step.positional), None), frame)
    if name is None:
        work.by_hand(step, frame, "the stash's name is not known before the run")
        return frame
    frame = replace(frame, env=_named(frame, name))
    inputs: dict[str, Scalar] = {"name": _artifact(name), "path": "${{ runner.temp }}"}
    made = Made(name=f"Unstash {name}", uses="actions/download-artifact", inputs=inputs)
    work.add(step, made, frame)
    unpack = f'tar -xf "$RUNNER_TEMP/{_file(name)}.tar"'
    made = Made(name=f"Unpack {name}", run=unpack, working_directory=frame.directory)
    work.add(step, made, frame)
    work.record.changed(step, f"from the artifact {_artifact(name)}")
    return frame


def archive(work: Work, step: Step, frame: Frame) -> Frame:
    """`archiveArtifacts`."""
    first = next(iter(step.positional), None)
    path = work.inline(step.named.get("artifacts") or step.named.get("includes") or first, frame)
    if path is None:
        work.by_hand(step, frame, "which files to keep is not known before the run")
        return frame
    excludes = work.fixed(step.named.get("excludes"), frame)
    lenient = work.constant(step.named.get("allowEmptyArchive"), frame) == (True, True)
    inputs: dict[str, Scalar] = {
        "name": work.identifier(f"{frame.stage or 'build'}-artifacts"),
        "path": _globs(path, excludes, frame),
        "if-no-files-found": "warn" if lenient else "error",
    }
    made = Made(name="Keep artifacts", uses="actions/upload-artifact", inputs=inputs)
    work.add(step, made, frame)
    work.record.changed(step, f"the artifact {inputs['name']}")
    return frame


def publish_html(work: Work, step: Step, frame: Frame) -> Frame:
    """`publishHTML`: the report as an artifact."""
    target = next(iter(step.named.values()), None) or next(iter(step.positional), None)
    folder = work.fixed(_member(target, "reportDir") or step.named.get("reportDir"), frame)
    name = work.fixed(_member(target, "reportName") or step.named.get("reportName"), frame)
    if not folder:
        work.by_hand(step, frame, "publish this report by hand: its folder is not known")
        return frame
    inputs: dict[str, Scalar] = {
        "name": work.identifier(name or "html-report"),
        "path": _globs(folder, None, frame),
        "if-no-files-found": "warn",
    }
    made = Made(name=f"Keep {name or 'the report'}", uses="actions/upload-artifact", inputs=inputs)
    work.add(step, made, frame)
    work.record.changed(step, "an artifact; GitHub shows no pages of a run")
    return frame


def delete_dir(work: Work, step: Step, frame: Frame) -> Frame:
    """`deleteDir`: the workspace of a job is new anyway; a folder in it is removed."""
    if frame.directory is None:
        work.record.dropped(step, "every job starts in an empty workspace")
        return frame
    body = Script("find . -mindepth 1 -delete", {})
    run(work, step, frame, body, name=f"Empty {frame.directory}")
    return frame


def zipped(work: Work, step: Step, frame: Frame) -> Frame:
    """`zip`."""
    name = work.fixed(step.named.get("zipFile"), frame)
    folder = work.fixed(step.named.get("dir"), frame) or "."
    glob = work.fixed(step.named.get("glob"), frame)
    if name is None or glob:
        work.by_hand(step, frame, "pack these files with zip")
        return frame
    body = f'(cd {shlex.quote(folder)} && zip -r "$OLDPWD"/{shlex.quote(name)} .)'
    run(work, step, frame, Script(body, {}), name=f"Pack {name}")
    return frame


def unzipped(work: Work, step: Step, frame: Frame) -> Frame:
    """`unzip`."""
    name = work.fixed(step.named.get("zipFile") or next(iter(step.positional), None), frame)
    folder = work.fixed(step.named.get("dir"), frame) or "."
    if name is None:
        work.by_hand(step, frame, "unpack this file with unzip")
        return frame
    body = f"unzip -o {shlex.quote(name)} -d {shlex.quote(folder)}"
    run(work, step, frame, Script(body, {}), name=f"Unpack {name}")
    return frame


def _cloned(work: Work, step: Step, frame: Frame, url: str | None, branch: str | None) -> Frame:
    if url is None:
        work.by_hand(step, frame, "check this repository out: where it is, only Jenkins knows")
        return frame
    found = _HOSTED.match(url)
    if found:
        inputs: dict[str, Scalar] = {"repository": found.group("name"), **_into(frame)}
        if branch and "${{ env." not in branch:
            inputs["ref"] = branch
        if "credentialsId" in work.record.text(step):
            token = secret(work, "checkout-token", f"a token that reads {found.group('name')}")
            inputs["token"] = token
        made = Made(name=f"Check out {found.group('name')}", uses="actions/checkout", inputs=inputs)
        work.add(step, made, frame)
        work.record.kept(step)
        return frame
    if "${{" in url + (branch or ""):
        work.by_hand(step, frame, "check this repository out: where it is, only the run knows")
        return frame
    options = f" --branch {shlex.quote(branch)}" if branch else ""
    body = f"git clone{options} -- {shlex.quote(url)} ."
    run(work, step, frame, Script(body, {}), name=f"Clone {url.rsplit('/', 1)[-1]}")
    if "credentialsId" in work.record.text(step):
        work.record.manual(step, "give the clone its credentials")
    return frame


def _into(frame: Frame) -> dict[str, Scalar]:
    return {"path": frame.directory} if frame.directory else {}


def _described(work: Work, step: Step, key: str, frame: Frame) -> str | None:
    """The first `key: …` in the description of a repository, however deep."""
    for each in nodes(step):
        if isinstance(each, Entry) and work.fixed(each.key, frame) == key:
            return work.inline(each.value, frame)
        if isinstance(each, Call) and key in each.named:
            return work.inline(each.named[key], frame)
    return None


def _member(value: Value | None, key: str) -> Value | None:
    if not isinstance(value, MapValue):
        return None
    found = (each.value for each in value.entries if getattr(each.key, "value", None) == key)
    return next(found, None)


def _globs(path: str, excludes: str | None, frame: Frame) -> str:
    """Ant's list of patterns as one pattern a line, excluded ones with an exclamation mark."""
    base = f"{frame.directory}/" if frame.directory else ""
    lines = [f"{base}{each.strip()}" for each in path.split(",") if each.strip()]
    lines += [f"!{base}{each.strip()}" for each in (excludes or "").split(",") if each.strip()]
    return lines[0] if len(lines) == 1 else "\n".join(lines) + "\n"


def _packed(includes: str, excludes: str | None, archive: str) -> str:
    if includes == "**" and not excludes:
        return f'tar --exclude=.git -cf "{archive}" .'
    chosen = " -o ".join(_path(each) for each in includes.split(",") if each.strip())
    left = "".join(f" ! {_path(each)}" for each in (excludes or "").split(",") if each.strip())
    return (
        f"find . -type f ! -path './.git/*' \\( {chosen} \\){left} -print0 |\n"
        f'  tar --null -T - -cf "{archive}"\n'
    )


def _path(pattern: str) -> str:
    """An Ant pattern for find, whose `*` matches slashes too."""
    text = pattern.strip().replace("**/", "*").replace("/**", "/*").replace("**", "*")
    text = text if text.startswith("*") else f"./{text.removeprefix('./')}"
    return f"-path {shlex.quote(text + ('*' if text.endswith('/') else ''))}"


def _named(frame: Frame, name: str) -> dict[str, Scalar]:
    """The variables that the name of a stash and the conditions ask for: nothing else is needed."""
    said = " ".join([name, frame.directory or "", *frame.conditions])
    return {key: value for key, value in frame.env.items() if f"env.{key}" in said}


def _file(name: str) -> str:
    return re.sub(r"[^\w.-]+|\$", "-", re.sub(r"\$\{\{.*?\}\}", "", name)).strip("-") or "stash"


def _artifact(name: str) -> str:
    return "stash-" + re.sub(r'["<>|*?:\\/\r\n]+', "-", name)
