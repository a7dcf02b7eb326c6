"""Takes credentials out of text before it is stored, logged or sent to a model. Pure.

Only forms that are unmistakable: a key with a vendor's prefix, a private key block, a word such as
`password` with a value. A secret in plain words can't be told from any other word.
"""

import re

REDACTED = "[redacted]"

_PRIVATE_KEY = re.compile(
    r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----.*?(?:-----END [A-Z0-9 ]*PRIVATE KEY-----|\Z)", re.S
)

_TOKENS = re.compile(
    r"""(?<![A-Za-z0-9])(?:
      (?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}                      # AWS access key ids
    | gh[pousr]_[A-Za-z0-9]{20,} | github_pat_[A-Za-z0-9_]{20,}
    | glpat-[A-Za-z0-9_-]{16,}
    | xox[a-z]-[A-Za-z0-9-]{10,} | xapp-[A-Za-z0-9-]{10,}      # Slack
    | sk-[A-Za-z0-9_-]{16,} | (?:sk|rk|pk)_(?:live|test)_[A-Za-z0-9]{10,}
    | AIza[A-Za-z0-9_-]{30,}                                   # Google
    | npm_[A-Za-z0-9]{30,} | pypi-[A-Za-z0-9_-]{30,} | hf_[A-Za-z0-9]{30,}
    | eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*   # JSON web tokens
    )""",
    re.X,
)

_LABELLED = re.compile(
    r"""(?P<label>
      (?:password|passwd|passphrase|pwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key
        |credentials?)
      (?:[_-][A-Za-z0-9]{1,30}){0,3}
      ["']?\s{0,60}[:=]\s{0,5})
    (?P<value>"[^"\n]*"|'[^'\n]*'|[^\s,;]+)""",
    re.I | re.X,
)

_BEARER = re.compile(r"(?P<label>\b(?:bearer|basic)\s+)(?P<value>[A-Za-z0-9._~+/-]{16,}=*)", re.I)

_WEBHOOK = re.compile(r"(?P<label>https://hooks\.slack\.com/services/)(?P<value>[A-Za-z0-9/]+)")

# user:password@host in a URL
_URL = re.compile(r"(?P<label>://[^\s:/@]{0,100}:)(?P<value>[^\s/@]{1,300})(?=@)")


# What each of the above needs somewhere: most texts have none of it, and are looked at once. Every
# one begins with a letter, not with a class of them: so the search is five times as fast. (And
# there is no sk- in task-.)
_SUSPICIOUS = re.compile(
    r":|=|PRIVATE KEY|A[KSBC][ICA]A|gh[pousr]_|github_pat_|glpat-|xox|xapp-|sk-(?<![A-Za-z0-9]sk-)"
    r"|sk_|rk_|pk_|AIza|npm_|pypi-|hf_|eyJ|B[Ee][Aa][Rr][Ee][Rr]|b[Ee][Aa][Rr][Ee][Rr]"
    r"|B[Aa][Ss][Ii][Cc]|b[Aa][Ss][Ii][Cc]"
)


def suspicious(text: str) -> bool:
    """Whether there may be a credential in it: False means that there is none."""
    return _SUSPICIOUS.search(text) is not None


def redacted(text: str) -> str:
    """The text with everything that looks like a credential replaced by a mark."""
    if not suspicious(text):
        return text
    text = _PRIVATE_KEY.sub(REDACTED, text)
    text = _TOKENS.sub(REDACTED, text)
    for pattern in (_URL, _WEBHOOK, _BEARER, _LABELLED):
        text = pattern.sub(rf"\g<label>{REDACTED}", text)
    return text
