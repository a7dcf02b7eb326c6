package flotilla.tests.pinned_base_image

import data.flotilla.rules.pinned_base_image as rule
import data.flotilla.tests.fixtures

found(instructions) := findings if {
	findings := rule.findings with input as fixtures.dockerfile(instructions)
}

test_a_version_passes if {
	every image in ["python:3.11-slim", "scratch", "--platform=linux/amd64 python:3.11 AS build"] {
		count(found([["FROM", image]])) == 0
	}
}

test_no_version_does_not if {
	every image in ["python", "python:latest", "python:$V", "", "--platform=linux/amd64"] {
		count(found([["FROM", image]])) == 1
	}
}

test_an_earlier_stage_is_known_and_a_later_one_is_not if {
	count(found([["FROM", "a:1 AS Build"], ["FROM", "build"]])) == 0
	count(found([["FROM", "build"], ["FROM", "a:1 AS build"]])) == 1
}

test_copying_from_an_image_is_building_on_it if {
	every source in ["nginx", "nginx:latest"] {
		count(found([["FROM", "a:1"], ["COPY", $"--from={source} /a /b"]])) == 1
	}
	count(found([["FROM", "a:1 AS build"], ["FROM", "b:1"], ["COPY", "--from=build /a /b"]])) == 0
	count(found([["FROM", "a:1"], ["FROM", "b:1"], ["COPY", "--from=0 /a /b"]])) == 0
}

test_a_file_without_an_image_does_not_pass if {
	count(found([])) == 1
}
