"""The frames a widget may send, with their limits. The server's own frames are listed in docs/widget.md."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field, TypeAdapter, model_validator

LAST_SEQ = 2**31 - 1
"""The greatest number a message may have: PostgreSQL keeps them in 32 bits."""

FrameId = Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{8,64}$")]


class MessageFrame(BaseModel):
    """What the citizen said or pressed. `id` is made by the client and makes the message count once.

    `choice` is the payload of a button; `text` beside it is the button's title, for the history, and `offered_in` the number
    of the message under which it stood.
    """

    type: Literal["message"]
    id: FrameId
    text: str = ""
    choice: str | None = Field(None, min_length=1, max_length=1000)
    offered_in: int | None = Field(None, ge=1, le=LAST_SEQ)

    @model_validator(mode="after")
    def _something(self) -> MessageFrame:
        if "text" not in self.model_fields_set and self.choice is None:
            raise ValueError("text or choice is needed")
        return self


class ResumeFrame(BaseModel):
    """Asks for every message after number `after`, and for all further ones; 0 asks for the newest history."""

    type: Literal["resume"]
    after: int = Field(ge=0, le=LAST_SEQ)


class TypingFrame(BaseModel):
    """The citizen is typing; an operator will see it."""

    type: Literal["typing"]


class ReadFrame(BaseModel):
    """The citizen has seen everything up to message `seq`; an operator sees that."""

    type: Literal["read"]
    seq: int = Field(ge=1, le=LAST_SEQ)


class VoteFrame(BaseModel):
    """What the citizen thinks of the answer in message `seq`. A later vote takes the place of the earlier one."""

    type: Literal["vote"]
    id: FrameId
    seq: int = Field(ge=1, le=LAST_SEQ)
    value: Literal["up", "down"]


class PingFrame(BaseModel):
    """Is the line alive? Answered by `pong`."""

    type: Literal["ping"]


Frame = MessageFrame | ResumeFrame | TypingFrame | ReadFrame | VoteFrame | PingFrame
FRAME: TypeAdapter[Frame] = TypeAdapter(Annotated[Frame, Field(discriminator="type")])


class EventsBody(BaseModel):
    """What opens an event stream: like `resume`, but without a number the newest history is meant."""

    after: Annotated[int, Field(ge=0, le=LAST_SEQ)] = 0


class SessionBody(BaseModel):
    """What a page may tell when it asks for a session."""

    lang: Annotated[str, Field(max_length=35)] = "ru"


class OnlyId(BaseModel):
    """Reads the id out of a frame that is otherwise wrong, so that the client knows which message was refused."""

    id: FrameId
