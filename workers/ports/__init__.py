"""What handlers need from outside, as protocols. A handler names the ports it uses by type."""

from workers.ports.artifacts import Artifacts, Gate, Reports
from workers.ports.handling import Away, Clock, Context, Reject, Retry, Step
from workers.ports.model import Model, NoReply, NotConfigured, Prompt, Reply, ReplyT
from workers.ports.notification import Notification, Notifications
from workers.ports.policy import (
    AuditedViolation,
    Document,
    PolicyAudit,
    PolicyEngine,
    SecretScanner,
)
from workers.ports.probe import Answer, HttpProbe
from workers.ports.runner import Limits, TestRun, TestRunner
from workers.ports.target import (
    DeploymentRecord,
    Deployments,
    Release,
    ReleaseFailed,
    Running,
    Target,
)
from workers.ports.workflows import Workflows

__all__ = [
    "Answer",
    "Artifacts",
    "AuditedViolation",
    "Away",
    "Clock",
    "Context",
    "DeploymentRecord",
    "Deployments",
    "Document",
    "Gate",
    "HttpProbe",
    "Limits",
    "Model",
    "NoReply",
    "NotConfigured",
    "Notification",
    "Notifications",
    "PolicyAudit",
    "PolicyEngine",
    "Prompt",
    "Reject",
    "Release",
    "ReleaseFailed",
    "Reply",
    "ReplyT",
    "Reports",
    "Retry",
    "Running",
    "SecretScanner",
    "Step",
    "Target",
    "TestRun",
    "TestRunner",
    "Workflows",
]
