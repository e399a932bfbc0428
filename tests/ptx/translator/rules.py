"""One rule for each form of an instruction: a pattern of its whole name, and the C++ that it becomes.

A rule gets the function being written, the match of the name, and the operands.
"""

import re

RULES = []


def rule(*patterns):
    def add(make):
        RULES.extend((re.compile(pattern), make) for pattern in patterns)
        return make
    return add


INTEGER = r"([su](?:16|32|64))"
BITS = r"([bsu](?:16|32|64))"
FLOAT = r"(f32|f64)"
ANY = r"([busf](?:8|16|32|64))"
VECTOR = r"(?:\.v([24]))?"


def unsigned(kind):
    return "u" + kind[1:]


def elements(operand):
    """The registers of {a, b}, or the one."""
    return [r.strip() for r in operand.strip("{}").split(",")] if operand.startswith("{") else [operand]


# Control flow.

@rule(r"bra(?:\.uni)?")
def _(f, m, a):
    return f"goto {f.label(a[0])};"


@rule(r"ret(?:\.uni)?")
def _(f, m, a):
    return "co_return;" if f.waits else "return;"


@rule(r"call(?:\.uni)?")
def _(f, m, a):
    result, name, arguments = a[0].strip("()"), a[1], a[2].strip("()")
    names = ", ".join(f.local(x.strip()) for x in arguments.split(","))
    return f"void* arguments[] = {{{names}}}; {f.callee(name)}(t, arguments, {f.local(result)});"


# Memory. Parameters are the host's; global memory is checked.

@rule(rf"ld\.param{VECTOR}\.{ANY}", rf"ld\.local{VECTOR}\.{ANY}")
def _(f, m, a):
    return f.take(a, m[2], f"read<{f.c(m[2])}, {m[1] or 1}>({f.address(a[1])})")


@rule(rf"st\.param{VECTOR}\.{ANY}", rf"st\.local{VECTOR}\.{ANY}")
def _(f, m, a):
    return f"write<{f.c(m[2])}, {m[1] or 1}>({f.address(a[0])}, {f.braced(a[1], m[2])});"


@rule(rf"ld\.global(?:\.nc)?{VECTOR}\.{ANY}")
def _(f, m, a):
    return f.take(a, m[2], f"load<{f.c(m[2])}, {m[1] or 1}>(t, {f.address(a[1])}, {f.used_bytes()})")


@rule(rf"st\.global{VECTOR}\.{ANY}")
def _(f, m, a):
    return f"store<{f.c(m[2])}, {m[1] or 1}>(t, {f.address(a[0])}, {f.braced(a[1], m[2])});"


@rule(r"cvta(?:\.to)?\.(?:global|local)\.u64")
def _(f, m, a):
    return f.set(a[0], f.get(a[1], "u64"), "u64")


@rule(r"mov\.pred")
def _(f, m, a):
    return f.set(a[0], f.predicate(a[1]), "pred")


