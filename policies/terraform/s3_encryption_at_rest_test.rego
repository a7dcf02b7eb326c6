package flotilla.tests.s3_encryption_at_rest

import data.flotilla.rules.s3_encryption_at_rest as rule
import data.flotilla.tests.fixtures

bucket(body) := fixtures.resource("aws_s3_bucket", "a", body)

sse(algorithm) := {"rule": [{"apply_server_side_encryption_by_default": [{"sse_algorithm": algorithm}]}]}

companion(body) := fixtures.resource(
	"aws_s3_bucket_server_side_encryption_configuration", "a",
	object.union({"bucket": "${aws_s3_bucket.a.bucket}"}, body),
)

test_a_bucket_with_a_configuration_is_encrypted if {
	every algorithm in ["AES256", "aws:kms"] {
		count(rule.findings) == 0 with input as fixtures.terraform([bucket({}), companion(sse(algorithm))])
	}
}

test_the_old_block_counts if {
	body := {"server_side_encryption_configuration": [sse("AES256")]}
	count(rule.findings) == 0 with input as fixtures.terraform([bucket(body)])
}

test_anything_else_is_not_encrypted if {
	every body in [{}, {"rule": null}, {"rule": "AES256"}, {"rule": []}, sse("rot13"), sse(null)] {
		found := rule.findings with input as fixtures.terraform([bucket({}), companion(body)])
		fixtures.resources(found) == {"aws_s3_bucket.a"}
	}
}
