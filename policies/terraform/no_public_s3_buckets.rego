# METADATA
# title: S3 buckets are private
# description: No ACL, policy or missing public access block opens a bucket to everybody.
# custom:
#   severity: high
#   category: security
#   remedy: automated
#   kind: terraform
package flotilla.rules.no_public_s3_buckets

import data.flotilla.iam
import data.flotilla.terraform

policy := rego.metadata.chain()[1].annotations

private_acls := {
	"private",
	"log-delivery-write",
	"bucket-owner-read",
	"bucket-owner-full-control",
}

switches := {
	"block_public_acls",
	"block_public_policy",
	"ignore_public_acls",
	"restrict_public_buckets",
}

buckets := terraform.of_type({"aws_s3_bucket"})

findings contains terraform.finding(bucket, message(bucket)) if {
	some bucket in buckets
	has_public_acl(bucket.body)
}

findings contains terraform.finding(bucket, message(bucket)) if {
	some bucket in buckets
	has_public_policy(bucket)
}

findings contains terraform.finding(bucket, message(bucket)) if {
	some bucket in buckets
	not has_block(bucket)
}

findings contains terraform.finding(block, message(block)) if {
	some block in terraform.of_type({"aws_s3_bucket_public_access_block"})
	some switch in switches
	object.get(block.body, switch, false) != true
}

findings contains terraform.finding(acl, message(acl)) if {
	some acl in terraform.of_type({"aws_s3_bucket_acl"})
	has_public_acl(acl.body)
}

findings contains terraform.finding(resource, message(resource)) if {
	some resource in terraform.of_type({"aws_s3_bucket_policy"})
	has_public_policy(resource)
}

has_public_acl(body) if {
	acl := object.get(body, "acl", null)
	acl != null
	not acl in private_acls
}

# Groups that stand for everybody, and for everybody with any AWS account.
has_public_acl(body) if {
	walk(body, [_, grantee])
	is_string(grantee)
	regex.match(`groups/global/(AllUsers|AuthenticatedUsers)$`, grantee)
}

has_public_policy(resource) if iam.is_public(iam.statements(resource.body.policy, resource.folder))

has_block(bucket) if {
	some block in terraform.companions(bucket, "aws_s3_bucket_public_access_block")
	terraform.is_as_many(block, bucket)
}

message(resource) := $"S3 bucket '{terraform.bucket_name(owner(resource))}' is publicly accessible"

owner(resource) := terraform.bucket_of(resource)

# The bucket itself, or one that is not made here: then the resource's own name has to do.
owner(resource) := resource if not terraform.bucket_of(resource)
