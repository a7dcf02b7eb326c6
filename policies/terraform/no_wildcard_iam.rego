# METADATA
# title: IAM policies name what they allow
# description: No policy allows whole services or everything, no trust policy lets everybody in.
# custom:
#   severity: critical
#   category: security
#   remedy: assisted
#   kind: terraform
package flotilla.rules.no_wildcard_iam

import data.flotilla.iam
import data.flotilla.terraform
import data.flotilla.values

policy := rego.metadata.chain()[1].annotations

with_policy := {
	"aws_iam_policy",
	"aws_iam_role_policy",
	"aws_iam_user_policy",
	"aws_iam_group_policy",
}

attachments := {
	"aws_iam_policy_attachment",
	"aws_iam_role_policy_attachment",
	"aws_iam_user_policy_attachment",
	"aws_iam_group_policy_attachment",
}

findings contains terraform.finding(resource, allows_too_much(resource)) if {
	some [resource, document] in documents
	some statement in iam.statements(document, resource.folder)

	# A data block is judged where it stands.
	is_object(document)
	iam.is_wildcard(statement)
}

findings contains terraform.finding(resource, message) if {
	some [resource, document] in documents
	not iam.statements(document, resource.folder)
	message := $"the policy of {resource.address} can't be read, so wildcards can't be ruled out"
}

findings contains terraform.finding(block, allows_too_much(block)) if {
	some block in data_blocks
	some statement in iam.of_block(block)

	# With principals it is the policy of a resource, and that resource is all it is about.
	statement.principals == []
	iam.is_wildcard(statement)
}

findings contains terraform.finding(block, message) if {
	some block in data_blocks
	some field in ["source_policy_documents", "override_policy_documents"]
	some document in values.as_list(object.get(block.body, field, null))
	not iam.data_block(document, block.folder)
	message := $"{block.address} is made of a policy that can't be read"
}

findings contains terraform.finding(role, message) if {
	some role in terraform.of_type({"aws_iam_role"})
	iam.is_public(iam.statements(role.body.assume_role_policy, role.folder))
	message := $"{role.address} can be assumed by everybody"
}

findings contains terraform.finding(resource, message) if {
	some resource in terraform.of_type(attachments | {"aws_iam_role"})
	some field in ["policy_arn", "managed_policy_arns"]
	some arn in values.as_list(object.get(resource.body, field, null))
	regex.match(`:policy/(AdministratorAccess|PowerUserAccess|IAMFullAccess)$`, arn)
	message := $"{resource.address} gives the rights of an administrator"
}

data_blocks := {block | some block in iam.data_blocks[_]}

documents := array.concat(
	[[resource, object.get(resource.body, "policy", null)] |
		some resource in terraform.of_type(with_policy)
	],
	[[role, object.get(inline, "policy", null)] |
		some role in terraform.of_type({"aws_iam_role"})
		some inline in terraform.nested(role.body, "inline_policy")
	],
)

allows_too_much(block) := $"{block.address} allows more than named actions"
