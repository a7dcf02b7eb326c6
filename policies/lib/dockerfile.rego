# METADATA
# title: Dockerfiles
package flotilla.dockerfile

documents := [document | some document in input.documents; document.kind == "dockerfile"]

froms(document) := [number |
	some number, instruction in document.content
	instruction.instruction == "FROM"
]

# METADATA
# description: Arguments of an instruction in the stage that the image is made of, in order.
in_last_stage(document, name) := [instruction.arguments |
	some number, instruction in document.content
	number > max(array.concat([-1], froms(document)))
	instruction.instruction == name
]

finding(document, resource, message) := {
	"path": document.path,
	"resource": resource,
	"message": message,
}
