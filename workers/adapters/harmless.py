"""What looks like a secret and is none: digests, commits, and logins to nowhere. Pure."""

import re
from pathlib import PurePosixPath

_GUESSED = frozenset({"Hex High Entropy String", "Base64 High Entropy String"})
_LOCK = re.compile(r"(\.lock|\.sum|lock\.json|requirements[^/]*\.(txt|in))$")
# A commit or a digest is told by what stands before it; a key has at least 96 bits.
_BEFORE_A_DIGEST = re.compile(r"(@|\bsha(1|256|384|512)[:=-])$")
_SHORTEST_KEY = 24

# Names that lead nowhere (RFC 2606, RFC 6761), and those that stand for a name in a description.
_NOWHERE = re.compile(
    r"(host(name)?|localhost|127\.\d+\.\d+\.\d+|(.+\.)?(example|invalid|test|localhost)"
    r"|(.+\.)?example\.(com|net|org))"
)
# Names that lead nowhere from outside; a real login to one of those is still a secret.
_INSIDE = re.compile(r"[\w-]+|.+\.(internal|local)")


def is_harmless(kind: str, value: str, path: str, line: str) -> bool:
    """Whether what was found in a line of a file is known to be no secret."""
    if kind in _GUESSED:
        return _is_public(value, path, line)
    if kind == "Basic Auth Credentials":
        return _leads_nowhere(value, path, line)
    # What a test expects is what the test put in.
    return kind == "Secret Keyword" and _is_test(path) and line.lstrip().startswith("assert ")


def _is_public(value: str, path: str, line: str) -> bool:
    before, found, _ = line.partition(value)
    return bool(
        len(value) < _SHORTEST_KEY
        or _LOCK.search(path.lower())
        or (found and _BEFORE_A_DIGEST.search(before))
    )


def _leads_nowhere(value: str, path: str, line: str) -> bool:
    """Every login in the line with that password is to a host that is none."""
    hosts = re.findall(re.escape(f":{value}@") + r"([\w.-]*)", line)
    return bool(hosts) and all(
        _NOWHERE.fullmatch(host.lower()) or (_is_test(path) and _INSIDE.fullmatch(host.lower()))
        for host in hosts
    )


def _is_test(path: str) -> bool:
    pure = PurePosixPath(path)
    return "tests" in pure.parts[:-1] or pure.name.startswith("test_")
