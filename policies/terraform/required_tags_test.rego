package flotilla.tests.required_tags

import data.flotilla.rules.required_tags as rule
import data.flotilla.tests.fixtures

tags := {"Service": "s", "Environment": "e", "Owner": "o", "ManagedBy": "m"}

queue(body) := fixtures.resource("aws_sqs_queue", "a", body)

test_all_tags_are_enough if {
	count(rule.findings) == 0 with input as fixtures.terraform([queue({"tags": tags})])
}

test_tags_of_the_provider_count if {
	provider := fixtures.provider({"default_tags": [{"tags": tags}]})
	count(rule.findings) == 0 with input as fixtures.terraform([queue({}), provider])
}

test_tags_of_another_provider_do_not if {
	every body in [{"alias": "other"}, {"default_tags": [{"for_each": "${var.x}", "tags": tags}]}] {
		provider := fixtures.provider(object.union({"default_tags": [{"tags": tags}]}, body))
		found := rule.findings with input as fixtures.terraform([queue({}), provider])
		fixtures.resources(found) == {"aws_sqs_queue.a"}
	}
}

test_what_is_missing_is_named if {
	some_tags := object.remove(tags, ["Owner"])
	found := rule.findings with input as fixtures.terraform([queue({"tags": some_tags})])
	found == {{
		"path": "main.tf",
		"resource": "aws_sqs_queue.a",
		"message": "aws_sqs_queue.a lacks the tags Owner",
	}}
}

test_tags_that_say_nothing_are_missing if {
	every odd in ["${var.tags}", null, [], {"Owner": ""}, {"Owner": null}, 7] {
		found := rule.findings with input as fixtures.terraform([queue({"tags": odd})])
		count(found) == 1
	}
}

test_what_takes_no_tags_needs_none if {
	blocks := [fixtures.resource("aws_s3_bucket_acl", "a", {})]
	count(rule.findings) == 0 with input as fixtures.terraform(blocks)
}
