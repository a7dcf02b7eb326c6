"""What each repair makes of a manifest; the containers next to it stay as they are."""

import pytest
import yaml

from schemas.policy import Violation
from workers.remediation.errors import Unrepairable
from workers.remediation.playbooks import ASSISTED, AUTOMATED
from workers.remediation.playbooks.case import Case

MANIFEST = """\
# Made for staging.
apiVersion: v1
kind: Service
metadata: {name: user-service}
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: user-service
spec:
  template:
    spec:
      initContainers:
        - name: migrate
          image: user-service:1
      containers:
        - name: api # the service
          image: user-service:1
          ports:
            - containerPort: 8000
        - image: proxy:1
          name: proxy
          securityContext: {privileged: true}
          resources:
            requests: {cpu: 2}
"""


@pytest.mark.parametrize(
    ("rule", "resource", "where", "expected"),
    [
        (
            "run-as-non-root",
            "Deployment/user-service/api",
            ("containers", 0),
            {"securityContext": {"runAsNonRoot": True}},
        ),
        (
            "run-as-non-root",
            "Deployment/user-service/migrate",
            ("initContainers", 0),
            {"securityContext": {"runAsNonRoot": True}},
        ),
        (
            "no-privileged-containers",
            "Deployment/user-service/proxy",
            ("containers", 1),
            {"securityContext": {"privileged": False, "allowPrivilegeEscalation": False}},
        ),
        (
            "resource-limits",
            "Deployment/user-service/api",
            ("containers", 0),
            {
                "resources": {
                    "limits": {"cpu": "500m", "memory": "512Mi"},
                    "requests": {"cpu": "100m", "memory": "128Mi"},
                }
            },
        ),
        (
            "resource-limits",
            "Deployment/user-service/proxy",
            ("containers", 1),
            {
                "resources": {
                    "limits": {"cpu": 2, "memory": "512Mi"},
                    "requests": {"cpu": 2, "memory": "128Mi"},
                }
            },
        ),
        (
            "health-probes",
            "Deployment/user-service/api",
            ("containers", 0),
            {
                "livenessProbe": {"httpGet": {"path": "/health", "port": 8000}},
                "readinessProbe": {"httpGet": {"path": "/health", "port": 8000}},
            },
        ),
    ],
)
def test_one_container_is_repaired(
    rule: str, resource: str, where: tuple[str, int], expected: dict[str, object]
) -> None:
    after = _play(rule, MANIFEST, resource)
    documents, wanted = list(yaml.safe_load_all(after)), list(yaml.safe_load_all(MANIFEST))
    wanted[1]["spec"]["template"]["spec"][where[0]][where[1]] |= expected
    assert documents == wanted
    assert "# the service" in after
    assert after.startswith("# Made for staging.\n")
    assert _play(rule, after, resource) == after


@pytest.mark.parametrize("user", ["0", '"root"', "-1"])
def test_a_user_that_is_root_is_replaced_wherever_it_was_named(user: str) -> None:
    text = MANIFEST.replace(
        "      initC", f"      securityContext: {{runAsUser: {user}}}\n      initC"
    )
    after = _play("run-as-non-root", text, "Deployment/user-service/api")
    pod = list(yaml.safe_load_all(after))[1]["spec"]["template"]["spec"]
    assert pod["containers"][0]["securityContext"] == {"runAsNonRoot": True, "runAsUser": 10001}


def test_a_violation_of_the_whole_workload_repairs_every_container() -> None:
    after = _play("run-as-non-root", MANIFEST, "Deployment/user-service")
    assert after.count("runAsNonRoot: true") == 3


def test_a_pod_is_found_inside_a_custom_resource() -> None:
    text = "kind: Job2\nspec:\n  runs:\n    - pod:\n        containers:\n          - name: a\n"
    after = _play("run-as-non-root", text, "Job2/?/a")
    assert "runAsNonRoot: true" in after


def test_a_limit_that_limits_nothing_is_replaced() -> None:
    text = "kind: Pod\nspec:\n  containers:\n    - name: a\n      resources: {limits: {cpu: 0}}\n"
    after = yaml.safe_load(_play("resource-limits", text, None))
    limits = after["spec"]["containers"][0]["resources"]["limits"]
    assert limits == {"cpu": "500m", "memory": "512Mi"}


@pytest.mark.parametrize(
    ("rule", "text", "resource", "reason"),
    [
        ("run-as-non-root", MANIFEST, "Deployment/user-service/none", "no container"),
        ("health-probes", MANIFEST, "Deployment/user-service/proxy", "names no port"),
        ("run-as-non-root", "a: [", None, "not YAML"),
        ("run-as-non-root", "kind: {{ .Values.kind }}", None, "not YAML"),
    ],
)
def test_what_can_not_be_repaired_says_why(
    rule: str, text: str, resource: str | None, reason: str
) -> None:
    with pytest.raises(Unrepairable, match=reason):
        _play(rule, text, resource)


def test_aliases_of_aliases_are_walked_once() -> None:
    lines = ["a0: &a0 [x]"] + [
        f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 40)
    ]
    text = "\n".join([*lines, "kind: Pod", "spec: {containers: [{name: a}]}"])
    assert "runAsNonRoot: true" in _play("run-as-non-root", text, "Pod/?/a")


def _play(rule: str, text: str, resource: str | None) -> str:
    violation = Violation(severity="high", rule=rule, message="m", path="k.yaml", resource=resource)
    playbook = {**AUTOMATED, "health-probes": ASSISTED["health-probes"]}[rule]
    return playbook(Case(violation, "user-service", "staging", {"k.yaml": text}))["k.yaml"]
