"""What starts a job: triggers, in a group of their own or among the properties. Pure."""

from dataclasses import dataclass

from workers.migration.job_config.elements import Element
from workers.migration.job_config.making import named, positional
from workers.migration.pipeline.directives import Trigger

_IN_PROPERTIES = "org.jenkinsci.plugins.workflow.job.properties.PipelineTriggersJobProperty"
_BY_PUSH = {
    "hudson.triggers.SCMTrigger": "pollSCM",
    "com.cloudbees.jenkins.GitHubPushTrigger": "githubPush",
    "com.cloudbees.jenkins.plugins.BitBucketTrigger": "bitbucketPush",
    "com.dabsquared.gitlabjenkins.GitLabPushTrigger": "gitlab",
}
_BY_PULL_REQUEST = frozenset(
    {
        "org.jenkinsci.plugins.ghprb.GhprbTrigger",
        "org.jenkinsci.plugins.github.pullrequest.GitHubPRTrigger",
        "com.dabsquared.gitlabjenkins.GitLabPushTrigger",
    }
)
_GENERIC = "org.jenkinsci.plugins.gwt.GenericTrigger"


@dataclass(frozen=True, slots=True)
class Started:
    """Whether pushes and pull requests start a job, besides its schedule and people."""

    pushes: bool
    pull_requests: bool


def trigger_elements(root: Element) -> tuple[Element, ...]:
    """Every trigger of a job, wherever it stands."""
    groups = (root.child("triggers"), root.child("properties", _IN_PROPERTIES, "triggers"))
    return tuple(each for group in groups if group for each in group.children)


def triggers(found: tuple[Element, ...]) -> tuple[Trigger, ...]:
    """The triggers in the model's terms; one that is not known keeps its class as its kind."""
    return tuple(map(_trigger, found))


def started(found: tuple[Element, ...]) -> Started:
    """What the triggers say of pushes and pull requests."""
    names = {each.name for each in found}
    return Started(not names.isdisjoint(_BY_PUSH), not names.isdisjoint(_BY_PULL_REQUEST))


def _trigger(element: Element) -> Trigger:
    place = element.span
    spec = element.child("spec")
    match element.name:
        case "hudson.triggers.TimerTrigger":
            return Trigger(place, "cron", positional(place, spec.text if spec else ""))
        case name if name in _BY_PUSH or name in _BY_PULL_REQUEST:
            return Trigger(place, _BY_PUSH.get(name, "githubPush"), ())
        case "jenkins.triggers.ReverseBuildTrigger":
            upstream = element.said("upstreamProjects")
            return Trigger(place, "upstream", named(place, upstreamProjects=upstream))
        case name:
            return Trigger(place, "GenericTrigger" if name == _GENERIC else name, ())
