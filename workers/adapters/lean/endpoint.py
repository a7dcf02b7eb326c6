"""Where a service is, by botocore's configuration and its rules. Blocks: not for an event loop."""

import ssl
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from workers.adapters.lean.services import Service


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A URL, and the region that a request to it is signed for."""

    url: str
    region: str


def endpoint(service: Service, region: str, session: Any, account: str | None) -> Endpoint:
    """What botocore would choose; `session` is a botocore session.

    A URL that is configured for the service goes before the rules, which also know of FIPS and
    dual-stack endpoints and of those of an account.
    """
    if (url := _configured(service, session)) is not None:
        return Endpoint(url, region)
    # A quarter of a second of imports, which a custom endpoint does without.
    from botocore.endpoint_provider import EndpointProvider  # noqa: PLC0415

    loader = session.get_component("data_loader")
    rules = EndpointProvider(
        loader.load_service_model(service.name, "endpoint-rule-set-1"),
        loader.load_data("partitions"),
    )
    asked: dict[str, Any] = {
        "Region": region,
        "UseFIPS": bool(session.get_config_variable("use_fips_endpoint")),
        "UseDualStack": bool(session.get_config_variable("use_dualstack_endpoint")),
    }
    if service.by_account and account is not None:
        mode = session.get_config_variable("account_id_endpoint_mode")
        asked |= {"AccountIdEndpointMode": mode or "preferred"}
        if asked["AccountIdEndpointMode"] != "disabled":
            asked["AccountId"] = account
    found = rules.resolve_endpoint(**asked)
    schemes = found.properties.get("authSchemes") or [{}]
    return Endpoint(found.url, schemes[0].get("signingRegion") or region)


def is_behind_a_proxy(url: str) -> bool:
    """Whether the system says that requests to there go through a proxy."""
    parts = urlsplit(url)
    return parts.scheme in getproxies() and not proxy_bypass(parts.netloc)


def trust(ca_bundle: str | None) -> ssl.SSLContext:
    """Verifies certificates and names against the bundle, or against the system's."""
    return ssl.create_default_context(cafile=ca_bundle)


def _configured(service: Service, session: Any) -> str | None:
    if session.get_config_variable("ignore_configured_endpoint_urls"):
        return None
    from botocore.configprovider import ConfiguredEndpointProvider  # noqa: PLC0415

    url: str | None = ConfiguredEndpointProvider(
        full_config=session.full_config,
        scoped_config=session.get_scoped_config(),
        client_name=service.name,
    ).provide()
    return url
