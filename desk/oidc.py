"""Single sign-on by OpenID Connect: authorization code with PKCE, state and nonce; tokens are checked against the issuer's keys."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx
import structlog
from cryptography.fernet import InvalidToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from bot.accounts.entrance import NotAdmitted
from bot.accounts.interface import ROLES
from bot.accounts.single_sign_on import Person
from bot.store import Vault

log = structlog.get_logger(__name__)

ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519"]
"""Signatures with a key pair only: with HS256 our own secret, or the published key, would sign."""
LEEWAY = 60
"""Seconds two clocks may differ."""
BEGUN_LASTS = timedelta(minutes=10)
DISCOVERY_LASTS = 3600.0
KEYS_AGAIN = 30.0
"""Seconds between two looks at the keys: a stranger's token must not make us ask the issuer all the time."""
AWAY = "Система входа не отвечает. Попробуйте ещё раз или войдите по паролю."
BROKEN = "Войти не получилось: ответ системы входа не прошёл проверку. Попробуйте ещё раз."
STALE = "Вход начат давно или в другом окне. Начните ещё раз."


@dataclass(frozen=True)
class Client:
    """How the issuer knows the desk, and how its claims are read (app/settings.py, `oidc_…`)."""

    issuer: str
    client_id: str
    return_to: str
    client_secret: str = field(default="", repr=False)
    name: str = "учётную запись организации"
    scopes: str = "openid email profile"
    login_claim: str = ""
    role_claim: str = ""
    roles: Mapping[str, str] = field(default_factory=dict)
    create: str = ""


@dataclass(frozen=True)
class Returned:
    """Who came back from the issuer, and where she wanted to go."""

    person: Person
    next: str


