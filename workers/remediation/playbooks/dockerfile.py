"""Repairs of Dockerfiles: the user of the last stage, and its health check. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from workers.remediation.errors import Unrepairable
from workers.remediation.playbooks.case import Case, Files

# Numeric, so that Kubernetes can check it and no account has to exist in the image.
_USER = "10001:10001"
_PORT = "8000"
_ESCAPE = re.compile(r"#\s*escape\s*=\s*(\S)", re.IGNORECASE)
_HEREDOC = re.compile(r"(?:^|\s)\d*<<-?(['\"]?)(\w+)\1")
_NOT_ROOT = re.compile(r"(?!root$)[a-z_][\w.-]*|[1-9][0-9]*", re.IGNORECASE)
_CHECK = re.compile(r"(?:^|\s)CMD\s", re.IGNORECASE)
_OPTIONS = "--interval=30s --timeout=3s --start-period=10s --retries=3"


@dataclass(frozen=True, slots=True)
class Instruction:
    """An instruction and its lines, from `start` to before `end`."""

    word: str
    rest: str
    start: int
    end: int


def run_as_user(case: Case) -> Files:
    """The image's last stage ends as a user that is not root."""
    return case.edited(_as_user)


def check_health(case: Case) -> Files:
    """The image says how to tell that it works, with what its base has on board."""
    return case.edited(_with_health_check)


def instructions(text: str) -> list[Instruction]:
    """The instructions in order; continuations and here-documents belong to theirs."""
    lines = text.split("\n")
    directive = _ESCAPE.match(lines[0])
    escape = directive.group(1) if directive else "\\"
    return list(_scanned(lines, escape))


def _scanned(lines: list[str], escape: str) -> Iterator[Instruction]:
    at = 0
    while at < len(lines):
        start, joined = at, lines[at].strip()
        at += 1
        if not joined or joined.startswith("#"):
            continue
        while joined.endswith(escape) and at < len(lines):
            following = lines[at].strip()
            at += 1
            # Blank and comment lines inside an instruction do not end it.
            if following and not following.startswith("#"):
                joined = joined[:-1] + following
        word, _, rest = joined.partition(" ")
        if word.upper() in ("RUN", "COPY", "ADD"):
            for _, terminator in _HEREDOC.findall(rest):
                while at < len(lines) and lines[at].strip() != terminator:
                    at += 1
                at += 1
        yield Instruction(word.upper(), rest.strip(), start, min(at, len(lines)))


def _last_stage(text: str) -> list[Instruction]:
    found = instructions(text)
    starts = [at for at, instruction in enumerate(found) if instruction.word == "FROM"]
    if not starts:
        raise Unrepairable("the Dockerfile has no FROM")
    return found[starts[-1] :]


def _as_user(text: str) -> str:
    stage = _last_stage(text)
    users = [i for i in stage if i.word == "USER"]
    if users and _NOT_ROOT.fullmatch(users[-1].rest.partition(":")[0]):
        return text
    if users:
        return _with_lines(text, users[-1].start, users[-1].end, f"USER {_USER}")
    return _before_start(text, stage, f"USER {_USER}")


def _with_health_check(text: str) -> str:
    stage = _last_stage(text)
    checks = [i for i in stage if i.word == "HEALTHCHECK"]
    if checks and _CHECK.search(checks[-1].rest):
        return text
    line = f"HEALTHCHECK {_OPTIONS} \\\n    CMD {_probe(text, stage)}"
    if checks:
        return _with_lines(text, checks[-1].start, checks[-1].end, line)
    return _before_start(text, stage, line)


def _probe(text: str, stage: list[Instruction]) -> str:
    exposed = next((i.rest for i in stage if i.word == "EXPOSE"), _PORT)
    port = exposed.split("/")[0].split()[0]
    url = f"http://127.0.0.1:{port if port.isdecimal() else _PORT}/health"
    base = _base(text, stage[0])
    if "python" in base:
        code = f"import urllib.request; urllib.request.urlopen('{url}', timeout=2)"
        return f'["python", "-c", "{code}"]'
    if "alpine" in base or "busybox" in base:
        return f'["wget", "-q", "-O", "/dev/null", "{url}"]'
    raise Unrepairable(f"it is not known what the base image {base!r} could check its health with")


def _base(text: str, origin: Instruction) -> str:
    """The image at the bottom of a stage that may be built on other stages."""
    stages: dict[str, str] = {}
    for instruction in instructions(text):
        if instruction.word != "FROM" or instruction.start > origin.start:
            continue
        words = [word for word in instruction.rest.split() if not word.startswith("--")]
        image = words[0] if words else ""
        image = stages.get(image.lower(), image)
        if len(words) == 3 and words[1].upper() == "AS":
            stages[words[2].lower()] = image
    return image


def _before_start(text: str, stage: list[Instruction], line: str) -> str:
    """The text with a line before what the container starts, after all that is built."""
    entry = [i for i in stage if i.word in ("CMD", "ENTRYPOINT")]
    built = [i for i in stage if i.word not in ("CMD", "ENTRYPOINT", "HEALTHCHECK", "EXPOSE")]
    if entry and entry[0].start > built[-1].start:
        return _with_lines(text, entry[0].start, entry[0].start, line)
    return _with_lines(text, stage[-1].end, stage[-1].end, line)


def _with_lines(text: str, start: int, end: int, line: str) -> str:
    lines = text.split("\n")
    lines[start:end] = [line]
    changed = "\n".join(lines)
    return changed if changed.endswith("\n") else changed + "\n"
