"""Teach numba whole vectors of pixels, where the processor has instructions for them.

The compiler turns plain loops into vectors by itself, but finds neither the instruction
that multiplies and adds neighbours (`pairs`) in all the forms needed here nor those
that sum bytes and their differences (`byte_sums`, `byte_distances`), and by default it
leaves half of a 512-bit register unused. Here these are functions that numba knows,
on a type for a vector: x86-64 with AVX2 (32 bytes) or AVX-512 (64 bytes), and ARM of
64 bits (16 bytes). `BYTES` is 0 on others, whose loops are those of `plain`.

Not here: what is summed (`vectors`, `label_vectors`, `rows`), and what the instructions
of each processor are (`instructions`).
"""

from __future__ import annotations

# mypy: disable-error-code="untyped-decorator"
import operator
from typing import Any

from llvmlite import ir
from llvmlite.binding import llvm_version_info
from numba import types
from numba.core.registry import cpu_target
from numba.core.typing import signature
from numba.core.typing.templates import AbstractTemplate, infer_global
from numba.extending import intrinsic, lower_builtin, models, register_model

from .instructions import Neon, call, everywhere, instructions_of, spread

_TARGET = cpu_target.target_context.codegen().magic_tuple()
"""What numba compiles for: this processor, or what NUMBA_CPU_NAME says; the system, the
name of the processor, and its features."""

_KNOWS_FUSED = (20, 0, 0)
"""LLVM from which on `fast-dpwssd` was tried here."""

_HERE: Any = instructions_of(*_TARGET)

BYTES: int = _HERE.bytes if _HERE else 0
"""Bytes of a vector of the processor; 0: it has none that is known here."""

_AVX512 = 64

_BYTE, _SHORT, _WORD, _LONG = 8, 16, 32, 64
"""Bits of the lanes that a vector can be divided into."""


class Vector(types.Type):  # type: ignore[misc]
    """As many integers of some bits as a vector holds."""

    def __init__(self, bits: int) -> None:
        self.bits = bits
        self.lanes = 8 * BYTES // bits
        super().__init__(name=f"vector({self.lanes} x {bits} bits)")


def _llvm(vector: Vector) -> ir.VectorType:
    return ir.VectorType(ir.IntType(vector.bits), vector.lanes)


@register_model(Vector)
class _VectorModel(models.PrimitiveModel):  # type: ignore[misc]
    def __init__(self, manager: Any, vector: Vector) -> None:
        super().__init__(manager, vector, _llvm(vector))


def _constant(vector: Vector, value: int) -> ir.Constant:
    return everywhere(_llvm(vector), value)


