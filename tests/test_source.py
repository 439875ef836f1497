"""The law of the source, as far as it can be read off the syntax tree.

Who may import whom is in the import contracts of pyproject.toml; line length and `print` outside
the command line are ruff's.
"""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "src" / "outcry"
BESIDE = ("sim", "bench", "chaos", "docs")  # packages of the repository that are not installed
UNMIRRORED = {"e2e", "scenarios", "contract"}  # they test the whole, or several modules at once

FILE_LINES = 400
FUNCTION_LINES = 70
SAYS_NOTHING = {"util", "utils", "helper", "helpers", "common", "misc", "manager", "managers"}

# The engine may use these of the standard library, and nothing that reads a clock, a random
# source, an environment or a file.
DOMAIN_IMPORTS = {
    "__future__",
    "array",
    "bisect",
    "collections",
    "dataclasses",
    "enum",
    "functools",
    "hashlib",
    "heapq",
    "itertools",
    "msgspec",
    "operator",
    "outcry",
    "struct",
    "typing",
}
# Answers that depend on the process (hash, id), on the outside, or that are not exact.
DOMAIN_CALLS = {"hash", "id", "open", "input", "float", "eval", "exec", "__import__"}
MAKES_SET = {"set", "frozenset"}
SET_TYPES = MAKES_SET | {"Set", "AbstractSet", "MutableSet", "FrozenSet"}
SET_METHODS = {"union", "intersection", "difference", "symmetric_difference"}
KEEPS_ORDER = {"list", "tuple", "iter", "next", "enumerate", "zip", "map", "filter", "dict", "join"}

MODULES = sorted(
    path for folder in (PACKAGE, *(ROOT / b for b in BESIDE)) for path in folder.rglob("*.py")
)
DOMAIN = sorted((PACKAGE / "domain").rglob("*.py"))


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


every_module = pytest.mark.parametrize("path", MODULES, ids=name_of)
every_domain_module = pytest.mark.parametrize("path", DOMAIN, ids=name_of)


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(), name_of(path))


def at(path: Path, node: ast.expr | ast.stmt) -> str:
    return f"{name_of(path)}:{node.lineno}"


