"""What Jenkins itself and the plugins that every pipeline needs define, whatever else is there.

Only these are checked in detail; other names may be a plugin's and are accepted as they are.
The names are those of Jenkins' data-bound constructors and setters.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Shape:
    """The parameters of something describable: name to type; the required ones."""

    parameters: Mapping[str, str]
    required: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The describable things of one kind."""

    kind: str
    shapes: Mapping[str, Shape] = field(default_factory=dict)


def _shape(required: str = "", optional: str = "") -> Shape:
    """`name:type` words; a word without a type takes anything."""
    pairs = [word.partition(":") for word in (*required.split(), *optional.split())]
    names = tuple(word.partition(":")[0] for word in required.split())
    return Shape({name: kind or "any" for name, _, kind in pairs}, names)


STEPS = Catalogue(
    "step",
    {
        "timeout": _shape("time:int", "unit:str activity:bool"),
        "sleep": _shape("time:int", "unit:str"),
        "retry": _shape("count:int", "conditions"),
        "echo": _shape("message:str"),
        "dir": _shape("path:str"),
        "pwd": _shape("", "tmp:bool"),
        "deleteDir": _shape(),
        "fileExists": _shape("file:str"),
        "archiveArtifacts": _shape(
            "artifacts:str",
            "allowEmptyArchive:bool caseSensitive:bool defaultExcludes:bool excludes:str"
            " fingerprint:bool followSymlinks:bool onlyIfSuccessful:bool",
        ),
    },
)
PARAMETERS = Catalogue(
    "parameter",
    {
        "booleanParam": _shape("name:str", "defaultValue:bool description:str"),
        "string": _shape("name:str", "defaultValue:str description:str trim:bool"),
        "text": _shape("name:str", "defaultValue:str description:str trim:bool"),
        "choice": _shape("name:str", "choices description:str"),
    },
)
TRIGGERS = Catalogue(
    "trigger",
    {
        "cron": _shape("spec:str"),
        "pollSCM": _shape("scmpoll_spec:str", "ignorePostCommitHooks:bool"),
        "upstream": _shape("upstreamProjects:str", "threshold"),
    },
)
AGENTS = Catalogue(
    "agent",
    {
        "label": _shape("label", "customWorkspace retries"),
        "node": _shape("label", "customWorkspace retries"),
        "docker": _shape(
            "image",
            "args label registryUrl registryCredentialsId customWorkspace reuseNode alwaysPull"
            " containerPerStageRoot retries",
        ),
        "dockerfile": _shape(
            "",
            "filename dir args additionalBuildArgs label registryUrl registryCredentialsId"
            " customWorkspace reuseNode containerPerStageRoot retries",
        ),
    },
)
CONDITIONS = Catalogue(
    "condition",
    {
        "branch": _shape("pattern:str", "comparator:str"),
        "buildingTag": _shape(),
        "changelog": _shape("pattern:str", "comparator:str caseSensitive:bool"),
        "changeset": _shape("pattern:str", "comparator:str caseSensitive:bool"),
        "changeRequest": _shape(
            "",
            "id:str target:str branch:str fork:str url:str title:str author:str"
            " authorDisplayName:str authorEmail:str comparator:str",
        ),
        "environment": _shape("name:str value:str", "ignoreCase:bool"),
        "equals": _shape("expected actual"),
        "isRestartedRun": _shape(),
        "tag": _shape("", "pattern:str comparator:str"),
        "triggeredBy": _shape("cause", "detail"),
    },
)
NESTED_CONDITIONS = frozenset(("allOf", "anyOf", "not"))
POST_CONDITIONS = (
    "always",
    "changed",
    "fixed",
    "regression",
    "aborted",
    "success",
    "unsuccessful",
    "unstable",
    "failure",
    "notBuilt",
    "cleanup",
)
BLOCKED_STEPS = {
    "stage": "stages stand in 'stages', not among steps",
    "parallel": "'parallel' must be the only step, or a section of the stage",
    "properties": "use the sections 'options', 'parameters' and 'triggers'",
}
BLOCKED_CALLS = {**BLOCKED_STEPS, "node": "use the section 'agent'"}
NOT_OPTIONS = frozenset(
    [
        "echo",
        "error",
        "sh",
        "bat",
        "powershell",
        "pwsh",
        "checkout",
        "git",
        "stash",
        "unstash",
        "archiveArtifacts",
        "junit",
        "mail",
        "input",
        "build",
        "dir",
        "ws",
        "deleteDir",
        "fileExists",
        "readFile",
        "writeFile",
        "sleep",
        "unstable",
        "pipelineTriggers",
        "parameters",
        "triggers",
    ]
)
PIPELINE_OPTIONS = frozenset(
    [
        "buildDiscarder",
        "checkoutToSubdirectory",
        "disableConcurrentBuilds",
        "disableResume",
        "durabilityHint",
        "disableRestartFromStage",
        "newContainerPerStage",
        "overrideIndexTriggers",
        "parallelsAlwaysFailFast",
        "preserveStashes",
        "quietPeriod",
        "rateLimitBuilds",
        "skipStagesAfterUnstable",
    ]
)
