# METADATA
# title: Kubernetes pods
# description: |
#   A pod is whatever has containers, wherever it is: in a Pod, in the template of a workload, or in
#   a custom resource.
package flotilla.kubernetes

import data.flotilla.values

objects := [{"path": document.path, "value": value} |
	some document in input.documents
	document.kind == "kubernetes"
	some value in document.content
	object.get(value, "kind", "?") != "CustomResourceDefinition"
]

pods := [pod |
	some found in objects
	walk(found.value, [_, spec])
	is_object(spec)
	"containers" in object.keys(spec)
	pod := {
		"path": found.path,
		"kind": object.get(found.value, "kind", "?"),
		"resource": resource(found.value),
		"spec": spec,
	}
]

resource(value) := $"{object.get(value, "kind", "?")}/{object.get(value, ["metadata", "name"], "?")}"

# METADATA
# description: The containers of a pod; one that is no object is an empty one.
containers(pod, fields) := [placed |
	some field in fields
	some entry in values.as_list(object.get(pod.spec, field, null))
	container := fields_of(entry)
	placed := {
		"value": container,
		"path": pod.path,
		"resource": $"{pod.resource}/{object.get(container, "name", "?")}",
	}
]

everywhere := ["containers", "initContainers", "ephemeralContainers"]

fields_of(entry) := entry if is_object(entry)

fields_of(entry) := {} if not is_object(entry)

finding(container, message) := {
	"path": container.path,
	"resource": container.resource,
	"message": message,
}
