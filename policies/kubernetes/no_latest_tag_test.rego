package flotilla.tests.no_latest_tag

import data.flotilla.rules.no_latest_tag as rule
import data.flotilla.tests.fixtures

found(image) := findings if {
	findings := rule.findings with input as fixtures.deployment([{"image": image}], {})
}

test_a_tag_or_a_digest_passes if {
	digest := concat("", ["api@sha256:", concat("", ["ab" | some _ in numbers.range(1, 32)])])
	every image in ["api:1.2", "registry:5000/team/api:v1", digest] {
		count(found(image)) == 0
	}
}

test_anything_else_does_not if {
	every image in ["api", "api:latest", "registry:5000/api", "api:", "api:$TAG", "", null, 7, []] {
		count(found(image)) == 1
	}
}

test_no_image_is_no_version if {
	found := rule.findings with input as fixtures.deployment([{"name": "a"}], {})
	fixtures.resources(found) == {"Deployment/api/a"}
}
