"""Name what each kind of processor has for sums of lanes, in LLVM's words.

x86 multiplies and adds neighbours in one instruction and sums differences of bytes in
another; ARM adds products to sums as it multiplies, and neighbours to sums in wider
lanes as it reads them, where LLVM sees an addition to what is returned here. Which lane
of a sum a pixel becomes part of is left to the processor: only the total of the lanes
means something.

Every method takes a builder of LLVM and values, and returns a value. `simd` makes them
functions that numba knows.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any, Protocol

from llvmlite import binding, ir
from numba.core import cgutils

_BYTE, _SHORT, _WORD, _LONG = 8, 16, 32, 64
"""Bits of the lanes that a vector can be divided into."""


class Instructions(Protocol):
    """What sums are made of, on one kind of processor."""

    bytes: int
    """Bytes of a vector."""

    byte_lanes: int
    """Bits of the lanes in which bytes and their differences are summed."""

    def pairs(self, builder: Any, a: Any, b: Any) -> Any:
        """Multiply lanes of signed 16 bits; two products are a lane of 32 bits."""

    def twos(self, builder: Any, a: Any) -> Any:
        """Add lanes of signed 16 bits, two in each lane of 32 bits."""

    def byte_sums(self, builder: Any, a: Any) -> Any:
        """Add bytes, in lanes of `byte_lanes` bits."""

    def byte_distances(self, builder: Any, a: Any, b: Any) -> Any:
        """Add |a-b| of bytes, in lanes of `byte_lanes` bits."""

    def bits(self, builder: Any, flags: Any) -> Any:
        """Make lane k, which is true or false, bit k of an integer of 64 bits."""

    def flags(self, builder: Any, bits: Any, vector: Any) -> Any:
        """Set all bits of a lane of 16 bits where its bit of 64 is set."""


class Avx:
    """x86-64 with AVX2 (vectors of 32 bytes) or with AVX-512 (64 bytes)."""

    byte_lanes = _LONG

    def __init__(self, bytes_: int) -> None:
        self.bytes = bytes_

    def pairs(self, builder: Any, a: Any, b: Any) -> Any:  # noqa: D102
        name = {64: "avx512.pmaddw.d.512", 32: "avx2.pmadd.wd"}[self.bytes]
        return call(builder, f"llvm.x86.{name}", _cut(a.type, _WORD), [a, b])

    def twos(self, builder: Any, a: Any) -> Any:  # noqa: D102
        return self.pairs(builder, a, everywhere(a.type, 1))

    def byte_sums(self, builder: Any, a: Any) -> Any:  # noqa: D102
        return self.byte_distances(builder, a, everywhere(a.type, 0))

    def byte_distances(self, builder: Any, a: Any, b: Any) -> Any:  # noqa: D102
        name = {64: "avx512.psad.bw.512", 32: "avx2.psad.bw"}[self.bytes]
        return call(builder, f"llvm.x86.{name}", _cut(a.type, _LONG), [a, b])

    def bits(self, builder: Any, flags: Any) -> Any:  # noqa: D102
        bits = builder.bitcast(flags, ir.IntType(flags.type.count))
        return builder.zext(bits, ir.IntType(_LONG))

    def flags(self, builder: Any, bits: Any, vector: Any) -> Any:  # noqa: D102
        bits = builder.trunc(bits, ir.IntType(vector.count))
        each = ir.VectorType(ir.IntType(1), vector.count)
        return builder.sext(builder.bitcast(bits, each), vector)


class Neon:
    """ARM of 64 bits, all of which have vectors of 16 bytes.

    One register is a vector, though there are enough for two: the sums of a loop, six
    and more, need not wait for one another, and fewer pixels are left that fill none.
    """

    bytes = 16
    byte_lanes = _WORD

    def __init__(self, triple: str, processor: str, features: str) -> None:
        self._target = triple, processor, features

    @cached_property
    def _has_dot(self) -> bool:
        """Whether the processor adds products of four bytes to a lane (`udot`).

        Neither the names of processors nor the features that LLVM finds out on each
        system say so alone. So LLVM is asked for a sum of products that it would use it
        for: were it named where the processor lacks it, LLVM would end the process.
        """
        triple, processor, features = self._target
        machine = binding.Target.from_triple(triple).create_target_machine(
            cpu=processor, features=features
        )
        return "udot" in machine.emit_assembly(binding.parse_assembly(_PRODUCTS))

    def pairs(self, builder: Any, a: Any, b: Any) -> Any:  # noqa: D102
        low, high = self._products(builder, a, b, builder.sext)
        return builder.add(low, high)

    def twos(self, builder: Any, a: Any) -> Any:  # noqa: D102
        return _neighbours(builder, a, "saddlp")

    def byte_sums(self, builder: Any, a: Any) -> Any:  # noqa: D102
        if self._has_dot:
            return self._dot(builder, a, everywhere(a.type, 1))
        return _neighbours(builder, _neighbours(builder, a, "uaddlp"), "uaddlp")

    def byte_distances(self, builder: Any, a: Any, b: Any) -> Any:  # noqa: D102
        apart = call(builder, "llvm.aarch64.neon.uabd.v16i8", a.type, [a, b])
        return self.byte_sums(builder, apart)

    def byte_products(self, builder: Any, a: Any, b: Any) -> Any:
        """Multiply bytes; four products are a lane of 32 bits."""
        if self._has_dot:
            return self._dot(builder, a, b)
        products = self._products(builder, a, b, builder.zext)
        return builder.add(*(_neighbours(builder, p, "uaddlp") for p in products))

    def bits(self, builder: Any, flags: Any) -> Any:  # noqa: D102
        # There is no instruction for it. A bitcast would say the same, but older LLVM
        # moves lane by lane for it.
        shorts = ir.VectorType(ir.IntType(_SHORT), flags.type.count)
        bits = builder.and_(builder.sext(flags, shorts), _powers(shorts))
        name = f"llvm.vector.reduce.add.v{shorts.count}i{_SHORT}"
        total = call(builder, name, ir.IntType(_SHORT), [bits])
        return builder.zext(total, ir.IntType(_LONG))

    def flags(self, builder: Any, bits: Any, vector: Any) -> Any:  # noqa: D102
        bits = spread(builder, builder.trunc(bits, vector.element), vector)
        bits = builder.and_(bits, _powers(vector))
        flags = builder.icmp_unsigned("!=", bits, everywhere(vector, 0))
        return builder.sext(flags, vector)

    def _products(self, builder: Any, a: Any, b: Any, widen: Any) -> list[Any]:
        """Multiply the lower halves of two vectors, and the upper, in wider lanes.

        LLVM makes each one instruction, even with an addition.
        """
        half = a.type.count // 2
        wide = ir.VectorType(ir.IntType(2 * a.type.element.width), half)
        products = []
        for start in (0, half):
            lanes = ir.Constant(
                ir.VectorType(ir.IntType(_WORD), half), list(range(start, start + half))
            )
            x, y = (widen(builder.shuffle_vector(v, v, lanes), wide) for v in (a, b))
            products.append(builder.mul(x, y))
        return products

    def _dot(self, builder: Any, a: Any, b: Any) -> Any:
        words = _cut(a.type, _WORD)
        name = "llvm.aarch64.neon.udot.v4i32.v16i8"
        return call(builder, name, words, [everywhere(words, 0), a, b])


_PRODUCTS = """
declare i32 @llvm.vector.reduce.add.v16i32(<16 x i32>)
define i32 @products(<16 x i8> %a, <16 x i8> %b) {
  %x = zext <16 x i8> %a to <16 x i32>
  %y = zext <16 x i8> %b to <16 x i32>
  %p = mul <16 x i32> %x, %y
  %sum = call i32 @llvm.vector.reduce.add.v16i32(<16 x i32> %p)
  ret i32 %sum
}
"""


def _neighbours(builder: Any, a: Any, name: str) -> Any:
    """Add neighbouring lanes, in lanes twice as wide."""
    wide = _cut(a.type, 2 * a.type.element.width)
    name = f"llvm.aarch64.neon.{name}.{_short_name(wide)}.{_short_name(a.type)}"
    return call(builder, name, wide, [a])


def _short_name(vector: Any) -> str:
    return f"v{vector.count}i{vector.element.width}"


def _cut(vector: Any, bits: int) -> Any:
    """Return the type of as many bytes as another, in lanes of some bits."""
    lanes = vector.count * vector.element.width // bits
    return ir.VectorType(ir.IntType(bits), lanes)


def _powers(vector: Any) -> Any:
    return ir.Constant(vector, [1 << k for k in range(vector.count)])


def everywhere(vector: Any, value: int) -> Any:
    """Return a constant with the same number in every lane."""
    return ir.Constant(vector, [value] * vector.count)


def spread(builder: Any, lane: Any, vector: Any) -> Any:
    """Put the same number in every lane."""
    undefined = ir.Constant(vector, ir.Undefined)
    first = builder.insert_element(undefined, lane, ir.Constant(ir.IntType(_WORD), 0))
    lanes = ir.VectorType(ir.IntType(_WORD), vector.count)
    return builder.shuffle_vector(first, undefined, ir.Constant(lanes, None))


def call(builder: Any, name: str, result: Any, args: Any) -> Any:
    """Call a function that LLVM knows by name."""
    kind = ir.FunctionType(result, [a.type for a in args])
    return builder.call(
        cgutils.get_or_insert_function(builder.module, kind, name), args
    )


def instructions_of(triple: str, processor: str, features: str) -> Instructions | None:
    """Return the instructions of a processor; None where none are named here.

    BW is the part of AVX-512 that has lanes of 8 and 16 bits.
    """
    architecture = triple.partition("-")[0]
    if architecture in ("aarch64", "arm64"):
        return Neon(triple, processor, features)
    if architecture == "x86_64":
        has = features.split(",")
        if "+avx512bw" in has:
            return Avx(64)
        if "+avx2" in has:
            return Avx(32)
    return None
