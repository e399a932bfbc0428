"""Writes one function of a PTX module as C++ (tests/ptx/runtime/machine.h says what it may use)."""

import re

from ptx import Refused, bytes_of
from rules import RULES

# The type of a register, and that of a value.
REGISTERS = {"pred": "bool", "b16": "uint16_t", "b32": "uint32_t", "b64": "uint64_t", "f32": "float",
             "f64": "double"}
VALUES = {"f32": "float", "f64": "double", "pred": "bool"}
SPECIAL = {"%laneid": "t.lane", "%tid.y": "0u", "%tid.z": "0u", "%ntid.y": "1u", "%ntid.z": "1u", "%tid.x": "t.tid",
           "%ntid.x": "t.ntid", "%ctaid.x": "t.ctaid[0]", "%ctaid.y": "t.ctaid[1]", "%ctaid.z": "t.ctaid[2]",
           "%nctaid.x": "t.nctaid[0]", "%nctaid.y": "t.nctaid[1]", "%nctaid.z": "t.nctaid[2]"}
REGISTER_DECLARATION = re.compile(r"\.reg \.(\w+) (%?\w+?)(?:<(\d+)>)?$")
LOCAL_DECLARATION = re.compile(r"\.(?:local|param) (?:\.align (\d+) )?\.(\w+) ([\w$]+)(?:\[(\d+)\])?$")
USED_BYTES = re.compile(r'\.pragma "used_bytes_mask (\d+)"$')
INSTRUCTION = re.compile(r"(?:@(!?)(%p\d+) )?([a-z]\w*(?:\.\w+)*)(?: (.*))?$")
EVERY_BYTE = "~0u"


def split_operands(text):
    """At commas outside of braces, brackets and parentheses."""
    parts, depth = [""], 0
    for letter in text:
        depth += (letter in "{[(") - (letter in "}])")
        if letter == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += letter
    return [p.strip() for p in parts]


