# METADATA
# title: Container images
package flotilla.images

# METADATA
# description: The image has a digest, or a tag that is not a moving one.
is_pinned(image) if regex.match(`@sha256:[0-9a-f]{64}$`, image)

is_pinned(image) if {
	is_fixed_tag(tag(image))
}

# METADATA
# description: What stands after the colon of the last part; a registry's port is not a tag.
tag(image) := parts[1] if {
	segments := split(image, "/")
	parts := split(segments[count(segments) - 1], ":")
	count(parts) == 2
}

is_fixed_tag(name) if {
	name != ""
	not startswith(lower(name), "latest")
	not contains(name, "$")
}
