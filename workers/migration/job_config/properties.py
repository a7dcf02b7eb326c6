"""Settings of a whole job: properties, and what stands right in its root. Pure."""

from workers.migration.job_config.elements import Element
from workers.migration.job_config.making import named, positional
from workers.migration.job_config.notes import Notes, is_set
from workers.migration.pipeline.directives import Option

_OPTIONS = {
    "jenkins.model.BuildDiscarderProperty": "buildDiscarder",
    "jenkins.branch.RateLimitBranchProperty$JobPropertyImpl": "rateLimitBuilds",
    "com.coravy.hudson.plugins.github.GithubProjectProperty": "githubProjectProperty",
    "com.dabsquared.gitlabjenkins.connection.GitLabConnectionProperty": "gitLabConnection",
    "org.jenkinsci.plugins.workflow.job.properties.DisableConcurrentBuildsJobProperty": (
        "disableConcurrentBuilds"
    ),
    "org.jenkinsci.plugins.workflow.job.properties.DisableResumeJobProperty": "disableResume",
    "org.jenkinsci.plugins.workflow.job.properties.DurabilityHintJobProperty": "durabilityHint",
}
_DROPPED = {
    "com.sonyericsson.rebuild.RebuildSettings": "GitHub runs any run again",
    "com.sonyericsson.jenkins.plugins.bfa.model.ScannerJobProperty": "about Jenkins' own pages",
    "hudson.plugins.jira.JiraProjectProperty": "about Jenkins' own pages",
    "jenkins.branch.BranchJobProperty": "about the Jenkins controller alone",
    "hudson.plugins.disk__usage.DiskUsageProperty": "about the Jenkins controller alone",
    "hudson.plugins.disk_usage.DiskUsageProperty": "about the Jenkins controller alone",
    "org.jenkins.ci.plugins.jobrestrictions.jobs.JobRestrictionProperty": (
        "about the Jenkins controller alone"
    ),
}
# Converted by parts of their own.
_READ = frozenset(
    {
        "hudson.model.ParametersDefinitionProperty",
        "org.jenkinsci.plugins.workflow.job.properties.PipelineTriggersJobProperty",
    }
)
_OF_THE_ROOT = {
    "description": "the README of the repository says what is built",
    "displayName": "the workflow's name",
    "keepDependencies": "about the Jenkins controller alone",
    "canRoam": "a job runs on any runner that fits its labels",
    "quietPeriod": "GitHub starts a run at once",
    "scmCheckoutRetryCount": "the checkout tries again by itself",
    "customWorkspace": "every job has a workspace of its own",
    "rootModule": "about the Jenkins controller alone",
    "actions": "about the Jenkins controller alone",
}

_BY_HAND = {
    "combinationFilter": "write this filter as strategy.matrix.exclude",
    "executionStrategy": "see strategy.max-parallel: one cell after the other is 1",
    "globalSettings": "give Maven this file of settings with -gs",
    "reporters": "publish these reports in steps of their own",
    "runPostStepsIfResult": "say in `if:` when the steps after Maven run",
    "settings": "give Maven this file of settings with -s",
    "authToken": "start it through GitHub's API, with a token of GitHub",
    "blockBuildWhenUpstreamBuilding": "wait for the other workflow in a concurrency group",
    "blockBuildWhenDownstreamBuilding": "wait for the other workflow in a concurrency group",
    "disabled": "the job is switched off: leave the workflow out, or switch it off",
}


def options(root: Element, notes: Notes) -> tuple[Option, ...]:
    """The options that the properties and the root of a job stand for."""
    group = root.child("properties")
    made = [_property(each, notes) for each in group.children] if group else []
    made.append(_concurrent(root, notes))
    made += [
        Option(each.span, "buildDiscarder") for each in root.children if each.tag == "logRotator"
    ]
    return tuple(each for each in made if each is not None)


def rest_of_root(root: Element, known: frozenset[str], notes: Notes) -> None:
    """An entry for everything in the root that no other part reads."""
    for each in root.children:
        if each.tag in known or not is_set(each):
            continue
        if each.tag in _OF_THE_ROOT:
            notes.dropped(each, _OF_THE_ROOT[each.tag])
        else:
            unknown = f"see what {each.name} is for: nothing stands for it"
            notes.manual(each, _BY_HAND.get(each.tag, unknown))


def _property(element: Element, notes: Notes) -> Option | None:
    name = element.name
    if name in _READ:
        return None
    if name in _OPTIONS:
        return Option(element.span, _OPTIONS[name])
    if name in _DROPPED:
        notes.dropped(element, _DROPPED[name])
    elif name.endswith("ThrottleJobProperty") and not element.is_true("throttleEnabled"):
        notes.dropped(element, "throttling is off")
    elif name.endswith("AuthorizationMatrixProperty"):
        notes.manual(element, "give these people their rights in the repository")
    else:
        return Option(element.span, name)
    return None


def _concurrent(root: Element, notes: Notes) -> Option | None:
    element = root.child("concurrentBuild")
    if element is None:
        return None
    if element.text.strip() == "false":
        return Option(element.span, "disableConcurrentBuilds")
    notes.changed(
        element, "runs of a branch wait for each other; delete the group if they must not"
    )
    return None


def build_timeout(element: Element, notes: Notes) -> Option:
    """The option for the wrapper that ends a build which takes too long."""
    strategy = element.child("strategy")
    minutes = element.said("strategy", "timeoutMinutes") or element.said("timeoutMinutes")
    if strategy is not None and not strategy.kind.endswith("AbsoluteTimeOutStrategy"):
        notes.manual(
            strategy, f"GitHub has one limit alone, not {strategy.kind.rsplit('.', 1)[-1]}"
        )
    if not minutes.isdigit():
        return Option(element.span, "timeout", positional(element.span))
    return Option(element.span, "timeout", named(element.span, time=int(minutes), unit="MINUTES"))