class SingleSignOn:
    """One issuer. What has to survive between going and coming back is sealed into the browser's cookie."""

    def __init__(self, client: Client, vault: Vault, clock: Callable[[], datetime]) -> None:
        if not _is_safe(client.issuer):
            raise ValueError("the issuer of single sign-on must be an https address")
        self.client, self._vault, self._clock = client, vault, clock
        self._found: tuple[float, dict[str, Any]] | None = None
        self._keys: tuple[float, KeySet] | None = None

    async def begin(self, next_path: str) -> tuple[str, str]:
        """The issuer's address to go to, and the value of the cookie that has to come back. Raises NotAdmitted."""
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
        client = self.client
        query = urlencode(
            {
                "response_type": "code", "client_id": client.client_id, "redirect_uri": client.return_to,
                "scope": client.scopes, "state": state, "nonce": nonce, "code_challenge": challenge,
                "code_challenge_method": "S256",
            }
        )  # fmt: skip
        address = (await self._discovered())["authorization_endpoint"]
        until = (self._clock() + BEGUN_LASTS).timestamp()
        return f"{address}{'&' if '?' in address else '?'}{query}", self._vault.seal(
            [state, nonce, verifier, next_path, until]
        )

    async def finish(self, cookie: str, given: Mapping[str, str]) -> Returned:
        """Who came back with these query parameters. Raises NotAdmitted, whose words say no more than they must."""
        try:
            state, nonce, verifier, next_path, until = self._vault.open(cookie)
        except (InvalidToken, ValueError, TypeError):
            raise NotAdmitted(STALE) from None
        if until < self._clock().timestamp() or not hmac.compare_digest(
            str(state).encode(), given.get("state", "").encode()
        ):
            raise NotAdmitted(STALE)
        if given.get("iss", self.client.issuer) != self.client.issuer:
            raise self._refused("iss")  # RFC 9207: the answer of another issuer
        if "error" in given or not given.get("code"):
            raise self._refused("error")
        claims = await self._claims(await self._token(given["code"], verifier), nonce)
        return Returned(self._person(claims), next_path)

    async def _token(self, code: str, verifier: str) -> str:
        client = self.client
        form = {
            "grant_type": "authorization_code", "code": code, "redirect_uri": client.return_to,
            "code_verifier": verifier, "client_id": client.client_id,
        }  # fmt: skip
        auth = httpx.BasicAuth(client.client_id, client.client_secret) if client.client_secret else None
        found = await self._discovered()
        if auth and "client_secret_basic" not in found.get(
            "token_endpoint_auth_methods_supported", ["client_secret_basic"]
        ):
            form, auth = form | {"client_secret": client.client_secret}, None
        answer = await self._ask("POST", found["token_endpoint"], data=form, auth=auth)
        token = answer.get("id_token")
        if not isinstance(token, str):
            raise self._refused("no id_token")
        return token

    async def _claims(self, token: str, nonce: str) -> dict[str, Any]:
        """The claims of an identity token that is signed, ours, fresh and the answer to our question. Raises NotAdmitted."""
        registry = jwt.JWTClaimsRegistry(
            now=int(self._clock().timestamp()), leeway=LEEWAY, iss={"essential": True, "value": self.client.issuer},
            aud={"essential": True, "value": self.client.client_id}, exp={"essential": True}, iat={"essential": True},
            sub={"essential": True}, nonce={"essential": True, "value": nonce},
        )  # fmt: skip
        try:
            claims = await self._verified(token)
            registry.validate(claims)
        except (JoseError, ValueError, TypeError) as error:
            raise self._refused(type(error).__name__) from error
        several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
        if (several or "azp" in claims) and claims.get("azp") != self.client.client_id:
            raise self._refused("azp")
        return claims

    async def _verified(self, token: str) -> dict[str, Any]:
        try:
            return dict(jwt.decode(token, await self._keyset(), algorithms=ALGORITHMS).claims)
        except (JoseError, ValueError):
            # The issuer may have taken a new key into use.
            if self._keys is None or time.monotonic() - self._keys[0] < KEYS_AGAIN:
                raise
            self._keys = None
        return dict(jwt.decode(token, await self._keyset(), algorithms=ALGORITHMS).claims)

    async def _keyset(self) -> KeySet:
        if self._keys is None:
            answer = await self._ask("GET", (await self._discovered())["jwks_uri"])
            self._keys = time.monotonic(), KeySet.import_key_set(answer)  # type: ignore[arg-type]
        return self._keys[1]

    async def _discovered(self) -> dict[str, Any]:
        if self._found is None or time.monotonic() - self._found[0] > DISCOVERY_LASTS:
            answer = await self._ask("GET", self.client.issuer.rstrip("/") + "/.well-known/openid-configuration")
            ends = [answer.get(name) for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")]
            if answer.get("issuer") != self.client.issuer or not all(isinstance(e, str) and _is_safe(e) for e in ends):
                raise self._refused("discovery")
            self._found = time.monotonic(), answer
        return self._found[1]

    async def _ask(self, method: str, url: str, **more: Any) -> dict[str, Any]:
        try:
            async with httpx.AsyncClient(timeout=10, follow_redirects=False) as http:
                answer = await http.request(method, url, headers={"Accept": "application/json"}, **more)
            if answer.status_code >= 500:
                raise httpx.HTTPStatusError("5xx", request=answer.request, response=answer)
            content = answer.json()
        except (httpx.HTTPError, ValueError) as error:
            log.warning("sso.away", error=type(error).__name__)
            raise NotAdmitted(AWAY) from error
        if answer.status_code != 200 or not isinstance(content, dict):
            raise self._refused(f"status {answer.status_code}")
        return content

    def _person(self, claims: Mapping[str, Any]) -> Person:
        client = self.client
        subject = hashlib.sha256(f"{client.issuer}\n{claims['sub']}".encode()).hexdigest()
        logins = []
        # An address that nobody has checked may be anybody's, an administrator's too.
        if claims.get("email_verified") is True and isinstance(claims.get("email"), str):
            logins.append(claims["email"])
        if client.login_claim and isinstance(claims.get(client.login_claim), str):
            logins.append(claims[client.login_claim])
        roles = None
        if client.role_claim:
            given = _inside(claims, client.role_claim)
            names = given if isinstance(given, list) else [given]
            roles = frozenset(client.roles.get(str(name), str(name)) for name in names) & frozenset(ROLES)
        return Person(subject, tuple(logins), str(claims.get("name") or "")[:120], roles)

    def _refused(self, why: str) -> NotAdmitted:
        log.warning("sso.refused", reason=why)
        return NotAdmitted(BROKEN)


def _inside(claims: Mapping[str, Any], path: str) -> Any:
    """A claim by its name, or by names with dots between for one inside another (`realm_access.roles`)."""
    if path in claims:
        return claims[path]
    value: Any = claims
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _is_safe(url: str) -> bool:
    """HTTPS, or this very machine."""
    parts = urlsplit(url)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in ("127.0.0.1", "localhost", "::1"))
