"""The words every door speaks: what a citizen sent, what the robot answers, and the buttons between them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

Mode = Literal["robot", "queued", "operator"]
"""Who answers the citizen now."""

InboundKind = Literal["text", "choice", "file", "contact", "location", "voice"]


@dataclass(frozen=True)
class Attachment:
    """A file a citizen sent or the assistant sends; `ref` is the key in the file store."""

    name: str
    media_type: str
    size: int
    ref: str


def attachment_json(attachment: Attachment) -> dict[str, Any]:
    """The attachment as plain JSON values."""
    return {
        "name": attachment.name,
        "media_type": attachment.media_type,
        "size": attachment.size,
        "ref": attachment.ref,
    }


@dataclass(frozen=True)
class Inbound:
    """One message of a citizen, as a channel understood it.

    `external_id` is the channel's own id of the message and makes it count once.
    `payload` is the value behind a pressed button (a Rasa intent such as `/affirm`, or plain text).
    """

    channel: str
    user: str
    external_id: str
    kind: InboundKind = "text"
    text: str = ""
    payload: str | None = None
    attachments: tuple[Attachment, ...] = ()
    profile: dict[str, Any] = field(default_factory=dict)
    received_at: datetime | None = None
    ip: str | None = None
    """The citizen's address where the door knows it: a consent keeps it as part of its proof (152-FZ art. 9)."""
    offered_in: int | None = None
    """The number of the message whose button was pressed, where the door knows it."""
    forwarded: bool = False
    """Somebody else's words: to be understood, but never taken for the citizen's own answer."""
    location: tuple[float, float] | None = None
    """Latitude and longitude in degrees."""
    problem: str | None = None
    """Why a file could not be taken, in words for the citizen."""
    edited: bool = False
    """The text corrects a message that was answered before."""


@dataclass(frozen=True)
class Button:
    """A choice offered to the citizen. `title` is what she sees, `payload` what is sent back when pressed."""

    title: str
    payload: str
    url: str | None = None


@dataclass(frozen=True)
class Reply:
    """One message of the assistant, not yet shaped for a channel.

    `form` names a form the door may draw natively (the consent box, the rating); a door without it shows text and buttons.
    """

    text: str
    buttons: tuple[Button, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    form: dict[str, Any] | None = None

    def as_dict(self) -> dict[str, Any]:
        """The reply as plain JSON values, for storage and the portal API."""
        data: dict[str, Any] = {"text": self.text}
        data["buttons"] = [
            {"title": b.title, "payload": b.payload} | ({"url": b.url} if b.url else {}) for b in self.buttons
        ]
        if self.attachments:
            data["attachments"] = [attachment_json(a) for a in self.attachments]
        if self.form:
            data["form"] = self.form
        return data
