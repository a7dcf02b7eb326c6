package flotilla.tests.main

import data.flotilla
import data.flotilla.tests.fixtures

test_a_violation_has_the_shape_of_the_schema if {
	bucket := fixtures.resource("aws_s3_bucket", "a", {"bucket": "example-bucket"})
	found := flotilla.violations with input as fixtures.terraform([bucket])
	public := {
		"rule": "no-public-s3-buckets",
		"severity": "high",
		"category": "security",
		"remedy": "automated",
		"message": "S3 bucket 'example-bucket' is publicly accessible",
		"path": "main.tf",
		"resource": "aws_s3_bucket.a",
	}
	public in found
}

test_nothing_to_judge_is_nothing_to_object_to if {
	count(flotilla.violations) == 0 with input as {"environment": "dev", "documents": []}
}

test_every_rule_says_how_much_it_matters if {
	every rule in data.flotilla.rules {
		rule.policy.title != ""
		rule.policy.description != ""
		rule.policy.custom.severity in {"critical", "high", "medium", "low"}
		rule.policy.custom.category in {"security", "cost", "compliance", "operational"}
		rule.policy.custom.remedy in {"automated", "assisted", "advisory"}
		is_string(rule.policy.custom.kind)
	}
}
