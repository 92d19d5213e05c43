"""The portal API's words: what a request and a response may hold, with limits and examples."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, IPvAnyAddress, field_validator, model_validator

MAX_TEXT_BYTES = 256 * 1024
"""Bytes of UTF-8 in one message's text; more is refused with 413."""

Name = Annotated[str, Field(min_length=1, max_length=100)]
MessageId = Annotated[str, Field(pattern=r"^[A-Za-z0-9._:-]{1,100}$")]
UserId = Annotated[str, Field(pattern=r"^[A-Za-z0-9._:@+-]{1,128}$")]


class Profile(BaseModel):
    """What the portal already knows about the citizen, so that the assistant need not ask. All fields are optional."""

    model_config = ConfigDict(extra="forbid")

    surname: Name | None = Field(None, description="Фамилия")
    name: Name | None = Field(None, description="Имя")
    patronymic: Name | None = Field(None, description="Отчество")
    phone: str | None = Field(None, pattern=r"^\+?[0-9][0-9 ()-]{5,24}$", description="Телефон")
    birth_date: date | None = Field(None, description="Дата рождения, ГГГГ-ММ-ДД")
    segment: Literal["pensioner", "family", "job_seeker", "disability", "entrepreneur"] | None = Field(
        None, description="Жизненная ситуация: меняет формулировки ответов"
    )

    @field_validator("birth_date")
    @classmethod
    def _plausible(cls, value: date | None) -> date | None:
        if value is not None and not date(1900, 1, 1) <= value <= date.today():
            raise ValueError("дата рождения должна быть между 1900 годом и сегодняшним днём")
        return value


class UploadedFile(BaseModel):
    """A file inside a JSON request. Its type is read from its first bytes, not from `media_type`."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=255, examples=["справка.pdf"])
    media_type: str | None = Field(None, max_length=100, examples=["application/pdf"])
    content: str = Field(
        max_length=7 * 1024 * 1024,
        description="Содержимое в Base64, не больше 5 МБ после раскодирования",
        json_schema_extra={"contentEncoding": "base64"},
    )


class IncomingMessage(BaseModel):
    """A citizen's message: `text`, or `choice` (the payload of a pressed button), or `file` with `text` as caption."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "anyOf": [{"required": ["text"]}, {"required": ["choice"]}, {"required": ["file"]}],
            "examples": [
                {"text": "Хочу записаться на приём", "message_id": "3f0c1f4e-1"},
                {"choice": "/affirm"},
                {"text": "Где моё заявление?", "profile": {"name": "Анна", "segment": "family"}},
            ],
        },
    )

    text: str | None = Field(
        None, description="Слова гражданина, до 256 КБ", json_schema_extra={"maxLength": MAX_TEXT_BYTES}
    )
    choice: str | None = Field(None, min_length=1, max_length=1000, description="`payload` нажатой кнопки")
    file: UploadedFile | None = None
    profile: Profile | None = None
    ip: IPvAnyAddress | None = Field(
        None, description="IP-адрес гражданина: хранится вместе с согласием как доказательство (152-ФЗ, ст. 9)"
    )
    message_id: MessageId | None = Field(
        None, description="Ваш номер сообщения. Повтор с тем же номером ничего не меняет и возвращает тот же ответ."
    )

    @model_validator(mode="after")
    def _one_content(self) -> IncomingMessage:
        if self.text is None and self.choice is None and self.file is None:
            raise ValueError("нужно одно из полей: text, choice или file")
        if self.choice is not None and self.file is not None:
            raise ValueError("choice и file нельзя прислать вместе")
        return self


class ButtonOut(BaseModel):
    """A choice to show: send `payload` back as `choice` when it is pressed; one with `url` opens the link instead."""

    title: str
    payload: str
    url: str | None = None


class FileOut(BaseModel):
    """A file in the conversation; its content is not given out here."""

    name: str
    media_type: str
    size: int


class MessageOut(BaseModel):
    """One message of the conversation. `id` grows, so the last one seen can be given as `after`."""

    id: int
    author: str = Field(description="citizen, robot или operator")
    text: str
    buttons: list[ButtonOut] = []
    name: str | None = Field(None, description="Имя специалиста, который пишет")
    corrects: int | None = Field(None, description="Номер сообщения специалиста, которое это исправляет")
    form: dict[str, Any] | None = Field(None, description="Согласие или оценка, которую портал может нарисовать сам")
    attachments: list[FileOut] | None = None
    vote: Literal["none", "up", "down"] | None = Field(
        None, description="Оценка ответа: помог (up), не помог (down), ещё не оценён (none). Без поля оценивать нечего"
    )
    at: datetime


Mode = Annotated[
    Literal["robot", "queued", "operator"], Field(description="Кто отвечает: робот, очередь к специалисту, специалист")
]


class Answer(BaseModel):
    """What the assistant said to one message."""

    messages: list[MessageOut]
    mode: Mode
    conversation: str
    received: int = Field(description="Номер принятого сообщения: после него стоит ответ (GET …/messages?after=)")
    retry_after: int | None = Field(None, description="Ответ ещё готовится: спросите через столько секунд (код 202)")


class History(BaseModel):
    """A stretch of a conversation, oldest first. `conversation` is null before the first message."""

    messages: list[MessageOut]
    mode: Mode
    conversation: str | None
    more: bool = Field(description="Есть ли ещё сообщения после последнего из показанных")


class Vote(BaseModel):
    """Whether an answer helped."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"value": "down"}]})

    value: Literal["up", "down"] = Field(description="Помогло (up) или не помогло (down)")


class Voted(BaseModel):
    """The vote as it is kept now."""

    message: int = Field(description="Номер сообщения робота")
    value: Literal["up", "down"]
    buttons: list[ButtonOut] = Field([], description="Что ещё мог значить вопрос: предложите это гражданину")


class FieldError(BaseModel):
    """What is wrong in one field."""

    field: str
    message: str


class ErrorBody(BaseModel):
    """What went wrong: a stable `code` for programs, a `message` for people."""

    code: str
    message: str
    fields: list[FieldError] = []


class ErrorOut(BaseModel):
    """Every refusal of this API has this shape."""

    error: ErrorBody
