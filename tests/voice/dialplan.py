"""Reads Asterisk's configuration files, and walks a call through a dialplan: as much of both as deploy/asterisk uses."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import httpx

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MOST_STEPS = 200


@dataclass(frozen=True)
class Step:
    """One priority of an extension."""

    app: str
    args: str
    label: str
    line: int


@dataclass
class Context:
    """One context: its extensions by pattern, and what it includes."""

    extensions: dict[str, list[Step]] = field(default_factory=dict)
    includes: list[str] = field(default_factory=list)


@dataclass
class Plan:
    """A whole dialplan."""

    variables: dict[str, str] = field(default_factory=dict)
    contexts: dict[str, Context] = field(default_factory=dict)

    def find(self, context: str, extension: str) -> tuple[str, list[Step]] | None:
        """The pattern that takes an extension, its own context first, and its steps; None when nothing does."""
        here = self.contexts[context]
        if extension in here.extensions:
            return extension, here.extensions[extension]
        for pattern, steps in here.extensions.items():
            if pattern.startswith("_") and matches(pattern, extension):
                return pattern, steps
        return next((found for other in here.includes if (found := self.find(other, extension))), None)


def matches(pattern: str, extension: str) -> bool:
    """Whether a pattern (`_X.`, `_+X.`, `_10X`, `_X!`) takes an extension."""
    signs = {"X": "[0-9]", "Z": "[1-9]", "N": "[2-9]", ".": ".+", "!": ".*"}
    expression = "".join(signs.get(sign, re.escape(sign)) for sign in pattern[1:])
    return re.fullmatch(expression, extension) is not None


def lines(path: Path) -> Iterator[tuple[int, str]]:
    """The lines of a configuration file that say something, without comments, with their numbers."""
    for number, text in enumerate(path.read_text("utf-8").splitlines(), 1):
        plain = re.sub(r"(?<!\\);.*", "", text).strip()
        if plain:
            yield number, plain


def sections(path: Path) -> list[tuple[str, str, list[tuple[str, str]]]]:
    """Sections of an ordinary file in order: name, template or "!", pairs (with those of the template)."""
    found: list[tuple[str, str, list[tuple[str, str]]]] = []
    templates: dict[str, list[tuple[str, str]]] = {}
    for number, text in lines(path):
        if head := re.fullmatch(r"\[([\w.-]+)\](?:\(([\w!,.-]+)\))?", text):
            name, of = head[1], head[2] or ""
            pairs = list(templates[of]) if of not in ("", "!") else []
            found.append((name, of, pairs))
            if of == "!":
                templates[name] = pairs
        else:
            key, sign, value = text.partition("=")
            assert sign and found, f"{path.name}:{number}: neither a section nor key=value: {text}"
            found[-1][2].append((key.strip(), value.removeprefix(">").strip()))
    return found


def read(path: Path) -> Plan:
    """The dialplan of an extensions.conf; an assertion names the line that is none."""
    plan, context, extension = Plan(), "", ""
    for number, text in lines(path):
        where = f"{path.name}:{number}: {text}"
        if head := re.fullmatch(r"\[([\w-]+)\]", text):
            context, extension = head[1], ""
            if context not in ("general", "globals"):
                assert context not in plan.contexts, f"{where}: twice"
                plan.contexts[context] = Context()
        elif context in ("general", "globals"):
            name, sign, value = text.partition("=")
            assert sign, where
            if context == "globals":
                plan.variables[name.strip()] = value.strip()
        else:
            extension = _statement(plan.contexts[context], extension, number, where, text)
    return plan


def _statement(context: Context, extension: str, number: int, where: str, text: str) -> str:
    if found := re.fullmatch(r"include => ([\w-]+)", text):
        context.includes.append(found[1])
        return ""
    if found := re.fullmatch(r"exten => ([^,]+),(\w+),(.+)", text):
        extension, priority, label, call = found[1], found[2], "", found[3]
        assert priority == "1" and extension not in context.extensions, f"{where}: an extension begins once, with 1"
        context.extensions[extension] = []
    else:
        found = re.fullmatch(r"same => n(?:\(([\w-]+)\))?,(.+)", text)
        assert found and extension, f"{where}: belongs to no extension"
        label, call = found[1] or "", found[2]
    app = re.fullmatch(r"(\w+)\((.*)\)", call)
    assert app, f"{where}: an application needs brackets"
    context.extensions[extension].append(Step(app[1], app[2], label, number))
    return extension


def split(text: str, sign: str = ",") -> list[str]:
    """Arguments apart, as Asterisk does it: brackets and braces hold together, a backslash makes the next sign plain."""
    parts, depth, at = [""], 0, 0
    while at < len(text):
        one = text[at]
        if one == "\\" and at + 1 < len(text):
            parts[-1] += text[at + 1]
            at += 1
        elif one == sign and depth == 0:
            parts.append("")
        else:
            depth += (one in "([{") - (one in ")]}")
            parts[-1] += one
        at += 1
    return parts


def targets(step: Step) -> list[list[str]]:
    """Where a step may jump to, each as label, extension and label, or context, extension and label."""
    if step.app in ("Goto", "Gosub"):
        return [split(step.args)]
    if step.app in ("GotoIf", "GotoIfTime"):
        return [split(one) for one in split(split(step.args, "?")[1], ":") if one]
    return []


def closing(text: str, at: int) -> int:
    """The index behind the bracket that closes the one at `at`. Raises ValueError."""
    pairs = {"{": "}", "[": "]"}
    depth, opening = 0, text[at]
    for index in range(at, len(text)):
        depth += (text[index] == opening) - (text[index] == pairs[opening])
        if depth == 0:
            return index + 1
    raise ValueError(f"not closed: {text[at:]}")


@dataclass
class Channel:
    """A call in the dialplan. `audio` plays AudioSocket: uuid and host:port in, whether it went well out."""

    plan: Plan
    audio: Callable[[str, str], Awaitable[bool]]
    now: datetime
    caller: str = "+79123456789"
    linked: str = "1763.7"
    ends: dict[str, list[str]] = field(default_factory=dict)
    """How each further Queue (QUEUESTATUS, or a key) and Dial (DIALSTATUS) ends; one that is not told takes the call."""
    gone: bool = False
    """The caller has hung up."""
    variables: dict[str, str] = field(default_factory=dict)
    log: list[str] = field(default_factory=list)
    """What the caller met: `Queue otklik-city`, `Dial PJSIP/101`, `Playback …`, `Hangup`, `AudioSocket`."""
    headers: list[tuple[str, str]] = field(default_factory=list)

    async def run(self, context: str, extension: str) -> list[str]:
        """Walk until the call is over; the log."""
        place: tuple[str, str, int] | None = (context, extension, 0)
        back: list[tuple[str, str, int]] = []
        for _ in range(MOST_STEPS):
            if place is None or self.gone:
                return self.log
            context, extension, at = place
            found = self.plan.find(context, extension) or self.plan.find(context, "i")
            assert found, f"no {extension} in {context}"
            if at >= len(found[1]):
                return [*self.log, "Hangup"]
            self.variables["EXTEN"] = extension
            place = await self._step(found[1][at], (context, extension, at + 1), back)
        raise AssertionError(f"the call goes round in circles: {self.log}")

    async def _step(
        self, step: Step, after: tuple[str, str, int], back: list[tuple[str, str, int]]
    ) -> tuple[str, str, int] | None:
        args = await self.filled(step.args)
        if step.app == "Set":
            name, _, value = args.partition("=")
            if name == "CURLOPT(httpheader)":
                self.headers.append((value.partition(":")[0], value.partition(":")[2].strip()))
            self.variables[name] = value
        elif step.app == "GotoIf":
            condition, ways = split(args, "?")
            yes, _, no = ways.partition(":")
            way = yes if condition not in ("", "0") else no
            return self._jump(way, after) if way else after
        elif step.app == "GotoIfTime":
            times, way = split(args, "?")
            return self._jump(way, after) if self._within(times) else after
        elif step.app == "Goto":
            return self._jump(args, after)
        elif step.app == "Gosub":
            back.append(after)
            return self._jump(args, after)
        elif step.app == "Return":
            return back.pop()
        elif step.app == "TryExec":
            uuid, address = split(args.removeprefix("AudioSocket(").removesuffix(")"))
            self.log.append("AudioSocket")
            self.variables["TRYSTATUS"] = "SUCCESS" if await self.audio(uuid, address) else "FAILED"
        elif step.app == "Queue":
            return self._queue(split(args)[0], after)
        elif step.app == "Dial":
            self.log.append(f"Dial {split(args)[0]}")
            if not (told := self.ends.get("Dial")):
                return None
            self.variables["DIALSTATUS"] = told.pop(0)
        elif step.app == "Playback":
            self.log.append(f"Playback {args}")
        elif step.app in ("Hangup", "Busy", "Congestion"):
            self.log.append(" ".join(filter(None, (step.app, args))))
            return None
        else:
            assert step.app in ("Answer", "NoOp"), step
        return after

    def _queue(self, name: str, after: tuple[str, str, int]) -> tuple[str, str, int] | None:
        self.log.append(f"Queue {name}")
        if not (told := self.ends.get("Queue")):
            return None
        end = told.pop(0)
        if end.isdigit():
            return "otklik-from-queue", end, 0
        self.variables["QUEUESTATUS"] = end
        return after

    def _jump(self, way: str, after: tuple[str, str, int]) -> tuple[str, str, int]:
        parts = split(way)
        context, extension = ([*after[:2], ""][: 3 - len(parts)] + parts)[:2]
        found = self.plan.find(context, extension) or self.plan.find(context, "i")
        assert found, f"no {extension} in {context}"
        if parts[-1] == "1":
            return context, extension, 0
        return context, extension, [step.label for step in found[1]].index(parts[-1])

    def _within(self, times: str) -> bool:
        hours, days, *_ = split(times)
        first, _, last = hours.partition("-")
        if hours != "*" and not first <= f"{self.now:%H:%M}" <= last:
            return False
        begin, _, end = days.partition("-")
        return days == "*" or DAYS.index(begin) <= self.now.weekday() <= DAYS.index(end or begin)

    async def filled(self, text: str) -> str:
        """The text with its `${…}` and `$[…]` filled in."""
        done = ""
        while (at := text.find("$")) >= 0 and text[at + 1 : at + 2] in ("{", "["):
            end = closing(text, at + 1)
            inner = await self.filled(text[at + 2 : end - 1])
            value = await self._value(inner) if text[at + 1] == "{" else calculated(inner)
            done, text = done + text[:at] + value, text[end:]
        return done + text

    async def _value(self, inner: str) -> str:
        call = re.fullmatch(r"([A-Z]+)\((.*)\)", inner, re.DOTALL)
        if call is None:
            return self.variables.get(inner, self.plan.variables.get(inner, ""))
        name, args = call[1], split(call[2])
        if name == "CURL":
            return await self._curl(args[0], args[1] if len(args) > 1 else None)
        if name == "CUT":
            parts = self.variables.get(args[0], "").split(args[1] or "-")
            return parts[int(args[2]) - 1] if int(args[2]) <= len(parts) else ""
        if name == "FILTER":
            return "".join(re.findall(f"[{args[0]}]", args[1]))
        return {
            "LEN": lambda: str(len(call[2])),
            "URIENCODE": lambda: str(httpx.QueryParams({"": call[2]}))[1:].replace("+", "%20"),
            "CALLERID": lambda: self.caller,
            "CHANNEL": lambda: self.linked,
        }[name]()

    async def _curl(self, url: str, form: str | None) -> str:
        # Asterisk hands on whatever body came, with whatever status; nothing when none came.
        try:
            async with httpx.AsyncClient(trust_env=False, timeout=5) as client:
                if form is None:
                    return (await client.get(url, headers=self.headers)).text
                return (await client.post(url, content=form, headers=self.headers)).text
        except httpx.TransportError:
            return ""


def calculated(text: str) -> str:
    """An expression of one sign; "" for what Asterisk cannot read (a quote inside of quotes)."""
    operand = r'\s*(?:"([^"]*)"|(\d+))\s*'
    found = re.fullmatch(f"{operand}(=|>|\\+){operand}", text)
    if found is None:
        return ""
    left, right = (found[1] if found[1] is not None else found[2]), (found[4] if found[4] is not None else found[5])
    if found[3] == "+":
        return str(int(left) + int(right))
    return str(int(left == right if found[3] == "=" else int(left) > int(right)))
