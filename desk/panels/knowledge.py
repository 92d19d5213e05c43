"""What the house knows: articles, services and agencies' words, each with its source, and one suggestion when it is sure."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse

from bot.accounts.interface import Signed
from bot.services.catalogue.catalogue import SURE
from bot.services.content import Service
from desk.access import need
from desk.panels.common import last_words, opened, recent
from desk.parts import Parts

SURE_ARTICLE = 0.6
"""The chance from which an article is suggested unasked; the robot answers by itself from the same one."""
LIKELY = 0.25
"""In a search the operator judges for herself."""
LIKELY_SERVICE = 0.55
LONGEST_QUESTION = 500
SHORTEST = 3
ASPECT_TITLES = {
    "short": "Коротко", "who": "Кто может", "documents": "Документы", "term": "Срок", "fee": "Цена", "where": "Куда",
    "by_proxy": "По доверенности", "not_at_registration": "Не по прописке", "online": "Через интернет", "steps": "По шагам",
    "result": "Результат", "appointment": "Запись", "for_child": "Для ребёнка", "elsewhere": "Где ещё",
}  # fmt: skip
ALWAYS = ("short", "documents", "term", "fee", "where")


@dataclass(frozen=True)
class Found:
    """Something to insert: a title, the text, and where it is written."""

    title: str
    text: str
    source: str

    @property
    def insert(self) -> str:
        """The text with its source, as it goes into the answer field."""
        return f"{self.text}\nИсточник: {self.source}"


def search(parts: Parts, question: str) -> list[Found]:
    """Everything about a question, likeliest first. Thinks for some 10 ms: call it in a thread."""
    found: list[tuple[float, Found]] = []
    for hit in parts.knowledge.search(question, limit=4, threshold=LIKELY):
        found.append((hit.score, Found(hit.article.title, hit.article.text.strip(), _written(hit.article.source))))
    for service, score in parts.catalogue.search(question, limit=2):
        if score >= LIKELY_SERVICE:
            found += [(score - n / 100, one) for n, one in enumerate(_about(parts, service, question))]
    if meant := parts.glossary.find(question):
        found.append((meant.score, Found(f"«{meant.phrase}»", f"{meant.meaning} {meant.action}", "словарь статусов")))
    return [one for _, one in sorted(found, key=lambda pair: -pair[0])]


def _about(parts: Parts, service: Service, question: str) -> Iterator[Found]:
    asked = [a for a in parts.catalogue.aspects(question, service=service) if a != "short"]
    for aspect in dict.fromkeys((*asked, *ALWAYS)):
        answer = parts.catalogue.answer(service, aspect, question)  # type: ignore[arg-type]
        text = f"{answer.text}\n{answer.more}" if answer.more else answer.text
        yield Found(f"{service.title}: {ASPECT_TITLES[aspect].lower()}", text, f"каталог услуг, «{service.title}»")


def suggestion(parts: Parts, question: str) -> Found | None:
    """The answer to a citizen's words when the house is sure of it, else nothing: facts are not invented."""
    if len(question) < SHORTEST:
        return None
    if meant := parts.glossary.find(question):
        return Found(f"«{meant.phrase}»", f"{meant.meaning} {meant.action}", "словарь статусов")
    hits = parts.knowledge.search(question, limit=1)
    services = parts.catalogue.search(question, limit=1)
    article, service = (hits[0] if hits else None), (services[0] if services else None)
    if service is not None and service[1] >= SURE and (article is None or service[1] >= article.score):
        asked = [a for a in parts.catalogue.aspects(question, service=service[0]) if a != "short"]
        if asked:
            return next(_about(parts, service[0], question))
    if article is not None and article.score >= SURE_ARTICLE:
        return Found(article.article.title, article.article.text.strip(), _written(article.article.source))
    return None


def _written(source: str) -> str:
    return source or "база знаний"


def knowledge_router(parts: Parts) -> APIRouter:
    """Search results and the suggestion, as fragments."""
    router = APIRouter()

    @router.get("/talks/{conversation_id}/knowledge")
    async def knowledge(
        request: Request,
        conversation_id: str,
        me: Annotated[Signed, Depends(need("talk"))],
        q: Annotated[str, Query()] = "",
    ) -> HTMLResponse:
        await opened(parts, me, conversation_id)
        question = " ".join(q.split())[:LONGEST_QUESTION]
        found = await asyncio.to_thread(search, parts, question) if len(question) >= SHORTEST else []
        return parts.pages.page(request, "panels/knowledge.html", question=question, found=found)

    @router.get("/talks/{conversation_id}/suggestion")
    async def suggest(
        request: Request, conversation_id: str, me: Annotated[Signed, Depends(need("talk"))]
    ) -> HTMLResponse:
        await opened(parts, me, conversation_id)
        question = last_words(await recent(parts, conversation_id))[-LONGEST_QUESTION:]
        found = await asyncio.to_thread(suggestion, parts, question)
        return parts.pages.page(request, "panels/suggestion.html", found=found)

    return router
