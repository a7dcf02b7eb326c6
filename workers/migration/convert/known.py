"""What Jenkins tells a build about itself, in GitHub's terms."""

from collections.abc import Mapping
from types import MappingProxyType

_RUN = "format('{0}/{1}/actions/runs/{2}', github.server_url, github.repository, github.run_id)"

# Variables of jenkins.io, "Using environment variables", and of the branch source plug-ins.
# A pull request's BRANCH_NAME is its merge ref, as in Jenkins it is never the name of a branch:
# who opens one from a branch called main must not pass a check for main.
BUILT_IN: Mapping[str, str] = MappingProxyType(
    {
        "BRANCH_NAME": "github.ref_name",
        "BRANCH_IS_PRIMARY": "github.ref_name == github.event.repository.default_branch",
        "BUILD_DISPLAY_NAME": "format('#{0}', github.run_number)",
        "BUILD_ID": "github.run_number",
        "BUILD_NUMBER": "github.run_number",
        "BUILD_TAG": "format('{0}-{1}', github.workflow, github.run_number)",
        "BUILD_URL": _RUN,
        "BUILD_USER": "github.actor",
        "BUILD_USER_ID": "github.actor",
        "CHANGE_AUTHOR": "github.event.pull_request.user.login",
        "CHANGE_BRANCH": "github.head_ref",
        "CHANGE_FORK": "github.event.pull_request.head.repo.owner.login",
        "CHANGE_ID": "github.event.number",
        "CHANGE_TARGET": "github.base_ref",
        "CHANGE_TITLE": "github.event.pull_request.title",
        "CHANGE_URL": "github.event.pull_request.html_url",
        "GIT_BRANCH": "github.ref_name",
        "GIT_COMMIT": "github.sha",
        "GIT_LOCAL_BRANCH": "github.ref_name",
        "GIT_URL": "format('{0}/{1}.git', github.server_url, github.repository)",
        "JENKINS_URL": "github.server_url",
        "JOB_BASE_NAME": "github.workflow",
        "JOB_NAME": "github.workflow",
        "JOB_URL": "format('{0}/{1}/actions', github.server_url, github.repository)",
        "NODE_NAME": "runner.name",
        "RUN_DISPLAY_URL": _RUN,
        "TAG_NAME": "github.ref_type == 'tag' && github.ref_name || ''",
        "WORKSPACE": "github.workspace",
        "WORKSPACE_TMP": "runner.temp",
    }
)

# Known only on the runner, so they cannot stand in the environment of the whole workflow.
ON_THE_RUNNER = frozenset({"NODE_NAME", "WORKSPACE", "WORKSPACE_TMP"})
