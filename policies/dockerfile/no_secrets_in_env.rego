# METADATA
# title: Images hold no secrets
# description: No ENV or ARG is named like a secret, since both stay readable in the image.
# custom:
#   severity: critical
#   category: security
#   remedy: advisory
#   kind: dockerfile
package flotilla.rules.no_secrets_in_env

import data.flotilla.dockerfile
import data.flotilla.values

policy := rego.metadata.chain()[1].annotations

findings contains dockerfile.finding(document, $"{instruction.instruction} {name}", message) if {
	some document in dockerfile.documents
	some instruction in document.content
	instruction.instruction in {"ENV", "ARG"}
	some name in object.get(instruction, "names", [instruction.arguments])
	values.is_secret_name(name)
	message := $"{document.path} puts {name} into the image"
}
