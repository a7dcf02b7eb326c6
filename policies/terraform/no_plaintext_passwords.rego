# METADATA
# title: Secrets are not written down
# description: No password, token or key stands in Terraform as text.
# custom:
#   severity: critical
#   category: security
#   remedy: advisory
#   kind: terraform
package flotilla.rules.no_plaintext_passwords

import data.flotilla.terraform
import data.flotilla.values

policy := rego.metadata.chain()[1].annotations

findings contains terraform.finding(block, message) if {
	some block in terraform.blocks
	walk(block.body, [path, value])
	values.is_literal(value)
	keys := [key | some key in path; is_string(key)]
	key := keys[count(keys) - 1]
	values.is_secret_name(key)
	message := $"{block.address} holds '{key}' as plain text"
}

# The environment of a container is a list of names and values.
findings contains terraform.finding(block, message) if {
	some block in terraform.blocks
	walk(block.body, [_, pair])
	is_object(pair)
	values.is_secret_name(pair.name)
	values.is_literal(pair.value)
	message := $"{block.address} holds '{pair.name}' as plain text"
}

findings contains terraform.finding(block, message) if {
	some block in terraform.blocks
	block.kind == "variable"
	values.is_secret_name(block.name)
	values.is_literal(block.body["default"])
	message := $"{block.address} has a secret as its default"
}
