"""What the pages of the desk work with, put together by app/desk.py."""

from __future__ import annotations

from collections.abc import AsyncIterable, Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from bot.handover.bulletin import Bulletin
from bot.handover.canned import CannedAnswers
from bot.messages import Attachment
from bot.services.applications import Applications
from bot.services.applications.glossary import Glossary
from bot.services.appointments import Appointments
from bot.services.catalogue import Catalogue
from bot.services.consents import Consents
from bot.services.content import Content
from bot.services.continuations import Continuations
from bot.services.feedback import Feedback
from bot.services.knowledge import Knowledge
from bot.services.people.groups import Groups
from bot.services.people.sql import People
from bot.services.tickets.incidents import Incidents
from bot.services.tickets.interface import Tickets
from bot.services.tickets.topics import TopicClassifier
from bot.spelling import Spelling
from bot.store import Store, Vault
from bot.store.profiles import Profiles
from bot.turns import Turns
from desk.pages import Pages

if TYPE_CHECKING:
    from bot.accounts.accounts import Accounts
    from bot.accounts.audit import Audit
    from bot.handover.callbacks import Callbacks
    from bot.handover.handovers import Handovers
    from bot.handover.notes import Notes
    from bot.handover.presence import Presences
    from bot.handover.rules import Rules
    from bot.handover.speaking import Speaking
    from bot.handover.ticket_desk import TicketDesk
    from bot.handover.views import Views
    from bot.privacy.privacy import Privacy
    from bot.services.notices.notices import Notices
    from bot.studio.studio import Studio
    from desk.oidc import SingleSignOn


class Files(Protocol):
    """The file store of the doors (`channels.files.FileStore`)."""

    async def save(self, name: str, chunks: AsyncIterable[bytes]) -> Attachment:
        """See `FileStore`. Raises FileRefused, whose `message` is for the reader."""
        ...

    def read(self, ref: str) -> bytes:
        """A kept file's content; on disk it is sealed. Raises KeyError for an unknown one. Blocks, for 5 MB some 30 ms."""
        ...

    def remove(self, ref: str) -> None:
        """Forget a file; an unknown reference is no error."""
        ...


class Telephones(Protocol):
    """Controls of calls that people lead, over the PBX (`voice.desk_calls.DeskCalls`). All raise Refusal."""

    async def accept(self, conversation_id: str, extension: str) -> None:
        """Put the waiting caller of this conversation through to an extension."""
        ...

    async def hang_up(self, conversation_id: str) -> None:
        """End the call."""
        ...


@dataclass(frozen=True)
class Parts:
    """Everything a page may need; made once."""

    store: Store
    vault: Vault
    clock: Callable[[], datetime]
    pages: Pages
    accounts: Accounts
    audit: Audit
    bulletin: Bulletin
    handovers: Handovers
    presences: Presences
    rules: Rules
    views: Views
    speaking: Speaking
    notes: Notes
    turns: Turns
    files: Files
    content: Content
    groups: Groups
    people: People
    tickets: Tickets
    topics: TopicClassifier
    topic_titles: Mapping[str, str]
    incidents: Incidents
    notices: Notices
    callbacks: Callbacks
    ticket_desk: TicketDesk | None
    """None where an agency keeps its tickets itself."""
    appointments: Appointments
    applications: Applications
    consents: Consents
    catalogue: Catalogue
    knowledge: Knowledge
    feedback: Feedback
    profiles: Profiles
    canned: CannedAnswers
    spelling: Spelling
    continuations: Continuations
    glossary: Glossary
    privacy: Privacy
    studio: Studio
    carrying: Collection[str]
    """Channels that may carry personal data (149-FZ art. 10 part 8)."""
    ready: Callable[[], Awaitable[dict[str, bool]]]
    channel_states: Callable[[], Mapping[str, str]]
    telephones: Telephones | None = None
    """None without the voice or without a PBX."""
    sso: SingleSignOn | None = None
    """None without an issuer of OpenID Connect."""
