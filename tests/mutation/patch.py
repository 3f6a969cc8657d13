"""Puts a fault into a module that is loaded: the code of its functions is exchanged where they stand.

That spares a process all imports and the collection of tests. What runs when a module is imported cannot be exchanged
so: then ``patched`` says False, and the module must be imported with the fault in it.
"""

import functools
import gc
from types import CodeType, FunctionType

FUNCTION = 0x1  # CO_OPTIMIZED: the body of a function, not of a module or a class


def patched(path, source, tree):
    """Whether the fault is in force in every function that came from the file."""
    old, new = (_codes(compile(code, str(path), "exec", dont_inherit=True)) for code in (source, tree))
    changed = {key for key, codes in old.items() if [*map(_own, codes)] != [*map(_own, new.get(key, ()))]}
    if old.keys() != new.keys() or any(len(old[key]) > 1 for key in changed):
        return False
    if not all(code.co_flags & FUNCTION for key in changed for code in old[key]):
        return False
    around = {key for key in old if any(_within(name, key) for name in changed)}
    objects = gc.get_objects()
    found = [f for f in objects if type(f) is FunctionType and f.__code__.co_filename == str(path)]
    try:
        for function in found:
            key = _key(function.__code__)
            if key in around and len(new[key]) == 1:
                function.__code__ = new[key][0]
    except ValueError:  # another number of free variables
        return False
    for kept in (o for o in objects if isinstance(o, functools._lru_cache_wrapper)):
        kept.cache_clear()
    return True


def _key(code):
    return code.co_qualname, code.co_firstlineno


def _within(inner, outer):
    return inner[0] == outer[0] or inner[0].startswith(f"{outer[0]}.<locals>")


def _codes(code):
    """All code in a file, by name and line; two lambdas of a line share a name."""
    found = {}

    def take(one):
        found.setdefault(_key(one), []).append(one)
        for constant in one.co_consts:
            if isinstance(constant, CodeType):
                take(constant)

    take(code)
    return found


def _own(code):
    """A code without that of the functions inside."""
    constants = tuple(repr(c) for c in code.co_consts if not isinstance(c, CodeType))
    return code.co_code, constants, code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars
