"""Programs for the fuzzer: seeds cut from tests, and random edits of them."""

from __future__ import annotations

import pathlib
import random
import re

TOKEN = re.compile(r"\d+\.\d+(?:e[+-]?\d+)?|[%@#!^]?[A-Za-z_][\w.$]*|[%@#!^]?\d+|->|\S")
FUNCTION = re.compile(r"^(?:func\.func|module|builtin\.module)\b.*?^(?:\}|(?=\n))", re.M | re.S)
NUMBER = re.compile(r"(?<![\w%#])\d+(?!\w)")
NAME = re.compile(r"@(\w+)")

NUMBERS = """0 1 2 3 4 5 7 8 16 17 64 1000 4096 65536 1048576 2147483647 2147483648
4294967296 1099511627776 4611686018427387904 9223372036854775807 9223372036854775808
18446744073709551616 -1 -2 -9223372036854775808 ?""".split()
ELEMENTS = """f16 bf16 f32 f64 f80 f128 tf32 f8E4M3FN i1 i4 i8 i16 i32 i64 i128 si32 ui8
index none complex<f32> complex<f64> complex<f16> complex<i32> vector<4xf32> tuple<>
tensor<f32> !tensornet""".split()
TYPES = """tensor<f32>|tensor<*xf32>|tensor<?x?xf32>|tensor<0xf32>|tensor<4xf32>|tensor<4x8xf32>|
tensor<4x8xf32, #sparse>|tensor<9223372036854775807xf32>|tensor<4294967296x4294967296xf64>|
memref<4x8xf32>|memref<?xf32, strided<[?], offset: ?>>|vector<4xf32>|f32|index|()|none""".split("|")
SUBSCRIPTS = """i j k zz 0 5 2*i i+j i-1 -i i*j i-i 3*i-2*j+1 9223372036854775807*i
i+9223372036854775807 4294967296*i+4294967296*j""".split()
ELEMENT = re.compile(r"(?:complex<[a-z]+\d+>|\b(?:bf16|f\d+|i\d+|index)\b)")
TENSOR = re.compile(r"tensor<[^>]*(?:<[^>]*>[^>]*)?>")
EXTENT = re.compile(r"(?<=[<x])(?:\d+|\?)(?=x)")


def with_callees(name: str, functions: dict[str, str]) -> str:
    """A function and, directly or not, those that it names."""
    needed, work = [], [name]
    while work:
        function = functions.get(work.pop())
        if function and function not in needed:
            needed.append(function)
            work += NAME.findall(function)
    return "\n".join(needed)


def cut_seeds(path: pathlib.Path) -> list[str]:
    """Every function of a file with those that it names, without comments; a case whole
    where it holds anything but functions."""
    seeds = []
    for case in path.read_text().split("// -----"):
        lines = [re.sub(r"\s*//.*", "", line) for line in case.splitlines()]
        aliases = "".join(line + "\n" for line in lines if line.startswith("#"))
        found = FUNCTION.findall("\n".join(lines) + "\n\n")
        functions = {NAME.search(f).group(1): f for f in found if NAME.search(f)}
        if functions and all(f.startswith("func.func") for f in found):
            seeds += [aliases + with_callees(name, functions) for name in functions]
        else:
            seeds.append("\n".join(lines))
    return [seed.strip() + "\n" for seed in seeds if seed.strip()]


