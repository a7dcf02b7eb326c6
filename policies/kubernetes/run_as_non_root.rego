# METADATA
# title: Containers don't run as root
# description: Every container is bound to run as a user other than root.
# custom:
#   severity: high
#   category: security
#   remedy: automated
#   kind: kubernetes
package flotilla.rules.run_as_non_root

import data.flotilla.kubernetes
import data.flotilla.values

policy := rego.metadata.chain()[1].annotations

findings contains kubernetes.finding(container, message) if {
	some pod in kubernetes.pods
	some container in kubernetes.containers(pod, kubernetes.everywhere)
	not is_non_root(pod, container)
	message := $"container {container.resource} may run as root"
}

# The container's own context comes before the pod's.
is_non_root(pod, container) if {
	context := object.union(context_of(pod.spec), context_of(container.value))
	context.runAsNonRoot == true
	user := object.get(context, "runAsUser", 1000)
	is_number(user)
	user > 0
}

context_of(value) := values.as_object(object.get(value, "securityContext", null))
