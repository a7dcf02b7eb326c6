# METADATA
# title: IAM policy documents
package flotilla.iam

import data.flotilla.terraform
import data.flotilla.values

# METADATA
# description: |
#   The statements of a document, JSON or a data block of the same folder, in one form. Undefined
#   for what can't be read.
statements(document, _) := [from_json(statement) |
	some statement in values.as_list(document.Statement)
] if {
	is_object(document)
	object.get(document, "Statement", null) != null
}

statements(document, folder) := of_block(data_block(document, folder))

of_block(block) := [from_block(statement) |
	some statement in terraform.nested(block.body, "statement")
]

data_block(document, folder) := [block | some block in data_blocks[json.marshal([folder, name])]][0] if {
	name := regex.find_all_string_submatch_n(
		`^\$\{data\.aws_iam_policy_document\.([\w-]+)(?:\[[^\]]*\])?\.(?:json|minified_json)\}$`,
		document, 1,
	)[0][1]
}

data_blocks[key] contains block if {
	some block in terraform.blocks
	block.kind == "data"
	block.type == "aws_iam_policy_document"
	key := json.marshal([block.folder, block.name])
}

# METADATA
# description: Some statement lets anybody in.
is_public(all) if {
	some statement in all
	statement.allows
	"*" in statement.principals
}

# METADATA
# description: A statement for an identity that allows whole services, or what can't be told.
is_wildcard(statement) if {
	statement.allows
	statement.inverted
}

is_wildcard(statement) if {
	statement.allows
	some action in statement.actions
	not is_specific(action)
}

is_specific(action) if {
	is_string(action)
	regex.match(`^[\w-]+:[^*$][^$]*$`, action)
}

from_json(statement) := {
	"allows": object.get(statement, "Effect", "Allow") != "Deny",
	"inverted": object.get(statement, "NotAction", null) != null,
	"actions": values.as_list(object.get(statement, "Action", null)),
	"principals": json_principals(object.get(statement, "Principal", null)),
} if {
	is_object(statement)
}

from_json(statement) := anything if not is_object(statement)

from_block(statement) := {
	"allows": object.get(statement, "effect", "Allow") != "Deny",
	"inverted": count(values.as_list(object.get(statement, "not_actions", null))) > 0,
	"actions": values.as_list(object.get(statement, "actions", null)),
	"principals": [identifier |
		some principals in terraform.nested(statement, "principals")
		some identifier in values.as_list(principals.identifiers)
	],
} if {
	is_object(statement)
}

from_block(statement) := anything if not is_object(statement)

# What is no statement is taken for the worst one.
anything := {"allows": true, "inverted": true, "actions": ["*"], "principals": ["*"]}

json_principals(principal) := [name |
	some names in principal
	some name in values.as_list(names)
] if {
	is_object(principal)
}

json_principals(principal) := values.as_list(principal) if not is_object(principal)
