"""The model that is there when none is configured: it says so, and the rules take over."""

from typing import NoReturn

from pydantic import BaseModel

from workers.ports import NotConfigured, Prompt


class OfflineModel:
    """Never answers, so that a fleet without a key runs on the path that a failed reply takes."""

    async def reply(self, prompt: Prompt, form: type[BaseModel]) -> NoReturn:
        """Raises NotConfigured."""
        raise NotConfigured("no model is configured")