@rule(rf"mov\.{BITS}", rf"mov\.{FLOAT}")
def _(f, m, a):
    whole = m[1]
    if a[0].startswith("{"):
        parts = elements(a[0])
        part = "b" + str(int(whole[1:]) // len(parts))
        text = f"const {f.c(unsigned(whole))} whole = {f.get(a[1], whole)}; "
        return text + " ".join(f.set(r, f"({f.c(part)})(whole >> {i * int(part[1:])})", part)
                               for i, r in enumerate(parts))
    if a[1].startswith("{"):
        parts = elements(a[1])
        part = "b" + str(int(whole[1:]) // len(parts))
        joined = " | ".join(f"({f.c(unsigned(whole))}){f.get(r, part)} << {i * int(part[1:])}"
                            for i, r in enumerate(parts))
        return f.set(a[0], joined, whole)
    return f.set(a[0], f.get(a[1], whole), whole)


# Lanes of a warp.

@rule(r"shfl\.sync\.idx\.b32")
def _(f, m, a):
    target = a[0].split("|")[0]
    source = ", ".join(f.get(x, "b32") for x in a[1:5])
    f.check_only_written(a[0].split("|")[1:])
    return f"const uint32_t got = co_await t.shuffle({source}); " + f.set(target, "got", "b32")


# Comparisons and choices.

ORDERED = {"eq": "==", "ne": "!=", "lt": "<", "le": "<=", "gt": ">", "ge": ">=", "lo": "<", "ls": "<=",
           "hi": ">", "hs": ">="}


@rule(rf"setp\.(eq|ne|lt|le|gt|ge|lo|ls|hi|hs)\.{BITS}")
def _(f, m, a):
    return f.set(a[0], f"{f.get(a[1], m[2])} {ORDERED[m[1]]} {f.get(a[2], m[2])}", "pred")


@rule(rf"setp\.(eq|ne|lt|le|gt|ge)(u?)(\.ftz)?\.{FLOAT}")
def _(f, m, a):
    x, y = f.get(a[1], m[4], m[3]), f.get(a[2], m[4], m[3])
    if m[2]:
        return f.set(a[0], f"is_unordered({x}, {y}) || {x} {ORDERED[m[1]]} {y}", "pred")
    return f.set(a[0], f"!is_unordered({x}, {y}) && {x} {ORDERED[m[1]]} {y}", "pred")


@rule(rf"setp\.(nan|num)(\.ftz)?\.{FLOAT}")
def _(f, m, a):
    sign = "" if m[1] == "nan" else "!"
    return f.set(a[0], f"{sign}is_unordered({f.get(a[1], m[3])}, {f.get(a[2], m[3])})", "pred")


@rule(rf"selp\.{BITS}", rf"selp\.{FLOAT}")
def _(f, m, a):
    return f.set(a[0], f"{f.predicate(a[3])} ? {f.get(a[1], m[1])} : {f.get(a[2], m[1])}", m[1])


# Bits.

@rule(r"(and|or|xor)\.pred")
def _(f, m, a):
    sign = {"and": "&", "or": "|", "xor": "^"}[m[1]]
    return f.set(a[0], f"bool({f.predicate(a[1])} {sign} {f.predicate(a[2])})", "pred")


@rule(r"(and|or|xor)\.(b16|b32|b64)")
def _(f, m, a):
    sign = {"and": "&", "or": "|", "xor": "^"}[m[1]]
    return f.set(a[0], f"{f.get(a[1], m[2])} {sign} {f.get(a[2], m[2])}", m[2])


@rule(r"not\.pred")
def _(f, m, a):
    return f.set(a[0], f"!{f.predicate(a[1])}", "pred")


@rule(r"not\.(b16|b32|b64)")
def _(f, m, a):
    return f.set(a[0], f"~{f.get(a[1], m[1])}", m[1])


@rule(rf"(shl|shr)\.{BITS}")
def _(f, m, a):
    return f.set(a[0], f"{m[1]}({f.get(a[1], m[2])}, {f.get(a[2], 'u32')})", m[2])


@rule(r"bfi\.(b32|b64)")
def _(f, m, a):
    values = ", ".join([f.get(a[1], m[1]), f.get(a[2], m[1]), f.get(a[3], "u32"), f.get(a[4], "u32")])
    return f.set(a[0], f"insert_bits({values})", m[1])


# Integers. Overflow wraps, so sums and products are unsigned.

@rule(rf"(add|sub)\.{INTEGER}")
def _(f, m, a):
    sign = {"add": "+", "sub": "-"}[m[1]]
    kind = unsigned(m[2])
    return f.set(a[0], f"{f.get(a[1], kind)} {sign} {f.get(a[2], kind)}", m[2])


@rule(rf"mul\.lo\.{INTEGER}")
def _(f, m, a):
    return f.set(a[0], f"wrapped_product({f.get(a[1], unsigned(m[1]))}, {f.get(a[2], unsigned(m[1]))})", m[1])


@rule(rf"mul\.hi\.{INTEGER}")
def _(f, m, a):
    return f.set(a[0], f"high_product({f.get(a[1], m[1])}, {f.get(a[2], m[1])})", m[1])


def wide(kind):
    return kind[0] + str(2 * int(kind[1:]))


@rule(r"mul\.wide\.([su](?:16|32))")
def _(f, m, a):
    to = wide(m[1])
    return f.set(a[0], f"({f.c(to)}){f.get(a[1], m[1])} * ({f.c(to)}){f.get(a[2], m[1])}", to)


@rule(rf"mad\.lo\.{INTEGER}")
def _(f, m, a):
    kind = unsigned(m[1])
    return f.set(a[0], f"wrapped_product({f.get(a[1], kind)}, {f.get(a[2], kind)}) + {f.get(a[3], kind)}", m[1])


@rule(r"mad\.wide\.([su](?:16|32))")
def _(f, m, a):
    to = wide(m[1])
    product = f"({f.c(to)}){f.get(a[1], m[1])} * ({f.c(to)}){f.get(a[2], m[1])}"
    return f.set(a[0], f"({f.c(unsigned(to))})({product}) + {f.get(a[3], unsigned(to))}", to)


@rule(rf"(div|rem)\.{INTEGER}")
def _(f, m, a):
    name = {"div": "quotient", "rem": "remainder"}[m[1]]
    return f.set(a[0], f"{name}(t, {f.get(a[1], m[2])}, {f.get(a[2], m[2])})", m[2])


@rule(rf"(min|max)\.{INTEGER}")
def _(f, m, a):
    return f.set(a[0], f"std::{m[1]}<{f.c(m[2])}>({f.get(a[1], m[2])}, {f.get(a[2], m[2])})", m[2])


@rule(r"neg\.(s16|s32|s64)")
def _(f, m, a):
    return f.set(a[0], f"0 - {f.get(a[1], unsigned(m[1]))}", m[1])


@rule(r"abs\.(s16|s32|s64)")
def _(f, m, a):
    return f.set(a[0], f"wrapped_abs({f.get(a[1], m[1])})", m[1])


# Floating point, to nearest where nothing else is said.

@rule(rf"(add|sub|mul)(?:\.rn)?(\.ftz)?\.{FLOAT}", rf"(div)\.(?:rn|full|approx)(\.ftz)?\.{FLOAT}")
def _(f, m, a):
    sign = {"add": "+", "sub": "-", "mul": "*", "div": "/"}[m[1]]
    value = f"{f.get(a[1], m[3], m[2])} {sign} {f.get(a[2], m[3], m[2])}"
    return f.set(a[0], f.flushed(value, m[2]), m[3])


@rule(r"add\.rz\.f32")
def _(f, m, a):
    return f.set(a[0], f"sum_towards_zero({f.get(a[1], 'f32')}, {f.get(a[2], 'f32')})", "f32")


@rule(rf"(fma)\.(rn)(\.ftz)?\.{FLOAT}", r"(fma)\.(rm)(\.ftz)?\.(f32)")
def _(f, m, a):
    name = {"rn": "std::fma", "rm": "fma_down"}[m[2]]
    value = f"{name}({', '.join(f.get(x, m[4], m[3]) for x in a[1:4])})"
    return f.set(a[0], f.flushed(value, m[3]), m[4])


@rule(rf"neg(?:\.ftz)?\.{FLOAT}")
def _(f, m, a):
    return f.set(a[0], f"-{f.get(a[1], m[1])}", m[1])


@rule(rf"(min|max)(\.ftz)?\.{FLOAT}")
def _(f, m, a):
    return f.set(a[0], f"std::f{m[1]}({f.get(a[1], m[3], m[2])}, {f.get(a[2], m[3], m[2])})", m[3])


@rule(r"(min|max)(\.ftz)?\.NaN\.(f32)")
def _(f, m, a):
    return f.set(a[0], f"{m[1]}_or_nan({f.get(a[1], m[3], m[2])}, {f.get(a[2], m[3], m[2])})", m[3])


@rule(rf"copysign\.{FLOAT}")
def _(f, m, a):
    return f.set(a[0], f"std::copysign({f.get(a[2], m[1])}, {f.get(a[1], m[1])})", m[1])


FUNCTIONS = {"abs": "std::fabs", "sqrt": "std::sqrt", "rcp": "reciprocal", "rsqrt": "reciprocal_root",
             "ex2": "std::exp2", "lg2": "std::log2"}


@rule(rf"(abs)(\.ftz)?\.{FLOAT}", rf"(sqrt|rcp)\.(?:rn|approx)(\.ftz)?\.{FLOAT}",
      r"(rsqrt|ex2|lg2)\.approx(\.ftz)?\.(f32)")
def _(f, m, a):
    return f.set(a[0], f.flushed(f"{FUNCTIONS[m[1]]}({f.get(a[1], m[3], m[2])})", m[2]), m[3])


# Conversions.

ROUNDINGS = {"rni": "std::nearbyint", "rzi": "std::trunc", "rmi": "std::floor", "rpi": "std::ceil"}


@rule(r"cvt\.([su](?:8|16|32|64))\.([su](?:8|16|32|64))")
def _(f, m, a):
    return f.set(a[0], f"({f.c(m[1])}){f.get(a[1], m[2])}", m[1])


@rule(rf"cvt\.(rni|rzi|rmi|rpi)(\.ftz)?\.{FLOAT}\.{FLOAT}")
def _(f, m, a):
    return f.set(a[0], f"({f.c(m[3])}){ROUNDINGS[m[1]]}({f.get(a[1], m[4], m[2])})", m[3])


@rule(rf"cvt\.(rni|rzi|rmi|rpi)(\.ftz)?\.([su](?:16|32|64))\.{FLOAT}")
def _(f, m, a):
    return f.set(a[0], f"saturated<{f.c(m[3])}>({ROUNDINGS[m[1]]}({f.get(a[1], m[4], m[2])}))", m[3])


@rule(rf"cvt\.rn\.{FLOAT}\.([su](?:8|16|32|64))", r"cvt\.rn\.(f32)\.(f64)", r"cvt\.(f64)\.(f32)")
def _(f, m, a):
    return f.set(a[0], f"({f.c(m[1])}){f.get(a[1], m[2])}", m[1])


@rule(r"cvt(?:\.ftz)?\.sat\.f32\.f32")
def _(f, m, a):
    return f.set(a[0], f"saturated_to_one({f.get(a[1], 'f32')})", "f32")


@rule(r"cvt\.f32\.(f16|bf16)")
def _(f, m, a):
    return f.set(a[0], f"{m[1]}_to_float({f.get(a[1], 'u16')})", "f32")


@rule(r"cvt\.rn\.(f16|bf16)\.f32")
def _(f, m, a):
    return f.set(a[0], f"float_to_{m[1]}({f.get(a[1], 'f32')})", "u16")


@rule(r"cvt\.rn\.(f16|bf16)x2\.f32")
def _(f, m, a):
    high, low = (f"float_to_{m[1]}({f.get(x, 'f32')})" for x in a[1:3])
    return f.set(a[0], f"(uint32_t){high} << 16 | {low}", "b32")
