"""CPython 3.11: a native in front of the original's own bytecode.

3.11 inlines calls of Python functions without a look at their `vectorcall`, so there a function gets another code
object: its own bytecode, behind a prologue that calls the native and returns its answer. Where the native declines, the
original's bytecode goes on as if nothing had been: no second call, no frame more in a traceback. What remains to be
seen is `f.__code__`, which is another object with the same name, file, lines and arguments.

The prologue comes before the original's RESUME, where a frame isn't complete yet: it has no line, raises no trace
event, and is no frame to `sys._getframe`, just as the native has none on other versions of Python.
"""

from __future__ import annotations

import dis
import opcode
from types import CodeType
from typing import Any

#: Stands for the object that a declined call returns, where there are no natives.
_DECLINED = type("declined", (), {"__module__": __name__})


def _decline(*_arguments: object) -> object:
    """Stands for a native that this process doesn't have: the original goes on."""
    return __getattr__("declined")


def __getattr__(name: str) -> object:
    # By these names the two constants of a trampoline are pickled, where its function is pickled by value.
    from sky_rust import _process

    native: Any = None if _process.native_obstacle() else _process.native()
    trampolines = [native.trampoline(one) for one in native.names()] if native is not None else []
    if name == "declined":
        return trampolines[0][1] if trampolines else _DECLINED
    if name.startswith("native_"):
        return next((entry for entry, _ in trampolines if entry.__name__ == name), _decline)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


_CACHES: dict[str, int] = {
    name: getattr(opcode, "_inline_cache_entries", [0] * 256)[code] for name, code in opcode.opmap.items()
}


#: The mark of the constant that holds the original's code: a tuple of this text and the code. (It is no class of ours,
#: since another import of this module would not recognise an instance.)
_ORIGINAL = "sky_rust: the original's code"


def original_of(code: CodeType) -> CodeType:
    """The original's own code, if `code` is a trampoline; else `code` itself.

    A function's code may have been kept while a native was attached, and put back later.
    """
    known = code.co_consts[-3:-2]
    if known and type(known[0]) is tuple and len(known[0]) == 2 and known[0][0] == _ORIGINAL:
        original: CodeType = known[0][1]
        return original
    return code


def trampoline(original: CodeType, native: Any, declined: object, *, python_first: bool) -> CodeType:
    """The code of `original`, behind a call of `native`.

    Args:
        original: the original's code, of CPython 3.11.
        native: called with all of the arguments.
        declined: the object that it returns where the original has to go on.
        python_first: whether the first statement stays before that call.

    Raises:
        ValueError: a call doesn't fit behind the first statement.
    """
    at = _end_of_first_statement(original) if python_first else 0
    consts = (*original.co_consts, (_ORIGINAL, original), native, declined)
    count = original.co_argcount + original.co_kwonlyargcount
    prologue = b"".join(
        (
            _instruction("PUSH_NULL"),
            _instruction("LOAD_CONST", len(consts) - 2),
            *(_instruction("LOAD_FAST", index) for index in range(count)),
            _instruction("PRECALL", count),
            _instruction("CALL", count),
            _instruction("COPY", 1),
            _instruction("LOAD_CONST", len(consts) - 1),
            _instruction("IS_OP", 0),
            _instruction("POP_JUMP_FORWARD_IF_TRUE", 1),
            _instruction("RETURN_VALUE"),
            _instruction("POP_TOP"),
        )
    )
    return original.replace(
        co_code=original.co_code[:at] + prologue + original.co_code[at:],
        co_consts=consts,
        co_stacksize=max(original.co_stacksize, count + 4),
        co_exceptiontable=_moved_exceptions(original.co_exceptiontable, at, len(prologue)),
        co_linetable=_moved_lines(original.co_linetable, at, len(prologue)),
    )


def _instruction(name: str, argument: int = 0) -> bytes:
    code = bytes((opcode.opmap["CACHE"], 0)) * _CACHES[name]
    code = bytes((opcode.opmap[name], argument & 0xFF)) + code
    while argument := argument >> 8:
        code = bytes((opcode.opmap["EXTENDED_ARG"], argument & 0xFF)) + code
    return code


def _end_of_first_statement(code: CodeType) -> int:
    """The offset of the second statement, where the first is an `if` whose end no jump crosses."""
    instructions = list(dis.get_instructions(code))
    starts = [(it.starts_line or 0, it) for it in instructions if it.starts_line and it.opname != "RESUME"]
    at = next(it.offset for line, it in starts if line > starts[0][0] and it.is_jump_target)
    for instruction in instructions:
        if instruction.opcode in dis.hasjrel:
            low, high = sorted((instruction.offset, instruction.argval))
            if low < at < high:
                raise ValueError(f"a jump in {code.co_name} leads across the end of its first statement")
    return at


def _moved_exceptions(table: bytes, at: int, size: int) -> bytes:
    """The exception table, for code that got `size` bytes more at offset `at`; its units are of two bytes."""
    entries: list[list[int]] = []
    position = 0
    while position < len(table):
        fields = []
        for _ in range(4):  # start, length, target, depth
            value, more = 0, True
            while more:
                byte = table[position]
                value, more = value << 6 | byte & 63, bool(byte & 64)
                position += 1
            fields.append(value)
        entries.append(fields)
    result = bytearray()
    for start, length, target, depth in entries:
        moved = [start + size // 2 * (start * 2 >= at), length, target + size // 2 * (target * 2 >= at), depth]
        for index, value in enumerate(moved):
            digits = [value & 63]
            while value := value >> 6:
                digits.append(value & 63 | 64)
            digits.reverse()
            digits[0] |= 128 * (index == 0)
            result += bytes(digits)
    return bytes(result)


def _moved_lines(table: bytes, at: int, size: int) -> bytes:
    """The location table, with entries without a location for the new instructions."""
    none = b"".join(bytes((0x80 | 15 << 3 | count - 1,)) for count in _eights(size // 2))
    position = units = 0
    while units * 2 < at:
        units += (table[position] & 7) + 1
        position += 1
        while position < len(table) and not table[position] & 0x80:
            position += 1
    if units * 2 != at:
        raise ValueError("the end of the first statement is inside an entry of the location table")
    return table[:position] + none + table[position:]


def _eights(count: int) -> list[int]:
    return [8] * (count // 8) + [count % 8] * (count % 8 > 0)
