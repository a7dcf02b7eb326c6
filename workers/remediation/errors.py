"""Why a violation stays in the code, for a person to read.

Unrepairable      by a playbook, when it can't do what its rule asks
└── Unreadable    by the scanners, for text that is not what its file's name says
"""


class Unrepairable(Exception):
    """The rule's repair can't be made here; the message says why."""


class Unreadable(Unrepairable):
    """The file can't be read well enough to change it safely."""
