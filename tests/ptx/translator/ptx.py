"""Reads PTX as text: its functions, constant arrays, and statements."""

import re
from dataclasses import dataclass, field

BYTES = {"8": 1, "16": 2, "32": 4, "64": 8}


class Refused(Exception):
    """Something in the PTX that is not understood; it is never skipped."""


def bytes_of(type_name):
    return BYTES[type_name.lstrip("busf")]


@dataclass
class Parameter:
    name: str
    size: int


@dataclass
class Statement:
    """A label, an opening or closing brace, a declaration, or an instruction."""

    kind: str
    text: str


@dataclass
class Function:
    name: str
    parameters: list
    is_kernel: bool
    result: str = ""
    most_threads: int = 1024
    statements: list = field(default_factory=list)

    @property
    def waits_for_lanes(self):
        return any(re.search(r"\bshfl\.", s.text) for s in self.statements if s.kind == "instruction")


@dataclass
class Module:
    functions: list
    constants: dict  # name: bytes


def without_comments(text):
    return re.sub(r"//[^\n]*|/\*.*?\*/", "", text, flags=re.S)


PARAMETER = re.compile(r"\.param\s+(?:\.align\s+\d+\s+)?\.(\w+)\s+([\w$]+)(?:\[(\d+)\])?$")


def parameters_of(text):
    found = []
    for part in filter(None, (p.strip() for p in text.split(","))):
        match = PARAMETER.match(part)
        if not match:
            raise Refused(f"a parameter: {part}")
        kind, name, count = match.groups()
        found.append(Parameter(name, bytes_of(kind) * int(count or 1)))
    return found


STATEMENT = re.compile(r"\s*(?:(?P<label>[\w$]+):|(?P<open>\{)|(?P<close>\})|(?P<rest>[^;]*);)", re.S)


def statements_of(body):
    found, at = [], 0
    body = body.rstrip()
    while at < len(body):
        match = STATEMENT.match(body, at)
        if not match:
            raise Refused(f"a statement without an end: {body[at:at + 80]!r}")
        at = match.end()
        if match["label"]:
            found.append(Statement("label", match["label"]))
        elif match["open"] or match["close"]:
            found.append(Statement("brace", match["open"] or match["close"]))
        elif text := " ".join(match["rest"].split()):
            found.append(Statement("directive" if text.startswith(".") else "instruction", text))
    return found


def body_end(text, start):
    """The index of the brace that closes the one at `start`."""
    depth = 0
    for at in range(start, len(text)):
        depth += (text[at] == "{") - (text[at] == "}")
        if depth == 0:
            return at
    raise Refused("a function without an end")


HEAD = re.compile(r"\.(?:version|target|address_size)[^\n]*\n")
CONSTANT = re.compile(r"\.(?:global|const)\s+\.align\s+\d+\s+\.b8\s+(\w+)\[(\d+)\]\s*=\s*\{([^}]*)\};")
FUNCTION = re.compile(r"(?:\.visible\s+|\.weak\s+)?\.(entry|func)\s+(?:\(([^)]*)\)\s*)?(\w+)\s*\(([^)]*)\)"
                      r"\s*((?:\.\w+[^\n{;]*\n\s*)*)([{;])")
LIMIT = re.compile(r"\.maxntid\s+(\d+)(?:,\s*1,\s*1)?\s*$")


def function_of(match, body):
    kind, result, name, parameters, limits = match.group(1, 2, 3, 4, 5)
    function = Function(name, parameters_of(parameters), kind == "entry",
                        parameters_of(result)[0].name if result else "")
    for line in filter(None, (l.strip() for l in limits.splitlines())):
        limit = LIMIT.match(line)
        if not limit and not line.startswith((".noreturn", ".minnctapersm")):
            raise Refused(f"{name}: {line}")
        if limit:
            function.most_threads = int(limit[1])
    function.statements = statements_of(body)
    return function


def parse(text):
    text = HEAD.sub("", without_comments(text))
    module, at = Module([], {}), 0
    while text[at:].strip():
        at += len(text[at:]) - len(text[at:].lstrip())
        if match := CONSTANT.match(text, at):
            values = [int(v) for v in match[3].split(",")]
            module.constants[match[1]] = values + [0] * (int(match[2]) - len(values))
            at = match.end()
        elif match := FUNCTION.match(text, at):
            at = match.end()
            if match[6] == "{":
                end = body_end(text, at - 1)
                module.functions.append(function_of(match, text[at:end]))
                at = end + 1
        else:
            raise Refused(f"outside of functions: {text[at:at + 80]!r}")
    return module
