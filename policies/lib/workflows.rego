# METADATA
# title: GitHub workflows and composite actions
package flotilla.workflows

import data.flotilla.values

documents := [document | some document in input.documents; document.kind == "github_workflow"]

jobs(document) := object.get(document.content, "jobs", {})

# METADATA
# description: Steps of all jobs, and of a composite action; a step that is no object is empty.
steps := array.concat(
	[step |
		some document in documents
		some name, job in jobs(document)
		some number, value in values.as_list(object.get(job, "steps", null))
		step := placed(document, $"jobs.{name}.steps[{number}]", value)
	],
	[step |
		some document in documents
		some number, value in values.as_list(object.get(document.content, ["runs", "steps"], null))
		step := placed(document, $"runs.steps[{number}]", value)
	],
)

placed(document, resource, value) := {"path": document.path, "resource": resource, "value": value}

finding(place, message) := {"path": place.path, "resource": place.resource, "message": message}
