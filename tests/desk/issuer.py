"""A real issuer of OpenID Connect over HTTP for tests: signs with RS256, checks PKCE, and lies on request."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
from collections.abc import Callable
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

CLIENT, SECRET = "otklik", "the secret of this client, long enough"


class Issuer:
    """Knows one person at a time (`claims`); `lie` changes claims, `header` the token's head, `key` what it is signed with."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self.published = RSAKey.generate_key(2048, {"kid": "k1"})
        self.key: Any = self.published
        self.header: dict[str, Any] = {"alg": "RS256", "kid": "k1"}
        self.claims: dict[str, Any] = {}
        self.lie: dict[str, Any] = {}
        self.plain = ""
        """A token sent as it is, in place of a signed one."""
        self.asked: dict[str, str] = {}
        """Query of the last authorization."""
        self._codes: dict[str, dict[str, str]] = {}
        issuer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                issuer._get(self)

            def do_POST(self) -> None:
                issuer._post(self)

            def log_message(self, *_args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()

    def honest(self) -> None:
        """No lies any more."""
        self.key, self.header, self.lie, self.plain = (
            self.published,
            {"alg": "RS256", "kid": self.published.kid},
            {},
            "",
        )

    def _get(self, http: BaseHTTPRequestHandler) -> None:
        url = urlsplit(http.path)
        if url.path == "/.well-known/openid-configuration":
            found = {"issuer": self.url, "authorization_endpoint": f"{self.url}/authorize",
                     "token_endpoint": f"{self.url}/token", "jwks_uri": f"{self.url}/keys"}  # fmt: skip
            return _answer(http, 200, found)
        if url.path == "/keys":
            return _answer(http, 200, {"keys": [self.published.as_dict(private=False)]})
        if url.path == "/authorize":
            self.asked = {name: values[0] for name, values in parse_qs(url.query).items()}
            code = secrets.token_urlsafe(16)
            self._codes[code] = self.asked
            http.send_response(302)
            http.send_header("Location", f"{self.asked['redirect_uri']}?code={code}&state={self.asked['state']}")
            http.end_headers()
            return None
        return _answer(http, 404, {})

    def _post(self, http: BaseHTTPRequestHandler) -> None:
        body = http.rfile.read(int(http.headers["Content-Length"])).decode()
        form = {name: values[0] for name, values in parse_qs(body).items()}
        basic = "Basic " + base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        asked = self._codes.pop(form.get("code", ""), None)
        proof = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(proof).decode().rstrip("=")
        right = asked and asked["code_challenge"] == challenge and asked["redirect_uri"] == form["redirect_uri"]
        if not right or asked is None or http.headers.get("Authorization") != basic:
            return _answer(http, 400, {"error": "invalid_grant"})
        now = int(self._clock().timestamp())
        claims = {"iss": self.url, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": asked["nonce"]}
        claims |= self.claims | self.lie
        claims = {name: value for name, value in claims.items() if value is not None}
        token = self.plain or jwt.encode(self.header, claims, self.key, algorithms=["RS256", "HS256", "none"])
        return _answer(http, 200, {"access_token": "a", "token_type": "Bearer", "id_token": token})


def unsigned(claims: dict[str, Any]) -> str:
    """A token with `alg: none`."""
    parts = ({"alg": "none", "typ": "JWT"}, claims)
    return ".".join(base64.urlsafe_b64encode(json.dumps(p).encode()).decode().rstrip("=") for p in parts) + "."


def shared_secret(text: str) -> OctKey:
    """A key for HS256."""
    return OctKey.import_key(text)


def _answer(http: BaseHTTPRequestHandler, status: int, content: dict[str, Any]) -> None:
    body = json.dumps(content).encode()
    http.send_response(status)
    http.send_header("Content-Type", "application/json")
    http.send_header("Content-Length", str(len(body)))
    http.end_headers()
    http.wfile.write(body)
