package flotilla.tests.no_wildcard_iam

import data.flotilla.rules.no_wildcard_iam as rule
import data.flotilla.tests.fixtures

policy(document) := fixtures.resource("aws_iam_policy", "a", {"policy": document})

allowing(action) := {"Statement": [{"Effect": "Allow", "Action": action, "Resource": "*"}]}

test_named_actions_pass if {
	every action in ["s3:GetObject", ["s3:Get*", "sqs:SendMessage"]] {
		count(rule.findings) == 0 with input as fixtures.terraform([policy(allowing(action))])
	}
}

test_wildcards_do_not if {
	every action in ["*", "s3:*", ["sqs:SendMessage", "iam:*"], "${var.action}", 7, {}] {
		found := rule.findings with input as fixtures.terraform([policy(allowing(action))])
		fixtures.resources(found) == {"aws_iam_policy.a"}
	}
}

test_a_policy_that_can_not_be_read_does_not_pass if {
	every document in [null, "", "${file(\"p.json\")}", {}, [], "{\"Statement\""] {
		found := rule.findings with input as fixtures.terraform([policy(document)])
		fixtures.resources(found) == {"aws_iam_policy.a"}
	}
}

test_everything_but_is_a_wildcard if {
	document := {"Statement": {"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}}
	count(rule.findings) == 1 with input as fixtures.terraform([policy(document)])
}

test_a_denial_may_be_wide if {
	document := {"Statement": {"Effect": "Deny", "Action": "*", "Resource": "*"}}
	count(rule.findings) == 0 with input as fixtures.terraform([policy(document)])
}

test_a_data_block_is_judged_where_it_stands if {
	blocks := [
		policy("${data.aws_iam_policy_document.d.json}"),
		fixtures.data_block("aws_iam_policy_document", "d", {"statement": [{"actions": ["s3:*"]}]}),
	]
	found := rule.findings with input as fixtures.terraform(blocks)
	fixtures.resources(found) == {"data.aws_iam_policy_document.d"}
}

test_a_role_for_everybody_is_refused if {
	trust := {"Statement": {"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}}
	blocks := [fixtures.resource("aws_iam_role", "a", {"assume_role_policy": trust})]
	count(rule.findings) == 1 with input as fixtures.terraform(blocks)
}

test_the_administrators_policy_is_refused if {
	arn := "arn:aws:iam::aws:policy/AdministratorAccess"
	blocks := [fixtures.resource("aws_iam_role_policy_attachment", "a", {"policy_arn": arn})]
	count(rule.findings) == 1 with input as fixtures.terraform(blocks)
}
