"""Where a job checks its source out from. Pure."""

import re

from workers.migration.job_config.elements import Element
from workers.migration.job_config.notes import Notes, is_set
from workers.migration.pipeline.directives import Option

_NONE = "hudson.scm.NullSCM"
_GIT = "hudson.plugins.git.GitSCM"
_BRANCH = re.compile(r"(?:(?:refs/heads|\*|origin)/)?([A-Za-z0-9._/*-]+)")
_READ = ("configVersion", "userRemoteConfigs", "branches", "extensions", "submoduleCfg",
         "gitTool", "browser", "doGenerateSubmoduleConfigurations")  # fmt: skip
_EXTENSIONS = {
    "SubmoduleOption": "set `submodules: recursive` on the checkout",
    "GitLFSPull": "set `lfs: true` on the checkout",
    "RelativeTargetDirectory": "set `path` on the checkout",
    "CloneOption": "set `fetch-depth` on the checkout where its history is needed",
    "SparseCheckoutPaths": "set `sparse-checkout` on the checkout",
    "PreBuildMerge": "a pull request's run builds the merge: a push does not",
    "UserExclusion": "say in `if:` whose pushes start nothing",
    "PathRestriction": "say in `paths` which changes start the workflow",
}
_NEEDLESS = frozenset({"CleanBeforeCheckout", "CleanCheckout", "WipeWorkspace", "LocalBranch"})


def checked_out(scm: Element | None, notes: Notes) -> tuple[Option, ...]:
    """What replaces the default checkout: nothing where there is a repository."""
    if scm is None:
        return ()
    if scm.kind == _NONE:
        return (Option(scm.span, "skipDefaultCheckout"),)
    if scm.kind != _GIT:
        notes.manual(scm, f"check the source out by hand: it is kept by {scm.kind}")
        return ()
    notes.kept(scm, f"the checkout; the workflow belongs into {', '.join(urls(scm)) or 'there'}")
    notes.rest(scm, _READ)
    extensions = scm.child("extensions")
    for each in extensions.children if extensions else ():
        short = each.name.rsplit(".", 1)[-1]
        if short in _NEEDLESS:
            notes.dropped(each, "every job starts in an empty workspace, on its branch")
        else:
            notes.manual(each, _EXTENSIONS.get(short, f"see what {short} is for"))
    if scm.is_true("doGenerateSubmoduleConfigurations"):
        notes.manual(scm, _EXTENSIONS["SubmoduleOption"])
    for extra in _remotes(scm)[1:]:
        notes.manual(extra, "check this second repository out in a step of its own")
    return ()


def urls(scm: Element | None) -> tuple[str, ...]:
    """The repositories of a job."""
    found = (each.said("url") for each in _remotes(scm)) if scm else ()
    return tuple(url for url in found if url)


def branches(scm: Element | None) -> tuple[str, ...]:
    """The branches that a job builds, as GitHub's patterns; empty when it is any or unknown."""
    group = scm.child("branches") if scm else None
    said = [each.said("name") for each in group.children] if group else []
    found = [_BRANCH.fullmatch(each) for each in said]
    names = tuple(each.group(1) for each in found if each)
    return names if len(names) == len(said) and not {"*", "**"} & {*names} else ()


def odd_branches(scm: Element | None, notes: Notes) -> None:
    """An entry for what names a branch in a way that is Jenkins' own."""
    group = scm.child("branches") if scm else None
    for each in group.children if group else ():
        if is_set(each) and not _BRANCH.fullmatch(each.said("name")):
            notes.manual(each, f"say which branches start it: {each.said('name')}")


def _remotes(scm: Element) -> tuple[Element, ...]:
    group = scm.child("userRemoteConfigs")
    return group.children if group else ()
