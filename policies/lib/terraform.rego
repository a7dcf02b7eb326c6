# METADATA
# title: Terraform blocks
# description: |
#   Blocks come flat, with references put in where the files alone say what they stand for. What is
#   left as "${...}" is not known, and a rule that needs to know takes it for the worst.
package flotilla.terraform

import data.flotilla.values

blocks := [placed |
	some document in input.documents
	document.kind == "terraform"
	some block in document.content.blocks
	placed := object.union(block, {"path": document.path, "folder": document.content.folder})
]

resources := [block | some block in blocks; block.kind == "resource"]

# Of the default AWS provider.
providers := [block |
	some block in blocks
	block.kind == "provider"
	block.type == "aws"
	not block.body.alias
]

of_type(types) := [resource | some resource in resources; resource.type in types]

finding(block, message) := {"path": block.path, "resource": block.address, "message": message}

# METADATA
# description: Nested blocks of that name.
nested(body, name) := values.as_list(object.get(body, name, null))

# METADATA
# description: The block is there whatever a dynamic block goes over.
is_static(block) if object.get(block, "for_each", null) == null

# METADATA
# description: Resources of a type in the same folder whose `bucket` is that bucket.
companions(bucket, type) := {resource |
	some key in keys_of_bucket(bucket)
	some resource in by_bucket[key]
	resource.type == type
}

# METADATA
# description: The bucket that a resource's `bucket` is; undefined when it is none in the folder.
bucket_of(resource) := [bucket | some bucket in buckets[key_of_target(resource)]][0]

# Looking every bucket up in an index, since comparing every pair takes seconds for a few hundred.
by_bucket[key] contains resource if {
	some resource in resources
	startswith(resource.type, "aws_s3_bucket_")
	key := key_of_target(resource)
}

buckets[key] contains bucket if {
	some bucket in resources
	bucket.type == "aws_s3_bucket"
	some key in keys_of_bucket(bucket)
}

keys_of_bucket(bucket) := {key |
	some name in [bucket.address, object.get(bucket.body, "bucket", null)]
	is_string(name)
	key := json.marshal([bucket.folder, name])
}

key_of_target(resource) := json.marshal([resource.folder, address_in(resource.body.bucket)])

key_of_target(resource) := json.marshal([resource.folder, resource.body.bucket]) if {
	not address_in(resource.body.bucket)
}

# METADATA
# description: The address of the resource whose id, name or ARN an expression is.
address_in(value) := regex.find_all_string_submatch_n(
	`^\$\{([\w-]+\.[\w-]+)(?:\[[^\]]*\])?\.(?:id|arn|bucket|name)\}$`,
	value, 1,
)[0][1]

# METADATA
# description: One for each of the other, so that none is left without.
is_as_many(one, other) if {
	some_of(one, "count") == some_of(other, "count")
	some_of(one, "for_each") == some_of(other, "for_each")
}

some_of(block, name) := object.get(block.body, name, null)

# METADATA
# description: How a bucket is called, with a star for what is not known before it is made.
bucket_name(bucket) := known_text(bucket.body.bucket) if has_known_text(bucket)

bucket_name(bucket) := bucket.name if not has_known_text(bucket)

has_known_text(bucket) if trim(known_text(bucket.body.bucket), "*") != ""

known_text(text) := concat("*", array.concat([parts[0]], tails)) if {
	parts := split(text, "${")
	tails := [substring(part, indexof(part, "}") + 1, -1) |
		some part in array.slice(parts, 1, count(parts))
	]
}
