"""Makes one document of a scenario and of the files that it names: included steps, and tables of accounts.

Each part keeps the file, the line and the column at which it stands. What cannot be had is a finding, and a lost part.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import PurePosixPath
from typing import Any

import attrs
import yaml

from dcsim.files.account_table import accounts_in
from dcsim.files.beside import Reader, file_key, no_such, path_in, table_at
from dcsim.files.disk import SUFFIXES
from dcsim.files.findings import Finding, InputError, suggest
from dcsim.files.forms import IGNORED, SharedForm, keys_of
from dcsim.files.living import living
from dcsim.files.place import LostNode, by_key, found_at, moved_to, text_node
from dcsim.files.structure import NAMES
from dcsim.files.varying import measured, names_table
from dcsim.files.yaml_nodes import STRUCTURE, Document, document_of, parse

LISTS = ("accounts", "steps", "faults")
GROUPS, INCLUDE, POPULATION = "groups", "include", "population"
OWN_KEYS = ("id", "names", "population", "csv")
"""An item of the accounts has one of these keys, which says of which sort it is."""
MOST_NESTED = 20

Fill = Callable[[yaml.Node], yaml.Node | None]


@attrs.define(eq=False)
class Expansion:
    """One scenario's parts on their way into one document.

    ``read`` gives the files that it names and ``fill`` puts values for placeholders; ``records`` and ``kinds`` are
    the rulebook's, if they are known. ``texts`` are what was read, by key; ``lost`` are the sections that may lack
    something.
    """

    read: Reader
    records: Sequence[str] | None
    kinds: Collection[str] | None
    fill: Fill
    texts: dict[str, str] = attrs.field(factory=dict)
    findings: list[Finding] = attrs.field(factory=list)
    lost: set[str] = attrs.field(factory=set)
    parts: dict[str, list[Any]] = attrs.field(factory=dict)
    _groups: dict[str, yaml.Node] = attrs.field(factory=dict)

    def document(self, document: Document) -> Document:
        """The document with everything that it names. The same document if it names nothing."""
        keys = by_key(document.root)
        if not isinstance(document.root, yaml.MappingNode) or not (
            INCLUDE in keys or POPULATION in keys or _names_more(keys)
        ):
            return document
        self._take(document.root, "", ())
        kept = [
            (key, self._whole(key.value, value))
            for key, value in document.root.value
            if key.value not in (INCLUDE, POPULATION)
        ]
        added = [name for name, items in self.parts.items() if items and name not in keys]
        mark = document.root.start_mark
        kept += [(text_node(name, mark), self._section(name, mark)) for name in added]
        return document_of(yaml.MappingNode(STRUCTURE, kept, mark, document.root.end_mark))

    def _whole(self, name: str, value: yaml.Node) -> yaml.Node:
        expanded = name in self.parts and (_is_list(name, value) or name == GROUPS)
        return self._section(name, value.start_mark) if expanded else value

    def _section(self, name: str, mark: Any) -> yaml.Node:
        made = yaml.MappingNode if name == GROUPS else yaml.SequenceNode
        return made(STRUCTURE, self.parts[name], mark, mark)

    def _take(self, root: yaml.MappingNode, key: str, above: tuple[str, ...]) -> None:
        """Take the parts of a file: first those of the files that it includes, then its own."""
        keys = by_key(root)
        if INCLUDE in keys:
            self._include(keys[INCLUDE], key, (*above, key))
        for name in LISTS:
            if name in keys and _is_list(name, keys[name]):
                items = keys[name].value if isinstance(keys[name], yaml.SequenceNode) else [keys[name]]
                if name == "accounts":
                    items = [made for item in items for made in self._accounts(item, key)]
                else:
                    items = [measured(item, key, self.read, self.texts, self.findings) for item in items]
                self.parts.setdefault(name, []).extend(items)
        if POPULATION in keys:
            self._live(keys[POPULATION], key)
        if isinstance(keys.get(GROUPS), yaml.MappingNode):
            self._join(keys[GROUPS])

    def _join(self, groups: yaml.Node) -> None:
        for name, members in groups.value:
            before = self._groups.setdefault(name.value, name)
            if before is not name and not name.value.startswith(IGNORED):
                path = getattr(before.start_mark, "path", "") or "the scenario"
                where = f"{path}, line {before.start_mark.line + 1}"
                self.findings.append(found_at(name, "DC129", f"group '{name.value}' is declared already: {where}"))
                continue
            self.parts.setdefault(GROUPS, []).append((name, members))

    def _live(self, population: yaml.Node, key: str) -> None:
        """Take the accounts and the steps of a population that lives."""
        accounts, steps = living(population, self.kinds, self.findings)
        steps = [measured(step, key, self.read, self.texts, self.findings) for step in steps]
        self.parts.setdefault("accounts", []).extend(accounts)
        self.parts.setdefault("steps", []).extend(steps)

    # -- included files ------------------------------------------------------------------------------------------------

    def _include(self, node: yaml.Node, by: str, above: tuple[str, ...]) -> None:
        named = node.value if isinstance(node, yaml.SequenceNode) else [node]
        for index, name in enumerate(named):
            try:
                key = file_key(by, path_in(name).value)
                if key in [file_key(by, before.value) for before in named[:index]]:
                    self.findings.append(found_at(name, "DC151", f"'{name.value}' stands in this list already"))
                else:
                    self._file(path_in(name), key, above)
            except InputError as error:
                self.findings += error.findings
                self.lost |= {*LISTS, GROUPS}

    def _file(self, name: yaml.ScalarNode, key: str, above: tuple[str, ...]) -> None:
        if key in above or len(above) > MOST_NESTED:
            way = " includes ".join(f"'{file}'" for file in (*above[above.index(key) :], key)) if key in above else ""
            raise InputError([found_at(name, "DC169", way or f"files include each other more than {MOST_NESTED} deep")])
        if key in self.texts:
            return
        if PurePosixPath(key).suffix not in SUFFIXES:
            raise InputError([found_at(name, "DC109", f"'{name.value}' is no YAML file by its suffix")])
        try:
            source = self.read(key)
        except InputError as error:
            raise no_such(name, error) from None
        self.texts[key] = source.text
        root = _shared(parse(source.text), source.shown)
        self.findings += _strange(root)
        filled = self.fill(root)
        if isinstance(filled, yaml.MappingNode):
            self._take(filled, key, above)

    # -- accounts ------------------------------------------------------------------------------------------------------

    def _accounts(self, item: yaml.Node, by: str) -> Iterator[yaml.Node]:
        keys = by_key(item)
        own = [key for key in OWN_KEYS if key in keys]
        if len(own) > 1:
            message = f"an item has one of the keys {', '.join(OWN_KEYS)}; this one has {' and '.join(own)}"
            self.findings.append(found_at(item, "DC109", message))
            yield LostNode(item.start_mark)
        elif own == ["csv"]:
            yield from self._table(item, keys["csv"], by)
        elif own == ["names"]:
            yield from self._named(item, keys)
        else:
            yield item

    def _table(self, item: yaml.Node, named: yaml.Node, by: str) -> Iterator[yaml.Node]:
        try:
            key, source = table_at(named, by, self.read)
            self.texts[key] = source.text
            defaults = document_of(_without(item, ("csv",)))
            yield from accounts_in(key, source, defaults, self.records, self.findings)
        except InputError as error:
            self.findings += error.findings
            yield LostNode(item.start_mark)

    def _named(self, item: yaml.Node, keys: dict[str, yaml.Node]) -> Iterator[yaml.Node]:
        names, prefix = keys["names"], keys.get("prefix")
        listed = names.value if isinstance(names, yaml.SequenceNode) else [names]
        if not listed or isinstance(names, yaml.MappingNode):
            self.findings.append(found_at(names, "DC109", "expected a list of names, one at least"))
            yield LostNode(item.start_mark)
            return
        rest = _without(item, ("names", "prefix"))
        for name in listed:
            id_ = name
            if isinstance(prefix, yaml.ScalarNode) and isinstance(name, yaml.ScalarNode):
                id_ = text_node(f"{prefix.value}{name.value}", name.start_mark)
            pairs = [(text_node("id", name.start_mark), id_), *rest.value]
            yield yaml.MappingNode(STRUCTURE, pairs, item.start_mark, item.end_mark)


def _names_more(keys: dict[str, yaml.Node]) -> bool:
    """Whether anything names a table, or the accounts are more than a list of accounts and populations."""
    listed = (keys[name].value for name in ("steps", "faults") if isinstance(keys.get(name), yaml.SequenceNode))
    if any(names_table(value) for items in listed for item in items for value in by_key(item).values()):
        return True
    accounts = keys.get("accounts")
    if isinstance(accounts, yaml.MappingNode):
        return _is_list("accounts", accounts)
    items = accounts.value if isinstance(accounts, yaml.SequenceNode) else []
    maps = (item for item in items if isinstance(item, yaml.MappingNode))
    return any(key.value in ("csv", "names") for item in maps for key, _ in item.value)


def _is_list(name: str, node: yaml.Node) -> bool:
    """Whether a section is a list. A table of accounts may be written as the mapping alone."""
    return isinstance(node, yaml.SequenceNode) or (name == "accounts" and "csv" in by_key(node))


def _without(item: yaml.Node, names: Sequence[str]) -> yaml.MappingNode:
    pairs = [(key, value) for key, value in item.value if key.value not in names]
    return yaml.MappingNode(STRUCTURE, pairs, item.start_mark, item.end_mark)


def _shared(document: Document, shown: str) -> yaml.MappingNode:
    """The root of a file that is included. InputError if it holds nothing that can be shared; of such a file nothing is
    quoted, since it may be one with secrets.
    """
    root, keys = document.root, by_key(document.root)
    known = [key.name for key in keys_of(SharedForm)]
    if document.findings:
        raise InputError(attrs.evolve(finding, path=shown) for finding in document.findings)
    if not isinstance(root, yaml.MappingNode):
        raise InputError([Finding("DC108", shown, 1, 1, f"expected a mapping with one of the keys {', '.join(known)}")])
    moved_to(shown, root)
    kind = next((name for name in NAMES.values() if name in keys), None)
    if kind:
        hint = "move what is shared to a file of its own, and include that"
        raise InputError([found_at(root, "DC109", f"this is a {kind}; only shared steps can be included", hint)])
    if not set(known) & set(keys):
        raise InputError([found_at(root, "DC109", f"nothing is shared here: no key is one of {', '.join(known)}")])
    return root


def _strange(root: yaml.MappingNode) -> Iterator[Finding]:
    """Keys of an included file that only a scenario may have, or nobody; and sections that are no lists."""
    known = [key.name for key in keys_of(SharedForm)]
    for key, value in root.value:
        if key.value not in known and not key.value.startswith(IGNORED):
            yield found_at(
                key, "DC106", f"unknown key '{key.value}' in a file that is included", suggest(key.value, known)
            )
        elif key.value in LISTS and not _is_list(key.value, value):
            yield found_at(value, "DC108", "expected a list")
        elif key.value == GROUPS and not isinstance(value, yaml.MappingNode):
            yield found_at(value, "DC108", "expected a mapping of groups to their members")
