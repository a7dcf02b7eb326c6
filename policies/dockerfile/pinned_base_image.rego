# METADATA
# title: Base images have a version
# description: Every image that is built on has a tag other than latest, or a digest.
# custom:
#   severity: medium
#   category: operational
#   remedy: advisory
#   kind: dockerfile
package flotilla.rules.pinned_base_image

import data.flotilla.dockerfile
import data.flotilla.images

policy := rego.metadata.chain()[1].annotations

findings contains dockerfile.finding(document, "FROM", message) if {
	some document in dockerfile.documents
	count(dockerfile.froms(document)) == 0
	message := $"{document.path} names no base image"
}

findings contains dockerfile.finding(document, $"FROM {name}", message) if {
	some document in dockerfile.documents
	some number in dockerfile.froms(document)
	name := image(document.content[number].arguments)
	not is_known(document, number, name)
	message := $"{document.path} builds on {name}, which is no fixed version"
}

findings contains dockerfile.finding(document, $"COPY --from={name}", message) if {
	some document in dockerfile.documents
	some number, instruction in document.content
	instruction.instruction in {"COPY", "ADD"}
	some word in split(instruction.arguments, " ")
	startswith(word, "--from=")
	name := trim_prefix(word, "--from=")
	not regex.match(`^[0-9]+$`, name)
	not is_known(document, number, name)
	message := $"{document.path} copies from {name}, which is no fixed version"
}

is_known(_, _, "scratch")

is_known(_, _, name) if images.is_pinned(name)

# The name of an earlier stage.
is_known(document, number, name) if {
	some earlier in dockerfile.froms(document)
	earlier < number
	words := split(lower(document.content[earlier].arguments), " ")
	words[count(words) - 2] == "as"
	words[count(words) - 1] == lower(name)
}

image(arguments) := concat("", array.slice(
	[word | some word in split(arguments, " "); not startswith(word, "--")],
	0, 1,
))
