# METADATA
# title: S3 buckets are encrypted
# description: Every bucket says how its objects are encrypted.
# custom:
#   severity: high
#   category: security
#   remedy: automated
#   kind: terraform
package flotilla.rules.s3_encryption_at_rest

import data.flotilla.terraform

policy := rego.metadata.chain()[1].annotations

algorithms := {"AES256", "aws:kms", "aws:kms:dsse"}

findings contains terraform.finding(bucket, message) if {
	some bucket in terraform.of_type({"aws_s3_bucket"})
	not is_encrypted(bucket)
	message := $"S3 bucket '{terraform.bucket_name(bucket)}' is not encrypted at rest"
}

is_encrypted(bucket) if {
	some configuration in terraform.companions(
		bucket,
		"aws_s3_bucket_server_side_encryption_configuration",
	)
	terraform.is_as_many(configuration, bucket)
	encrypts(configuration.body)
}

# Before version 4 of the AWS provider it was a block of the bucket.
is_encrypted(bucket) if {
	some configuration in terraform.nested(bucket.body, "server_side_encryption_configuration")
	terraform.is_static(configuration)
	encrypts(configuration)
}

encrypts(configuration) if {
	some rule in terraform.nested(configuration, "rule")
	terraform.is_static(rule)
	some fallback in terraform.nested(rule, "apply_server_side_encryption_by_default")
	terraform.is_static(fallback)
	fallback.sse_algorithm in algorithms
}
