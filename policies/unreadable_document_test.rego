package flotilla.tests.unreadable_document

import data.flotilla.rules.unreadable_document as rule
import data.flotilla.tests.fixtures

messages(given) := {finding.message | some finding in findings} if {
	findings := rule.findings with input as given
}

test_known_shapes_pass if {
	good := [
		["terraform", {"folder": ".", "blocks": []}],
		["kubernetes", [{"kind": "Service"}]],
		["dockerfile", []],
		["github_workflow", {"jobs": {"a": {"steps": []}}}],
		["gitlab_ci", {}],
	]
	every pair in good {
		count(messages(fixtures.document(pair[0], "p", pair[1]))) == 0
	}
}

test_other_shapes_do_not if {
	bad := [
		["terraform", {"resource": {"aws_s3_bucket": {}}}],
		["terraform", {"folder": ".", "blocks": [{"kind": "resource"}]}],
		["kubernetes", {"kind": "Pod"}],
		["kubernetes", [{"apiVersion": "v1"}]],
		["kubernetes", [{"kind": "Deployment", "spec": {}}]],
		["kubernetes", [{"kind": "Pod", "spec": {"containers": {}}}]],
		["kubernetes", ["x"]],
		["dockerfile", ["USER app"]],
		["github_workflow", {"jobs": []}],
		["github_workflow", {}],
		["github_workflow", {"jobs": {"a": null}}],
		["gitlab_ci", []],
		["cobol", {}],
		["terraform", null],
	]
	every pair in bad {
		messages(fixtures.document(pair[0], "p", pair[1])) == {"p is not in a form that can be judged"}
	}
}

test_no_list_of_documents_is_told if {
	every given in [{}, {"documents": null}, {"documents": {}}] {
		messages(given) == {"the input has no list of documents"}
	}
}

test_what_is_no_document_is_told if {
	messages({"documents": [7]}) == {"a document is not in a form that can be judged"}
}
