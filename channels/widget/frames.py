"""The frames a widget may send, with their limits. The server's own frames are listed in docs/widget.md."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field, TypeAdapter, model_validator

FrameId = Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{8,64}$")]


class MessageFrame(BaseModel):
    """What the citizen said or pressed. `id` is made by the client and makes the message count once.

    `choice` is the payload of a button; `text` beside it is the button's title, for the history.
    """

    type: Literal["message"]
    id: FrameId
    text: str = ""
    choice: str | None = Field(None, min_length=1, max_length=1000)

    @model_validator(mode="after")
    def _something(self) -> MessageFrame:
        if "text" not in self.model_fields_set and self.choice is None:
            raise ValueError("text or choice is needed")
        return self


class ResumeFrame(BaseModel):
    """Asks for every message after number `after`, and for all further ones; 0 asks for the newest history."""

    type: Literal["resume"]
    after: int = Field(ge=0, le=2**53)


class TypingFrame(BaseModel):
    """The citizen is typing; an operator will see it."""

    type: Literal["typing"]


class PingFrame(BaseModel):
    """Is the line alive? Answered by `pong`."""

    type: Literal["ping"]


Frame = MessageFrame | ResumeFrame | TypingFrame | PingFrame
FRAME: TypeAdapter[Frame] = TypeAdapter(Annotated[Frame, Field(discriminator="type")])


class OnlyId(BaseModel):
    """Reads the id out of a frame that is otherwise wrong, so that the client knows which message was refused."""

    id: FrameId
