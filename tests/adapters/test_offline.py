"""The model that is there when none is configured."""

import pytest
from pydantic import BaseModel

from workers.adapters.offline import OfflineModel
from workers.ports import Model, NoReply, Prompt


class Anything(BaseModel):
    pass


async def test_no_model_says_so_and_never_answers() -> None:
    model: Model = OfflineModel()
    with pytest.raises(NoReply, match="no model is configured"):
        await model.reply(Prompt("system", "question"), Anything)
