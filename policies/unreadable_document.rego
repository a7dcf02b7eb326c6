# METADATA
# title: What can't be judged does not pass
# description: A document of an unknown kind, or in a shape that the rules don't know.
# custom:
#   severity: high
#   category: security
#   remedy: advisory
#   kind: any
package flotilla.rules.unreadable_document

policy := rego.metadata.chain()[1].annotations

kinds := {"terraform", "kubernetes", "dockerfile", "github_workflow", "gitlab_ci"}

workloads := {
	"Pod",
	"Deployment",
	"StatefulSet",
	"DaemonSet",
	"ReplicaSet",
	"ReplicationController",
	"Job",
	"CronJob",
}

findings contains {"path": null, "message": "the input has no list of documents"} if {
	not is_array(object.get(input, "documents", null))
}

findings contains {"path": path(document), "message": $"{path(document)} is not in a form that can be judged"} if {
	some document in input.documents
	not is_readable(document)
}

path(document) := object.get(document, "path", "a document") if is_object(document)

path(document) := "a document" if not is_object(document)

is_readable(document) if {
	is_string(document.path)
	document.kind in kinds
	has_its_shape(document.kind, document.content)
}

has_its_shape("terraform", content) if {
	is_string(content.folder)
	is_array(content.blocks)
	every block in content.blocks {
		is_string(block.kind)
		is_string(block.type)
		is_string(block.name)
		is_string(block.address)
		is_object(block.body)
	}
}

has_its_shape("kubernetes", content) if {
	is_array(content)
	every manifest in content {
		is_string(manifest.kind)
		has_containers(manifest)
	}
}

has_its_shape("dockerfile", content) if {
	is_array(content)
	every instruction in content {
		is_string(instruction.instruction)
		is_string(instruction.arguments)
	}
}

has_its_shape("github_workflow", content) if {
	is_object(content)
	is_object(object.get(content, "jobs", {}))
	is_object(object.get(content, "runs", {}))
	count(object.keys(content) & {"jobs", "runs"}) > 0
	every job in object.get(content, "jobs", {}) {
		is_object(job)
		is_array(object.get(job, "steps", []))
	}
}

has_its_shape("gitlab_ci", content) if is_object(content)

has_containers(manifest) if not manifest.kind in workloads

has_containers(manifest) if {
	walk(manifest, [_, spec])
	is_object(spec)
	is_array(spec.containers)
	count(spec.containers) > 0
}