class Writer:
    def __init__(self, function, index, callees, constants):
        self.function, self.index = function, index
        self.callees, self.constants = callees, constants
        self.waits = function.waits_for_lanes
        self.registers, self.locals, self.unused = {}, set(), set()
        self.mask = EVERY_BYTE

    # What rules use.

    def c(self, kind):
        if kind in VALUES:
            return VALUES[kind]
        return ("int" if kind[0] == "s" else "uint") + kind[1:] + "_t"

    def label(self, name):
        return "L" + name.replace("$", "_")

    def local(self, name):
        if name not in self.locals:
            raise Refused(f"an unknown name: {name}")
        return "local_" + name.replace("$", "_")

    def callee(self, name):
        if name not in self.callees:
            raise Refused(f"a call of {name}, which is not in the file")
        return self.callees[name]

    def register(self, name):
        if name in self.unused:
            raise Refused(f"{name}, which no rule sets, is read")
        return "r_" + name[1:]

    def kind(self, register):
        if register in self.registers:
            return self.registers[register]
        prefix = re.match(r"%[A-Za-z]+", register)
        if not prefix or prefix[0] not in self.registers:
            raise Refused(f"an unknown register: {register}")
        return self.registers[prefix[0]]

    def get(self, operand, kind, flush=None):
        """The operand's value as C++ of the type `kind`."""
        value = self.value(operand, kind)
        return f"flush({value})" if flush else value

    def value(self, operand, kind):
        if operand in SPECIAL:
            return f"({self.c(kind)}){SPECIAL[operand]}"
        if operand.startswith("%"):
            return self.converted(self.register(operand), self.kind(operand), kind)
        if literal := re.fullmatch(r"0([fd])([0-9A-F]+)", operand):
            bits = f"0x{literal[2]}u" + ("ll" if literal[1] == "d" else "")
            return f"from_bits<{'double' if literal[1] == 'd' else 'float'}>({bits})"
        if re.fullmatch(r"-?(0x[0-9a-fA-F]+|\d+)U?", operand):
            return f"({self.c(kind)})({operand.rstrip('U')}{'ll' if kind.endswith('64') else ''})"
        return self.address_of(operand)

    def converted(self, value, have, want):
        if have == "pred" or want == "pred":
            raise Refused(f"{value}: a predicate as a number")
        if want in ("f32", "f64"):
            if have == want:
                return value
            if bytes_of(have) != bytes_of(want):
                raise Refused(f"{value}: {have} read as {want}")
            return f"from_bits<{self.c(want)}>({value})"
        return f"({self.c(want)})" + (f"bits({value})" if have in ("f32", "f64") else value)

    def address_of(self, name):
        """Of a parameter, a local array or a constant array."""
        for i, parameter in enumerate(self.function.parameters):
            if parameter.name == name:
                return f"(uint64_t)params[{i}]"
        if name == self.function.result:
            return "(uint64_t)result"
        if name in self.constants:
            return f"(uint64_t){self.constants[name]}"
        return f"(uint64_t){self.local(name)}"

    def set(self, register, value, kind):
        """A statement: register = value, which has the type `kind` and is extended by its sign."""
        if register == "_":
            return f"(void)({value});"
        have, name = self.kind(register), self.register(register)
        if (have == "pred") != (kind == "pred"):
            raise Refused(f"{register} of type {have} is given a {kind}")
        if have == kind:
            return f"{name} = {value};"
        if have in ("f32", "f64"):
            return f"{name} = from_bits<{self.c(have)}>(({self.c('u' + have[1:])})({value}));"
        if kind in ("f32", "f64"):
            return f"{name} = bits({value});"
        return f"{name} = ({REGISTERS[have]})({self.c(kind)})({value});"

    def predicate(self, operand):
        if operand in ("0", "1", "-1"):
            return "false" if operand == "0" else "true"
        if self.kind(operand) != "pred":
            raise Refused(f"{operand} is no predicate")
        return self.register(operand)

    def flushed(self, value, flush):
        return f"flush({value})" if flush else value

    def address(self, operand):
        match = re.fullmatch(r"\[([%\w$]+)(?:\+(-?\d+))?\]", operand)
        if not match:
            raise Refused(f"an address: {operand}")
        return f"{self.value(match[1], 'u64')} + ({match[2] or 0})"

    def take(self, operands, kind, source):
        """Statements that set a register, or a vector of them, from what was read."""
        targets = [r.strip() for r in operands[0].strip("{}").split(",")]
        return f"const auto got = {source}; " + " ".join(
            self.set(r, f"got[{i}]", kind) for i, r in enumerate(targets))

    def braced(self, operand, kind):
        return "{" + ", ".join(self.get(r.strip(), kind) for r in operand.strip("{}").split(",")) + "}"

    def used_bytes(self):
        """Which bytes of a load are used, a bit each, as nvcc says."""
        mask, self.mask = self.mask, EVERY_BYTE
        return mask

    def check_only_written(self, registers):
        """These are not set: whoever reads them is refused."""
        self.unused.update(r.strip() for r in registers)

    # The function itself.

    def signature(self):
        if self.waits:
            if not self.function.is_kernel:
                raise Refused("a shuffle in a function that is called")
            return f"static Lane f{self.index}(Thread& t, void** params)"
        if self.function.is_kernel:
            return f"static void f{self.index}(Thread& t, void** params)"
        return f"static void f{self.index}(Thread& t, void** params, void* result)"

    def lines(self):
        body, declarations = [], []
        for statement in self.function.statements:
            try:
                self.statement(statement, body, declarations)
            except Refused as refused:
                raise Refused(f"{self.function.name}: {statement.text}: {refused}") from None
        if self.waits:
            body.append("co_return;")
        return [self.signature() + " {", "(void)t, (void)params;", *declarations, *body, "}"]

    def statement(self, statement, body, declarations):
        if statement.kind == "label":
            body.append(f"{self.label(statement.text)}:;")
        elif statement.kind == "brace":
            body.append(statement.text)
        elif statement.kind == "directive":
            self.directive(statement.text, body, declarations)
        else:
            body.append(self.instruction(statement.text))

    def directive(self, text, body, declarations):
        if match := REGISTER_DECLARATION.match(text):
            kind, name, count = match.groups()
            if kind not in REGISTERS:
                raise Refused("a type of registers")
            if not name.startswith("%"):
                return  # nvcc declares temp_param_reg for each call, and never uses it
            self.registers[name] = kind
            names = [f"r_{name[1:]}{i}" for i in range(1, int(count))] if count else [f"r_{name[1:]}"]
            if names:
                declarations.append(f"{REGISTERS[kind]} {', '.join(n + ' = 0' for n in names)};")
        elif match := LOCAL_DECLARATION.match(text):
            alignment, kind, name, count = match.groups()
            size = bytes_of(kind) * int(count or 1)
            self.locals.add(name)
            line = f"alignas({alignment or bytes_of(kind)}) unsigned char {self.local(name)}[{size}];"
            # A parameter of a call lives in the call's braces.
            if text.startswith(".param"):
                body.append(line)
            else:
                declarations.append(line + f" std::memset({self.local(name)}, 0xcd, {size});")
        elif match := USED_BYTES.match(text):
            self.mask = match[1] + "u"
        elif not text.startswith(".pragma \"nounroll\""):
            raise Refused("a directive")

    def instruction(self, text):
        match = INSTRUCTION.match(text)
        if not match:
            raise Refused("an instruction of an odd form")
        negated, guard, name, rest = match.groups()
        operands = split_operands(rest or "")
        for pattern, make in RULES:
            if found := pattern.fullmatch(name):
                line = make(self, found, operands)
                condition = f"if ({negated}{self.predicate(guard)}) " if guard else ""
                return f"{condition}{{ {line} }}"
        raise Refused(f"no rule for {name}")
