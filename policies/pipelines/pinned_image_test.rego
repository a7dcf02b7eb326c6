package flotilla.tests.pinned_image

import data.flotilla.rules.pinned_image as rule
import data.flotilla.tests.fixtures

found(content) := findings if {
	findings := rule.findings with input as fixtures.document("gitlab_ci", ".gitlab-ci.yml", content)
}

test_a_version_passes if {
	every image in ["python:3.11", {"name": "python:3.11"}, "$CI_REGISTRY_IMAGE:$CI_COMMIT_SHA"] {
		count(found({"image": image, "test": {"image": image, "services": [image]}})) == 0
	}
	count(found({})) == 0
}

test_no_version_does_not_wherever_it_is if {
	every image in ["python", "python:latest", "$IMAGE", {"name": "x"}, {}, 7, ""] {
		content := {"image": image, "default": {"image": image}, "test": {"services": [image]}}
		fixtures.resources(found(content)) == {"image", "default.image", "test.services[0]"}
	}
}
