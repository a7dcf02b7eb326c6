# METADATA
# title: Images have a version
# description: Every image has a tag other than latest, or a digest.
# custom:
#   severity: medium
#   category: operational
#   remedy: advisory
#   kind: kubernetes
package flotilla.rules.no_latest_tag

import data.flotilla.images
import data.flotilla.kubernetes

policy := rego.metadata.chain()[1].annotations

findings contains kubernetes.finding(container, message) if {
	some pod in kubernetes.pods
	some container in kubernetes.containers(pod, kubernetes.everywhere)
	image := object.get(container.value, "image", "no image")
	not images.is_pinned(image)
	message := $"container {container.resource} runs {image}, which is no fixed version"
}