def last_name(node: ast.AST) -> str:
    """`c` of `a.b.c`, `set` of `set[int]`, empty where there is no name."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Subscript(value=value):
            return last_name(value)
    return ""


@every_module
def test_a_file_is_short(path: Path) -> None:
    """A file has 400 lines at most; 200 is the aim."""
    lines = path.read_bytes().count(b"\n")
    assert lines <= FILE_LINES, f"{name_of(path)}: split it by noun"


@every_module
def test_a_function_fits_the_eye(path: Path) -> None:
    """The body of a function has 70 lines at most; 40 is the aim."""
    long = []
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            documented = ast.get_docstring(node) is not None and len(node.body) > 1
            first = node.body[1 if documented else 0].lineno
            if (node.end_lineno or first) - first + 1 > FUNCTION_LINES:
                long.append(f"{at(path, node)} {node.name}")
    assert not long


@every_module
def test_a_module_is_named_by_a_noun_of_the_trade(path: Path) -> None:
    """No module has a name under which anything could hide."""
    words = set(path.stem.split("_")) | set(path.parent.name.split("_"))
    assert not words & SAYS_NOTHING


@every_domain_module
def test_the_engine_imports_only_what_gives_the_same_answer_everywhere(path: Path) -> None:
    """The domain imports itself, msgspec and the pure part of the standard library."""
    foreign = []
    for node in ast.walk(tree(path)):
        match node:
            case ast.Import(names=names):
                roots = {name.name.partition(".")[0] for name in names}
            case ast.ImportFrom(module=str(module)):
                roots = {module.partition(".")[0]}
            case _:
                continue
        foreign += [f"{at(path, node)} {root}" for root in roots - DOMAIN_IMPORTS]
    assert not foreign


@every_domain_module
def test_the_engine_calls_nothing_that_differs_between_runs(path: Path) -> None:
    """The domain calls no hash(), no id(), nothing of the outside, and does no float arithmetic."""
    found = []
    for node in ast.walk(tree(path)):
        match node:
            case ast.Call(func=ast.Name(id=name)) if name in DOMAIN_CALLS:
                found.append(f"{at(path, node)} {name}()")
            case ast.BinOp(op=ast.Div()) | ast.AugAssign(op=ast.Div()):
                found.append(f"{at(path, node)} / makes a float; // does not")
            case ast.Constant(value=float() | complex()):
                found.append(f"{at(path, node)} a float")
    assert not found


@every_domain_module
def test_the_engine_never_goes_through_a_set(path: Path) -> None:
    """The order of a set differs between processes, so the domain only asks what is in one."""
    assert not list(set_iterations(path, tree(path)))


@pytest.mark.parametrize(
    "code",
    [
        "for order in {1, 2}: pass",
        "ids: set[int] = make()\nfor order in ids: pass",
        "class A:\n  due: frozenset[int]\n  def f(self): return [x for x in self.due]",
        "def f(due: set[int] | None): return list(due)",
        "due = set()\nfirst = due.pop()",
        "due = set(x)\nfor y in due - {1}: pass",
        "for y in set(x).union(z): pass",
    ],
)
def test_a_walk_through_a_set_is_found(code: str) -> None:
    """The check above sees sets by their literals, calls, operators and annotations."""
    assert list(set_iterations(PACKAGE, ast.parse(code)))


@pytest.mark.parametrize(
    "code",
    [
        "due = set()\nif 1 in due: due.add(2)",
        "for x in sorted({1, 2}): pass",
        "d = {}\nfor k in d: pass",
    ],
)
def test_asking_a_set_is_allowed(code: str) -> None:
    """Membership, growth, size and a sorted walk give the same answer everywhere."""
    assert not list(set_iterations(PACKAGE, ast.parse(code)))


def set_iterations(path: Path, module: ast.Module) -> Iterator[str]:
    """Places of `module` that go through a set in its own order, as far as names tell."""
    named = set(set_names(module))
    for node in ast.walk(module):
        match node:
            case ast.For(iter=walked) | ast.comprehension(iter=walked) | ast.Starred(value=walked):
                over = [walked]
            case ast.Call(func=ast.Attribute(value=value, attr="pop"), args=[]):
                over = [value]
            case ast.Call(func=func, args=args) if last_name(func) in KEEPS_ORDER:
                over = args
            case _:
                continue
        yield from (at(path, it) for it in over if is_set(it, named))


def set_names(module: ast.Module) -> Iterator[str]:
    """Names of variables, fields and parameters that hold a set somewhere in `module`."""
    for node in ast.walk(module):
        match node:
            case ast.AnnAssign(target=target, annotation=annotation) if says_set(annotation):
                yield last_name(target)
            case ast.arg(arg=name, annotation=ast.expr() as annotation) if says_set(annotation):
                yield name
            case ast.Assign(targets=targets, value=value) if is_set(value, set()):
                yield from map(last_name, targets)


def says_set(annotation: ast.expr) -> bool:
    if isinstance(annotation, ast.BinOp):
        return says_set(annotation.left) or says_set(annotation.right)
    return last_name(annotation) in SET_TYPES


def is_set(node: ast.expr, named: set[str]) -> bool:
    match node:
        case ast.Set() | ast.SetComp():
            return True
        case ast.BinOp(
            left=left, op=ast.BitOr() | ast.BitAnd() | ast.Sub() | ast.BitXor(), right=right
        ):
            return is_set(left, named) or is_set(right, named)
        case ast.Call(func=ast.Attribute(attr=method)) if method in SET_METHODS:
            return True
        case ast.Call(func=func):
            return last_name(func) in MAKES_SET
        case ast.Name() | ast.Attribute():
            return last_name(node) in named
    return False


def test_tests_mirror_the_source() -> None:
    """tests/a/test_b.py tests src/outcry/a/b.py, test_b_replaces.py one side of it."""
    stray = [
        name_of(path)
        for path in (ROOT / "tests").rglob("test_*.py")
        if path.parent != ROOT / "tests"
        and path.relative_to(ROOT / "tests").parts[0] not in UNMIRRORED
        and not mirrors(path)
    ]
    assert not stray, "name it after a module, or put it into tests/e2e or tests/contract"


def mirrors(path: Path) -> bool:
    folder = path.parent.relative_to(ROOT / "tests")
    tested = ROOT / folder if folder.parts[0] in BESIDE else PACKAGE / folder
    words = path.stem.removeprefix("test_").split("_")
    return any((tested / f"{'_'.join(words[:n])}.py").exists() for n in range(1, len(words) + 1))
