# METADATA
# title: Jobs run in images with a version
# description: Every image and service has a tag other than latest, or a digest.
# custom:
#   severity: medium
#   category: operational
#   remedy: advisory
#   kind: gitlab_ci
package flotilla.rules.pinned_image

import data.flotilla.images
import data.flotilla.values

policy := rego.metadata.chain()[1].annotations

findings contains {"path": document.path, "resource": place, "message": message} if {
	some document in input.documents
	document.kind == "gitlab_ci"
	some [place, image] in used(document.content)
	not is_pinned(image)
	message := $"{place} is {image}, which is no fixed version"
}

used(content) := array.concat(
	array.concat(images_of("", content), images_of("default.", object.get(content, "default", null))),
	[use |
		some name, job in content
		name != "default"
		some use in images_of($"{name}.", job)
	],
)

images_of(prefix, job) := array.concat(
	[[$"{prefix}image", name(image)] | some image in values.as_list(object.get(job, "image", null))],
	[[$"{prefix}services[{number}]", name(image)] |
		some number, image in values.as_list(object.get(job, "services", null))
	],
) if {
	is_object(job)
}

images_of(_, job) := [] if not is_object(job)

name(image) := object.get(image, "name", "an image without a name") if is_object(image)

name(image) := image if not is_object(image)

is_pinned(image) if images.is_pinned(image)

# What GitLab itself fills in with a commit or a tag.
is_pinned(image) if regex.match(`:\$\{?CI_COMMIT_(SHA|SHORT_SHA|TAG)\}?$`, image)
