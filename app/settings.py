"""What an administrator may set, from the environment (`OTKLIK_…`) or the file `.env`; each one is told in docs/cli.md."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from app.paths import HERE, Layout
from app.problems import Problem
from bot.accounts.interface import ROLES

Names = Annotated[frozenset[str], NoDecode]
"""Several values in one variable, separated by commas."""


class Settings(BaseSettings):
    """The settings of one run. A URL with a password in it is never printed."""

    model_config = SettingsConfigDict(
        env_prefix="OTKLIK_", env_file=HERE.root / ".env", env_file_encoding="utf-8", extra="ignore", frozen=True
    )

    host: str = "127.0.0.1"
    """Where the assistant listens; 0.0.0.0 for all addresses of the machine."""
    port: int = Field(8080, ge=0, le=65535)
    """Its port; 0 for any free one."""
    public_url: str = ""
    """The address under which citizens reach the assistant: `https://assistant.agency.example`; for webhooks and one-time links."""
    database_url: str = f"sqlite+aiosqlite:///{HERE.data / 'otklik.db'}"
    """SQLAlchemy URL: `sqlite+aiosqlite:///path` or `postgresql+asyncpg://…`."""
    rasa_url: str = "http://127.0.0.1:5005"
    """Where Rasa answers. `./otklik up` sets it by itself, unless you set it: then it starts no Rasa of its own."""
    rasa_db: str = str(HERE.data / "rasa.db")
    """Where Rasa keeps its conversations: an SQLite file, or an SQLAlchemy URL if endpoints.yml is made to take one."""
    actions_token: str = ""
    """Secret that Rasa shows when it calls an action; `./otklik up` makes one for each run."""
    api_keys: Names = frozenset()
    """Keys of the portal API, separated by commas."""
    local_api_key: str = ""
    """One more key, made by `./otklik up` for `./otklik chat`."""
    allowed_origins: Names = frozenset()
    """Sites that may embed the widget: `https://agency.example`, separated by commas."""
    secret_key_file: Path = HERE.data / "secret.key"
    """The keys that seal personal data, one a line, newest first; made when missing. Losing them loses the data."""
    secret_key: SecretStr = SecretStr("")
    """The same keys separated by commas; given here, the file is not looked at."""
    retention_days: int = Field(30, ge=0, le=36500)
    """Days after the end of a matter after which a citizen's data are deleted (content/retention.yml); 0: nothing is deleted."""
    files_dir: Path = HERE.data / "files"
    """Where files that citizens sent are kept."""
    project_dir: Path = HERE.root
    """The published project: config.yml, domain.yml, nlu/data, stories, bot/content, bot/persona. The studio publishes into it."""
    content_dir: Path = Field(default_factory=lambda given: given["project_dir"] / "bot" / "content")
    """The editors' content; elsewhere than in the project the studio cannot publish."""
    studio_dir: Path = HERE.data / "studio"
    """Where the studio keeps editors' drafts and what its trainings made."""
    publish_approval: bool = False
    """Whether a second person, in the role «approver», has to approve each publication."""
    persona: Literal["dokumenty", "line122", "neutral"] = "dokumenty"
    """Whose voice the assistant has; `neutral` for none."""
    timezone: str = "Europe/Moscow"
    """The citizens' time zone where a centre does not say otherwise."""
    personal_data_channels: Names = frozenset()
    """Further channels that may carry personal data, beside those the law allows every operator."""
    continue_in: Annotated[dict[str, str], NoDecode] = {}
    """Messengers where a conversation may go on instead of the site, with links that hold `{token}`, separated by commas:
    `vk=https://vk.me/club1?ref=otk-{token},max=https://max.ru/otklik_bot?start={token}`."""
    rasa_timeout: float = Field(20.0, gt=0)
    """Seconds one turn of the dialogue may take."""
    voice: bool = False
    """The phone, voice messages and the widget's microphone; needs the voice extra: `./otklik up --voice`."""
    voice_host: str = "127.0.0.1"
    """Where the AudioSocket server listens. AudioSocket knows no password: leave it on loopback or a private network."""
    voice_port: int = Field(9092, ge=0, le=65535)
    """Its port; 0 for any free one."""
    voice_token: str = ""
    """Secret that the PBX shows at `/voice/…`; without one only this machine may call them."""
    voice_calls: int = Field(4, ge=1, le=500)
    """Calls the robot talks on at once; those above go straight to the queue of humans."""
    voice_workers: int = Field(0, ge=0, le=64)
    """Utterances recognised at once; 0: as many as the processors bear."""
    voice_model: str = "auto"
    """Whisper model: `auto`, a name (`tiny`, `base`, `small`, `large-v3-turbo`) or a folder."""
    voice_model_path: Path | None = None
    """The folder that `auto` takes first."""
    voice_speech: Literal["auto", "festival", "silero"] = "auto"
    """Who speaks; `auto`: Silero when its model is given, else Festival."""
    voice_silero_model: Path | None = None
    """File of the Silero model (docs/voice-silero.md)."""
    voice_silero_speaker: str = ""
    """Its speaker; empty for the usual one."""
    voice_silero_licence: bool = False
    """The agency holds a licence for a Silero model that is not free (v5_ru and later)."""
    voice_prompts: Path | None = None
    """Folder of sentences recorded by an announcer, with `prompts.yml`."""
    recordings_dir: Path = HERE.data / "recordings"
    """Where calls are kept, sealed."""
    ami_host: str = ""
    """Asterisk's manager interface, for outgoing calls and for calls in the desk; empty: there are none."""
    ami_port: int = Field(5038, ge=1, le=65535)
    """Its port."""
    ami_user: str = "otklik"
    """The account of deploy/asterisk/manager.conf."""
    ami_secret: str = ""
    """Its secret."""
    ami_member: str = "PJSIP/{extension}"
    """How queues.conf names an operator's telephone; `{extension}` is that of her account."""
    ami_channel: str = "Local/{phone}@otklik-outgoing"
    """How the PBX dials a citizen; `{phone}` is the number in E.164."""
    demo: bool = True
    """The demonstration page and the demonstration cases; off for a real region."""
    appointments_url: str = ""
    """The agency's own system for appointments (docs/services-http.md); empty: the embedded database keeps them."""
    applications_url: str = ""
    """The same for applications."""
    consents_url: str = ""
    """The same for the registry of consents."""
    tickets_url: str = ""
    """The same for complaints."""
    payments_url: str = ""
    """The same for payment links; empty: links that only show what one looks like."""
    agency_token: str = ""
    """The bearer token all of them take."""
    secure_cookies: bool = False
    """Set it when the site is served over HTTPS."""
    desk_totp: Literal["required", "privileged", "optional"] = "privileged"
    """Who needs a second factor at the desk: everybody, supervisors and administrators, or whoever wants one."""
    desk_idle_minutes: int = Field(30, ge=5, le=480)
    """A window of the desk that nobody touches closes after this."""
    desk_session_hours: int = Field(12, ge=1, le=24)
    """No window of the desk stays open longer."""
    oidc_issuer: str = ""
    """Single sign-on by OpenID Connect: `https://id.agency.example/realms/staff`; empty: there is none."""
    oidc_client_id: str = ""
    """How the issuer knows the desk. Its address to return to is `<public_url>/desk/sso/back`."""
    oidc_client_secret: str = Field("", repr=False)
    """The secret of this client; empty for a public one."""
    oidc_name: str = "учётную запись организации"
    """What stands on the button after «Войти через»."""
    oidc_scopes: str = "openid email profile"
    """What is asked of the issuer."""
    oidc_login_claim: str = ""
    """A claim that equals the login of an account, beside the verified e-mail. Only one that people cannot change themselves."""
    oidc_role_claim: str = ""
    """The claim that lists roles; empty: roles are given at the desk only."""
    oidc_roles: Annotated[dict[str, str], NoDecode] = {}
    """Which role each of its values means: `mfc-operators=operator,mfc-heads=supervisor`; the desk's own names need no entry."""
    oidc_create: Literal["", "operator", "supervisor", "editor", "approver", "technician"] = ""
    """The role of an account that is made by itself for an unknown person; empty: an administrator has to make it first."""
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    """How much goes into the logs."""

    @field_validator("api_keys", "allowed_origins", "personal_data_channels", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        if isinstance(value, str):
            return frozenset(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("continue_in", mode="before")
    @classmethod
    def _templates(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        pairs = [part.strip().partition("=") for part in value.split(",") if part.strip()]
        if any(not name.strip() or "{token}" not in url or not url.startswith("https://") for name, _, url in pairs):
            raise ValueError("нужны пары вида vk=https://vk.me/club1?ref=otk-{token} через запятую")
        return {name.strip(): url for name, _, url in pairs}

    @field_validator("oidc_roles", mode="before")
    @classmethod
    def _pairs(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        pairs = [part.strip().rpartition("=") for part in value.split(",") if part.strip()]
        if any(not theirs.strip() or ours.strip() not in ROLES for theirs, _, ours in pairs):
            raise ValueError(f"нужны пары вида mfc-operators=operator через запятую; роли: {', '.join(ROLES)}")
        return {theirs.strip(): ours.strip() for theirs, _, ours in pairs}

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except Exception as error:
            raise ValueError("нет такого часового пояса") from error
        return value

    @property
    def keys(self) -> frozenset[str]:
        """All keys the portal API takes."""
        return self.api_keys | ({self.local_api_key} if self.local_api_key else frozenset())

    @property
    def site(self) -> str:
        """The assistant's address for citizens, without a slash at its end."""
        return self.public_url.rstrip("/") or f"http://127.0.0.1:{self.port}"

    @property
    def layout(self) -> Layout:
        """The checkout's folders with the published project in its place."""
        return HERE if self.project_dir == HERE.root else replace(HERE, elsewhere=self.project_dir)

    @property
    def own_rasa(self) -> bool:
        """Whether `./otklik up` starts Rasa itself."""
        return "rasa_url" not in self.model_fields_set

    @property
    def sqlite_file(self) -> Path | None:
        """The database file, or None when it is a server."""
        _, found, path = self.database_url.partition("sqlite+aiosqlite:///")
        return Path(path.partition("?")[0]) if found else None


def load(**given: Any) -> Settings:
    """The settings of this run; `given` (from command line options, None for unset) wins. Raises Problem."""
    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        wrong = error.errors()[0]
        name = "_".join(str(part) for part in wrong["loc"]).upper()
        raise Problem(f"Настройка OTKLIK_{name}: {_reason(wrong)} Что бывает — docs/cli.md.") from error


def _reason(wrong: Any) -> str:
    if wrong["type"] == "literal_error":
        return f"бывает {wrong['ctx']['expected'].replace(' or ', ' или ')}."
    if wrong["type"].startswith("int") or wrong["type"] in ("less_than_equal", "greater_than_equal"):
        most = wrong.get("ctx", {}).get("le", 65535)
        return f"нужно целое число от {wrong.get('ctx', {}).get('ge', 0)} до {most}."
    if wrong["type"] == "value_error":
        return f"{wrong['ctx']['error']}."
    return f"значение не подходит ({wrong['msg']})."
