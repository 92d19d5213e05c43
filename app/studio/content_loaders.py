"""What the assistant will not start with, all rooms together: the loaders of bot and those of the voice."""

from __future__ import annotations

from bot.services.content import load
from bot.studio.content_checks import CONTENT, ContentCheck, ContentMistake, content_mistakes
from bot.studio.project import Project
from voice.ear import pronunciation
from voice.recognition import hotwords
from voice.script import Script
from voice.speech.stress import load_overrides

VOICE: tuple[ContentCheck, ...] = (
    ContentCheck((f"{CONTENT}stress.yml",), lambda project: load_overrides(project.content / "stress.yml")),
    ContentCheck(
        (f"{CONTENT}pronunciation.yml",), lambda project: pronunciation.load(project.content / "pronunciation.yml")
    ),
    ContentCheck(
        (f"{CONTENT}hotwords.yml", f"{CONTENT}region.yml", f"{CONTENT}centres.yml", f"{CONTENT}services.yml"),
        lambda project: hotwords.from_content(load(project.content), project.content / "hotwords.yml"),
    ),
    ContentCheck((f"{CONTENT}phone.yml",), lambda project: Script.load(project.content)),
)


def mistakes_of(project: Project) -> list[ContentMistake]:
    """Everything in the content of a project that the assistant would not start with. Blocks for some 300 ms."""
    return content_mistakes(project, VOICE)