def _operation(symbol: Any, name: str) -> None:
    """Teach numba an operator between two vectors of one type.

    As `overload` would do it, but without a function of its own that is compiled, which
    for each operator and type took as long as a tenth of a whole loop.
    """

    @infer_global(symbol)
    class Typed(AbstractTemplate):  # type: ignore[misc]
        def generic(self, args: Any, _kws: Any) -> Any:
            a, b = args
            return signature(a, a, b) if isinstance(a, Vector) and a == b else None

    @lower_builtin(symbol, Vector, Vector)
    def emitted(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        return getattr(builder, name)(*args)


for _symbol, _name in (
    (operator.add, "add"),
    (operator.iadd, "add"),
    (operator.and_, "and_"),
    (operator.xor, "xor"),
):
    _operation(_symbol, _name)


def _at(context: Any, builder: Any, array: Any, args: Any, vector: Any) -> Any:
    """Read a vector at an index of an array, which need not be aligned."""
    data = context.make_array(array)(context, builder, args[0]).data
    where = builder.bitcast(builder.gep(data, [args[1]]), vector.as_pointer())
    return builder.load(where, align=1)


@intrinsic
def load(_context: Any, array: Any, index: Any) -> Any:
    """Load a vector of a one-dimensional contiguous array, from `index` on."""
    vector = Vector(array.dtype.bitwidth)

    def code(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return _at(context, builder, signature.args[0], args, _llvm(vector))

    return vector(array, index), code


def _inside(bits: int) -> Any:
    @intrinsic
    def emitted(_context: Any, mask: Any, index: Any) -> Any:
        vector = Vector(bits)

        def code(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            bytes_ = ir.VectorType(ir.IntType(_BYTE), vector.lanes)
            flags = _at(context, builder, signature.args[0], args, bytes_)
            one = ir.Constant(bytes_, [1] * vector.lanes)
            flags = builder.select(builder.icmp_unsigned("<", flags, one), flags, one)
            if bits > _BYTE:
                flags = builder.zext(flags, _llvm(vector))
            return builder.sub(_constant(vector, 0), flags)

        return vector(mask, index), code

    return emitted


inside_bytes, inside_shorts = _inside(_BYTE), _inside(_SHORT)
"""All bits where the mask, an array of bytes, is not 0: in lanes of 8, of 16 bits.

Arithmetic, not a comparison, from which the compiler would make masked loads of the
pixels; see `plain.sums_masked`."""


def _zeros(bits: int) -> Any:
    @intrinsic
    def emitted(_context: Any) -> Any:
        vector = Vector(bits)
        return vector(), lambda *_: _constant(vector, 0)

    return emitted


zero_words, zero_longs = _zeros(_WORD), _zeros(_LONG)
"""Vectors of 0 in lanes of 32 and 64 bits."""

no_bytes = _zeros(_HERE.byte_lanes if _HERE else _LONG)
"""What sums of bytes begin with: of 32768 at most, which fit the lanes of all."""


def _everywhere(bits: int) -> Any:
    @intrinsic
    def emitted(_context: Any, value: Any) -> Any:
        vector = Vector(bits)

        def code(_c: Any, builder: Any, _s: Any, args: Any) -> Any:
            lane = (
                args[0] if bits == _LONG else builder.trunc(args[0], ir.IntType(bits))
            )
            return spread(builder, lane, _llvm(vector))

        return vector(types.int64), code

    return emitted


in_shorts, in_words, in_longs = map(_everywhere, (_SHORT, _WORD, _LONG))
"""The same number, an int64, in every lane of 16, 32, 64 bits."""


@intrinsic
def as_shorts(_context: Any, bytes_: Any) -> Any:
    """Look at bytes as lanes of 16 bits, two bytes in each."""
    vector = Vector(_SHORT)
    return vector(bytes_), lambda _c, b, _s, args: b.bitcast(args[0], _llvm(vector))


@intrinsic
def upper_half(_context: Any, a: Any) -> Any:
    """Return the upper half of the bits of each lane, as an unsigned number."""
    half = a.bits // 2
    return a(a), lambda _c, b, _s, args: b.lshr(args[0], _constant(a, half))


@intrinsic
def smaller(_context: Any, a: Any, b: Any) -> Any:
    """Return the smaller of two signed numbers in each lane."""

    def code(_c: Any, builder: Any, _s: Any, args: Any) -> Any:
        return builder.select(builder.icmp_signed("<", *args), *args)

    return a(a, b), code


@intrinsic
def pairs(_context: Any, a: Any, b: Any) -> Any:
    """Multiply lanes of signed 16 bits, and add two products in each lane of 32 bits.

    Which two is the processor's choice.
    """
    return Vector(_WORD)(a, b), lambda _c, b, _s, args: _HERE.pairs(b, *args)


@intrinsic
def twos(_context: Any, a: Any) -> Any:
    """Add two lanes of signed 16 bits in each lane of 32 bits."""
    return Vector(_WORD)(a), lambda _c, b, _s, args: _HERE.twos(b, *args)


@intrinsic
def byte_sums(_context: Any, a: Any) -> Any:
    """Sum bytes in lanes like those of `no_bytes`."""
    vector = Vector(_HERE.byte_lanes)
    return vector(a), lambda _c, b, _s, args: _HERE.byte_sums(b, *args)


@intrinsic
def byte_distances(_context: Any, a: Any, b: Any) -> Any:
    """Sum |a-b| of bytes in lanes like those of `no_bytes`."""
    vector = Vector(_HERE.byte_lanes)
    return vector(a, b), lambda _c, b, _s, args: _HERE.byte_distances(b, *args)


HAS_BYTE_PRODUCTS = isinstance(_HERE, Neon)
"""Whether bytes are multiplied as they are, and `byte_products` can be called."""


@intrinsic
def byte_products(_context: Any, a: Any, b: Any) -> Any:
    """Multiply bytes, and add four products in each lane of 32 bits."""
    return Vector(_WORD)(a, b), lambda _c, b, _s, args: _HERE.byte_products(b, *args)


@intrinsic
def total(_context: Any, a: Any) -> Any:
    """Sum all lanes, modulo the bits of a lane; an int64, not below 0."""

    def code(_c: Any, builder: Any, _s: Any, args: Any) -> Any:
        name = f"llvm.vector.reduce.add.v{a.lanes}i{a.bits}"
        lanes = call(builder, name, ir.IntType(a.bits), args)
        return lanes if a.bits == _LONG else builder.zext(lanes, ir.IntType(_LONG))

    return types.int64(a), code


@intrinsic
def widest(_context: Any) -> Any:
    """Let the compiler use vectors of 512 bits for the loops of this function.

    It prefers 256 bits on processors whose clock slows down for more; here, where the
    loops are short of instructions and not of clock, the wider are faster.
    """

    def code(context: Any, builder: Any, _s: Any, _args: Any) -> Any:
        # llvmlite refuses attributes that it does not know: past it.
        set.add(builder.function.attributes, '"prefer-vector-width"="512"')
        return context.get_dummy_value()

    return types.void(), code


@intrinsic
def fused(_context: Any) -> Any:
    """Let the compiler use one instruction for `pairs` and an addition, here.

    It takes two where their latency is shorter; a loop with many sums waits for none.
    """

    def code(context: Any, builder: Any, _s: Any, _args: Any) -> Any:
        if BYTES == _AVX512 and llvm_version_info >= _KNOWS_FUSED:
            features = f"{_TARGET[2]},+fast-dpwssd"
            set.add(builder.function.attributes, f'"target-features"="{features}"')
        return context.get_dummy_value()

    return types.void(), code


@intrinsic
def load_shorts(_context: Any, array: Any, index: Any) -> Any:
    """Load pixels of 8 or 16 bits from `index` on, in lanes of 16 bits."""
    vector = Vector(_SHORT)
    read = ir.VectorType(ir.IntType(array.dtype.bitwidth), vector.lanes)

    def code(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        pixels = _at(context, builder, signature.args[0], args, read)
        return builder.zext(pixels, _llvm(vector)) if read != _llvm(vector) else pixels

    return vector(array, index), code


@intrinsic
def as_longs(_context: Any, words: Any) -> Any:
    """Look at lanes of 32 bits as lanes of 64, two in each."""
    vector = Vector(_LONG)
    return vector(words), lambda _c, b, _s, args: b.bitcast(args[0], _llvm(vector))


@intrinsic
def store(_context: Any, array: Any, index: Any, vector: Any) -> Any:
    """Write a vector to an array, from `index` on."""

    def code(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        data = context.make_array(signature.args[0])(context, builder, args[0]).data
        where = builder.gep(data, [args[1]])
        where = builder.bitcast(where, args[2].type.as_pointer())
        builder.store(args[2], where, align=1)
        return context.get_dummy_value()

    return types.void(array, index, vector), code


@intrinsic
def equal_bits(_context: Any, array: Any, index: Any, value: Any) -> Any:
    """Set bit k where the number at `index` + k is `value`, of 16 to 64 bits.

    There are as many bits as lanes of 16 bits.
    """
    lanes = Vector(_SHORT).lanes
    vector = ir.VectorType(ir.IntType(array.dtype.bitwidth), lanes)

    def code(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        numbers = _at(context, builder, signature.args[0], args, vector)
        same = builder.icmp_unsigned("==", numbers, spread(builder, args[2], vector))
        return _HERE.bits(builder, same)

    return types.uint64(array, index, array.dtype), code


@intrinsic
def shorts_of(_context: Any, bits: Any) -> Any:
    """Set all bits of lane k where bit k is set, in lanes of 16 bits."""
    vector = Vector(_SHORT)

    def code(_c: Any, builder: Any, _s: Any, args: Any) -> Any:
        return _HERE.flags(builder, args[0], _llvm(vector))

    return vector(types.uint64), code


@intrinsic
def lowest_bit(_context: Any, bits: Any) -> Any:
    """Return the position of the lowest bit that is set; there must be one."""
    never_zero = ir.Constant(ir.IntType(1), 1)
    return types.int64(types.uint64), lambda _c, b, _s, args: b.cttz(
        args[0], never_zero
    )


@intrinsic
def count_bits(_context: Any, bits: Any) -> Any:
    """Count the bits that are set."""
    return types.int64(types.uint64), lambda _c, b, _s, args: b.ctpop(args[0])
