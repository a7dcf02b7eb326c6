package flotilla.tests.no_public_s3_buckets

import data.flotilla.rules.no_public_s3_buckets as rule
import data.flotilla.tests.fixtures

closed := {
	"bucket": "${aws_s3_bucket.a.id}",
	"block_public_acls": true,
	"block_public_policy": true,
	"ignore_public_acls": true,
	"restrict_public_buckets": true,
}

bucket(body) := fixtures.resource("aws_s3_bucket", "a", body)

blocked(body) := fixtures.resource("aws_s3_bucket_public_access_block", "a", body)

test_a_bucket_with_a_whole_access_block_is_private if {
	blocks := [bucket({"bucket": "example-bucket"}), blocked(closed)]
	count(rule.findings) == 0 with input as fixtures.terraform(blocks)
}

test_a_bucket_without_an_access_block_is_public if {
	found := rule.findings with input as fixtures.terraform([bucket({"bucket": "example-bucket"})])
	found == {{
		"path": "main.tf",
		"resource": "aws_s3_bucket.a",
		"message": "S3 bucket 'example-bucket' is publicly accessible",
	}}
}

test_an_access_block_with_anything_but_true_is_no_block if {
	every switch in [false, "true", "${var.block}", null, 1, []] {
		half := object.union(closed, {"block_public_policy": switch})
		found := rule.findings with input as fixtures.terraform([bucket({}), blocked(half)])
		fixtures.resources(found) == {"aws_s3_bucket_public_access_block.a"}
	}
}

test_an_access_block_that_may_not_be_there_does_not_count if {
	maybe := object.union(closed, {"count": "${var.closed ? 1 : 0}"})
	found := rule.findings with input as fixtures.terraform([bucket({}), blocked(maybe)])
	fixtures.resources(found) == {"aws_s3_bucket.a"}
}

test_an_acl_is_private_or_public if {
	every acl in ["public-read", "authenticated-read", "${var.acl}", true, {}] {
		open := fixtures.resource("aws_s3_bucket_acl", "a", {
			"bucket": "${aws_s3_bucket.a.id}",
			"acl": acl,
		})
		found := rule.findings with input as fixtures.terraform([
			bucket({"bucket": "b-${x.y}"}),
			blocked(closed),
			open,
		])
		found == {{
			"path": "main.tf",
			"resource": "aws_s3_bucket_acl.a",
			"message": "S3 bucket 'b-*' is publicly accessible",
		}}
	}
}

test_a_policy_for_everybody_opens_the_bucket if {
	every principal in ["*", {"AWS": "*"}, {"AWS": ["arn:aws:iam::1:root", "*"]}] {
		policy := {"Statement": {"Effect": "Allow", "Principal": principal, "Action": "s3:GetObject"}}
		open := fixtures.resource("aws_s3_bucket_policy", "a", {
			"bucket": "${aws_s3_bucket.a.id}",
			"policy": policy,
		})
		found := rule.findings with input as fixtures.terraform([bucket({}), blocked(closed), open])
		fixtures.resources(found) == {"aws_s3_bucket_policy.a"}
	}
}

test_a_denial_to_everybody_does_not if {
	policy := {"Statement": [{"Effect": "Deny", "Principal": "*", "Action": "s3:*"}]}
	shut := fixtures.resource("aws_s3_bucket_policy", "a", {
		"bucket": "${aws_s3_bucket.a.id}",
		"policy": policy,
	})
	found := rule.findings with input as fixtures.terraform([bucket({}), blocked(closed), shut])
	count(found) == 0
}
