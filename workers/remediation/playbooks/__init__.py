"""Repairs by rule: what the fleet does by itself, and what it proposes to a person. Pure."""

from collections.abc import Mapping
from types import MappingProxyType

from workers.remediation.playbooks import dockerfile, kubernetes, terraform, workflows
from workers.remediation.playbooks import terraform_patches as patches
from workers.remediation.playbooks.case import Playbook

# Rules whose repair is safe enough to be made without asking.
AUTOMATED: Mapping[str, Playbook] = MappingProxyType(
    {
        "no-public-s3-buckets": terraform.close_bucket,
        "s3-encryption-at-rest": terraform.encrypt_bucket,
        "required-tags": terraform.tag,
        "database-encrypted": terraform.encrypt_database,
        "database-not-public": terraform.hide_database,
        "database-backups": terraform.keep_backups,
        "run-as-non-root": kubernetes.run_as_non_root,
        "no-privileged-containers": kubernetes.drop_privileges,
        "resource-limits": kubernetes.limit_resources,
        "non-root-user": dockerfile.run_as_user,
        "healthcheck-present": dockerfile.check_health,
        "least-privilege-permissions": workflows.restrict_token,
    }
)

# Rules whose repair may take away something that is needed: a person looks first.
ASSISTED: Mapping[str, Playbook] = MappingProxyType(
    {
        "no-public-s3-buckets": patches.drop_bucket_policy,
        "no-wildcard-iam": patches.narrow_policy,
        "no-open-ingress": patches.close_ingress,
        "health-probes": kubernetes.probe_health,
        "pinned-actions": workflows.pin_actions,
    }
)

ADVICE: Mapping[str, str] = MappingProxyType(
    {
        "no-public-s3-buckets": "Name the principals that may read the bucket, or serve its "
        "objects through CloudFront with an origin access control.",
        "no-wildcard-iam": "List the actions that the service calls and the resources that it "
        "calls them on.",
        "no-open-ingress": "Admit the load balancer's security group or the narrowest network "
        "that needs access.",
        "health-probes": "Give the container a liveness and a readiness probe on /health.",
        "pinned-actions": "Name each action by the full commit of a release that was reviewed.",
        "instance-type-limit": "Choose an instance type from the list that this environment "
        "allows, or ask for an exception.",
        "no-plaintext-passwords": "Let AWS make the password (manage_master_user_password) or "
        "read it from Secrets Manager, and change the one that was written down.",
        "no-secrets": "Take the secret out of the file, keep it in Secrets Manager, and revoke "
        "the one that was written down.",
        "no-secrets-in-env": "Pass the secret at run time from a secret store, not through ENV "
        "or ARG.",
        "unreadable-document": "Correct the file until it parses: what can't be read can't be "
        "judged.",
        "pinned-base-image": "Name the base image by version or digest, so that a build of "
        "tomorrow starts from the same bytes.",
        "pinned-image": "Name the image by version or digest.",
        "no-latest-tag": "Name the image by version or digest instead of latest.",
        "no-script-injection": "Hand untrusted values to the script as environment variables "
        "instead of writing ${{ }} into it.",
    }
)
