"""Small faults in Python source: each mutant is a file with one node of its syntax tree replaced.

``mutants`` lists those of a source text, ``mutated`` makes the tree of one. What cannot change behaviour is left alone:
docstrings, annotations, messages, asserts, and the sizes of caches.
"""

import ast
import copy
import hashlib
import re
from typing import NamedTuple

COMPARISONS = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
ARITHMETIC = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Add,
    ast.FloorDiv: ast.Mult,
    ast.Div: ast.Mult,
    ast.Mod: ast.Mult,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
}
TWINS = {"any": "all", "all": "any", "min": "max", "max": "min"}
WORD = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
"""A string of this form is a word of the model: a role, a field, a code. Any other is a message."""
ASIDE = ("lru_cache", "cached_property", "attrs.frozen", "attrs.define", "property")
"""Decorators whose arguments are caches' sizes and the like."""


class Mutant(NamedTuple):
    """One fault: where it is, what it does, and which node and which replacement it is."""

    line: int
    text: str
    says: str
    node: int
    way: int

    def rank(self, name, seed):
        """Its place in the drawing of a sample; what is changed elsewhere in the file does not move it."""
        return hashlib.sha256(f"{seed}|{name}|{self.text}|{self.says}|{self.way}".encode()).hexdigest()


def mutants(source):
    """Every mutant of a source text, by line."""
    lines, found = source.splitlines(), []
    for number, node in enumerate(_nodes(ast.parse(source))):
        for way, (says, _) in enumerate(_ways(node)):
            found.append(Mutant(node.lineno, lines[node.lineno - 1].strip(), says, number, way))
    return sorted(found)


def mutated(source, mutant):
    """The syntax tree of the source with one fault in it."""
    tree = ast.parse(source)
    old = _nodes(tree)[mutant.node]
    new = ast.fix_missing_locations(ast.copy_location(_ways(old)[mutant.way][1], old))
    return ast.fix_missing_locations(_Put(old, new).visit(tree))


class _Put(ast.NodeTransformer):
    def __init__(self, old, new):
        self.old, self.new = old, new

    def visit(self, node):
        return self.new if node is self.old else super().generic_visit(node)


def _nodes(tree):
    """The nodes that may be replaced, in a fixed order."""
    out = []

    def take(node):
        if isinstance(node, ast.Assert | ast.Import | ast.ImportFrom | ast.JoinedStr):
            return
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            return  # a docstring
        out.append(node)
        for name, value in ast.iter_fields(node):
            if name in ("annotation", "returns", "type_params"):
                continue
            for child in value if isinstance(value, list) else [value]:
                aside = name == "decorator_list" and ast.unparse(child).startswith(ASIDE)
                if isinstance(child, ast.AST) and not aside:
                    take(child)

    take(tree)
    return [node for node in out if hasattr(node, "lineno")]


def _ways(node):
    """The replacements of a node, each with what it says."""
    return [(f"{_short(node)} -> {_short(new)}", new) for new in _replacements(node)]


def _short(node):
    return " ".join(ast.unparse(node).split())[:60]


def _replacements(node):
    match node:
        case ast.Compare():
            return [_compared(node, i, op) for i, old in enumerate(node.ops) for op in COMPARISONS[type(old)]]
        case ast.BoolOp():
            other = ast.Or() if isinstance(node.op, ast.And) else ast.And()
            without = [[*node.values[:i], *node.values[i + 1 :]] for i in range(len(node.values))]
            less = [values[0] if len(values) == 1 else ast.BoolOp(node.op, values) for values in without]
            return [ast.BoolOp(other, node.values), *less]
        case ast.UnaryOp(op=ast.Not()):
            return [node.operand]
        case ast.UnaryOp(op=ast.USub()):
            return [node.operand]
        case ast.BinOp() if type(node.op) in ARITHMETIC:
            return [ast.BinOp(node.left, ARITHMETIC[type(node.op)](), node.right)]
        case ast.Constant():
            return _constant(node.value)
        case ast.Call(func=ast.Name(id=name)) if name in TWINS:
            return [ast.Call(ast.Name(TWINS[name], ast.Load()), node.args, node.keywords)]
        case ast.IfExp():
            return [ast.IfExp(node.test, node.orelse, node.body)]
        case ast.comprehension():
            return []
        case ast.ListComp() | ast.SetComp() | ast.GeneratorExp() | ast.DictComp():
            return _unfiltered(node)
        case ast.If() | ast.While():
            return _tested(node)
        case ast.Return(value=value) if value is not None:
            return _returned(value)
        case ast.Expr() | ast.AugAssign() | ast.Raise() | ast.Continue() | ast.Break():
            return [ast.Pass()]
    return []


def _compared(node, at, op):
    return ast.Compare(node.left, [*node.ops[:at], op(), *node.ops[at + 1 :]], node.comparators)


def _constant(value):
    if isinstance(value, bool):
        return [ast.Constant(not value)]
    if isinstance(value, int):
        return [ast.Constant(value + 1)]
    if isinstance(value, str) and WORD.fullmatch(value):
        return [ast.Constant(f"{value}-x")]
    return []


def _unfiltered(node):
    """A comprehension without one of its conditions."""
    out = []
    for i, generator in enumerate(node.generators):
        for j in range(len(generator.ifs)):
            new = copy.copy(node)
            plain = copy.copy(generator)
            plain.ifs = [*generator.ifs[:j], *generator.ifs[j + 1 :]]
            new.generators = [*node.generators[:i], plain, *node.generators[i + 1 :]]
            out.append(new)
    return out


def _tested(node):
    """A branch never taken, and one always taken."""
    out = []
    for value in (False, True) if isinstance(node, ast.If) else (False,):
        new = copy.copy(node)
        new.test = ast.Constant(value)
        out.append(new)
    return out


def _returned(value):
    """Two values the other way round, or nothing."""
    if isinstance(value, ast.Tuple) and len(value.elts) > 1:
        return [ast.Return(ast.Tuple([*value.elts[1:], value.elts[0]], ast.Load()))]
    if isinstance(value, ast.Constant) and value.value is None:
        return []
    return [ast.Return(ast.Constant(None))]