class Mutator:
    """Makes variants of programs; lines and tokens of all seeds may enter."""

    def __init__(self, rng: random.Random, seeds: list[str]):
        self.rng = rng
        self.lines = [line for seed in seeds for line in seed.splitlines() if line.strip()]
        self.tokens = TOKEN.findall("\n".join(seeds))

    def mutate(self, text: str) -> str:
        """One to three edits, half of them such that a program often stays valid."""
        whole = [self.change_extent, self.change_element, self.change_number]
        places = [self.change_type, self.rename_index]
        for _ in range(self.rng.choice([1, 1, 1, 2, 3])):
            if self.rng.random() < 0.5:
                text = self.rng.choice(whole)(text)
            else:
                text = self.rng.choice([*places, *self.of_any_text()])(text)
        return text

    def of_any_text(self) -> list:
        """The edits that suit text of every kind."""
        tokens = [self.change_token, self.drop_token, self.swap_tokens]
        return [*tokens, self.change_line, self.splice, self.damage]

    # Edits of a whole program.

    def change_extent(self, text: str) -> str:
        """All extents that are equal become another one."""
        found = EXTENT.findall(text)
        if not found:
            return text
        old, new = self.rng.choice(found), self.rng.choice(NUMBERS + ["?", "0", "1"] * 4)
        return re.sub(rf"(?<=[<x]){re.escape(old)}(?=x)", new, text)

    def change_element(self, text: str) -> str:
        """All equal element types become another one."""
        found = ELEMENT.findall(text)
        if not found:
            return text
        old, new = self.rng.choice(found), self.rng.choice(ELEMENTS)
        return re.sub(rf"(?<![A-Za-z]){re.escape(old)}(?![A-Za-z0-9])", new, text)

    def change_number(self, text: str) -> str:
        """All equal numbers become another one."""
        found = NUMBER.findall(text)
        if not found:
            return text
        old, new = self.rng.choice(found), self.rng.choice(NUMBERS)
        return re.sub(rf"(?<![\w%#]){old}(?!\w)", new, text)

    # Edits of one place.

    def _pick(self, pattern: re.Pattern, text: str):
        matches = list(pattern.finditer(text))
        return self.rng.choice(matches) if matches else None

    def _replace(self, pattern: re.Pattern, text: str, new: str) -> str:
        match = self._pick(pattern, text)
        return text[: match.start()] + new + text[match.end() :] if match else text

    def change_token(self, text: str) -> str:
        return self._replace(TOKEN, text, self.rng.choice(self.tokens))

    def drop_token(self, text: str) -> str:
        return self._replace(TOKEN, text, "")

    def swap_tokens(self, text: str) -> str:
        first, second = self._pick(TOKEN, text), self._pick(TOKEN, text)
        if not first or not second or first.end() > second.start():
            return text
        return (
            text[: first.start()]
            + second.group()
            + text[first.end() : second.start()]
            + first.group()
            + text[second.end() :]
        )

    def change_type(self, text: str) -> str:
        """One tensor type becomes another, mostly one of the same program."""
        own = TENSOR.findall(text)
        types = own if own and self.rng.random() < 0.5 else TYPES
        return self._replace(TENSOR, text, self.rng.choice(types))

    def rename_index(self, text: str) -> str:
        """A subscript becomes another index, form or constant."""
        subscript = re.compile(r"(?<=[\[, ])[a-z]\w?(?=[\],+\- ])")
        return self._replace(subscript, text, self.rng.choice(SUBSCRIPTS))

    def change_line(self, text: str) -> str:
        """Drops, doubles or moves a line, or takes in one of another program."""
        lines = text.splitlines()
        place = self.rng.randrange(len(lines)) if lines else 0
        action = self.rng.randrange(4)
        if action == 0 and lines:
            del lines[place]
        elif action == 1 and lines:
            lines.insert(place, lines[place])
        elif action == 2 and lines:
            lines.insert(self.rng.randrange(len(lines)), lines.pop(place))
        else:
            lines.insert(place, self.rng.choice(self.lines))
        return "\n".join(lines) + "\n"

    def splice(self, text: str) -> str:
        """A run of tokens goes to another place."""
        first, to = self._pick(TOKEN, text), self._pick(TOKEN, text)
        if not first:
            return text
        run = text[first.start() : first.start() + self.rng.randrange(1, 60)]
        return text[: to.start()] + run + " " + text[to.start() :]

    def damage(self, text: str) -> str:
        """Cuts the text off, or puts in a character of any kind."""
        place = self.rng.randrange(len(text) + 1)
        if self.rng.random() < 0.3:
            return text[:place]
        character = self.rng.choice("\0\t\"'<>[](){}%@#!^:=,-*+?\x7f\u00e9\u2208")
        return text[:place] + character + text[place:]
