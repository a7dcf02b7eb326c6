# METADATA
# title: Workflows have the rights they need
# description: The workflow's token reads at most; a job that must write says what.
# custom:
#   severity: medium
#   category: security
#   remedy: automated
#   kind: github_workflow
package flotilla.rules.least_privilege_permissions

import data.flotilla.workflows

policy := rego.metadata.chain()[1].annotations

findings contains workflows.finding(place, message) if {
	some document in workflows.documents
	not is_action(document)
	not document.content.permissions
	not has_permissions_everywhere(document)
	place := {"path": document.path, "resource": "permissions"}
	message := $"{document.path} leaves its token the repository's default permissions"
}

findings contains workflows.finding(place, message) if {
	some document in workflows.documents
	permissions := document.content.permissions
	not reads_at_most(permissions)
	place := {"path": document.path, "resource": "permissions"}
	message := $"{document.path} gives every job permission to write"
}

findings contains workflows.finding(place, message) if {
	some document in workflows.documents
	some name, job in workflows.jobs(document)
	permissions := job.permissions
	not names_scopes(permissions)
	place := {"path": document.path, "resource": $"jobs.{name}.permissions"}
	message := $"job {name} in {document.path} does not name what it may write"
}

is_action(document) if {
	object.get(document.content, "runs", null) != null
	object.get(document.content, "jobs", null) == null
}

has_permissions_everywhere(document) if {
	jobs := workflows.jobs(document)
	count(jobs) > 0
	every job in jobs {
		is_object(job.permissions)
	}
}

reads_at_most("read-all")

reads_at_most(permissions) if {
	is_object(permissions)
	every access in permissions {
		access in {"read", "none"}
	}
}

names_scopes("read-all")

names_scopes(permissions) if {
	is_object(permissions)
	every access in permissions {
		access in {"read", "write", "none"}
	}
}
