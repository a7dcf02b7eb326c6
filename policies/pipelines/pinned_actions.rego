# METADATA
# title: Actions are pinned
# description: Every action and reusable workflow is named by a full commit, every image by its digest.
# custom:
#   severity: high
#   category: security
#   remedy: assisted
#   kind: github_workflow
package flotilla.rules.pinned_actions

import data.flotilla.workflows

policy := rego.metadata.chain()[1].annotations

findings contains workflows.finding(step, message(step.value.uses)) if {
	some step in workflows.steps
	object.get(step.value, "uses", null) != null
	not is_pinned(step.value.uses)
}

findings contains workflows.finding(place, message(job.uses)) if {
	some document in workflows.documents
	some name, job in workflows.jobs(document)
	object.get(job, "uses", null) != null
	not is_pinned(job.uses)
	place := {"path": document.path, "resource": $"jobs.{name}"}
}

is_pinned(uses) if startswith(uses, "./")

is_pinned(uses) if regex.match(`^[\w.-]+/[\w./-]+@[0-9a-f]{40}$`, uses)

is_pinned(uses) if regex.match(`^docker://[^@]+@sha256:[0-9a-f]{64}$`, uses)

message(uses) := $"{uses} is not pinned to a full commit"
