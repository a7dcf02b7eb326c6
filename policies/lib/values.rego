# METADATA
# title: Values of unknown shape
package flotilla.values

# METADATA
# description: The value as an array; nothing is an empty one.
as_list(value) := value if is_array(value)

as_list(value) := [] if is_null(value)

as_list(value) := [value] if {
	not is_array(value)
	not is_null(value)
}

# METADATA
# description: The value as an object; nothing is an empty one, and any other type is undefined.
as_object(value) := value if is_object(value)

as_object(value) := {} if is_null(value)

# METADATA
# description: Text that holds no expression.
is_literal(value) if {
	is_string(value)
	trim_space(value) != ""
	not contains(replace(value, "$${", ""), "${")
}

# METADATA
# description: A name that secrets go by.
is_secret_name(name) if regex.match(
	`(?i)(password|passwd|passphrase|secret_?string|(client|shared|app|jwt|session|webhook)_?secret|token|(api|private|access|secret|signing|encryption)_?key)$`,
	name,
)
