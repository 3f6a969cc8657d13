"""Reads a page as a program that knows nothing of how it is made: its text, tables, ids, links and classes."""

from html.parser import HTMLParser

VOID = {"meta", "link", "br", "img", "input", "hr"}


class Element:
    """An element with its attributes and what stands in it."""

    def __init__(self, tag, attributes, parent=None):
        self.tag, self.attributes, self.parent, self.children = tag, dict(attributes), parent, []

    def every(self, tag=None, **wanted):
        """The elements inside of a tag, with these attributes; ``class_`` is one of the classes."""
        for child in self.children:
            if isinstance(child, Element):
                fits = tag in (None, child.tag) and all(
                    value in child.attributes.get("class", "").split()
                    if name == "class_"
                    else child.attributes.get(name) == value
                    for name, value in wanted.items()
                )
                yield from [child] if fits else []
                yield from child.every(tag, **wanted)

    def one(self, tag=None, **wanted):
        """The one such element."""
        (found,) = self.every(tag, **wanted)
        return found

    @property
    def text(self):
        """The text inside, each run of blanks as one."""
        return " ".join("".join(self._texts()).split())

    def _texts(self):
        for child in self.children:
            if isinstance(child, str):
                yield child
            elif child.tag not in ("script", "style"):
                yield from child._texts()
                yield " " if child.tag in ("td", "th", "tr", "p", "li", "dt", "dd", "h1", "h2", "h3", "div") else ""


class _Parser(HTMLParser):
    def __init__(self):
        super().__init__()
        self.root = self.at = Element("root", ())

    def handle_starttag(self, tag, attrs):
        child = Element(tag, attrs, self.at)
        self.at.children.append(child)
        if tag not in VOID:
            self.at = child

    def handle_startendtag(self, tag, attrs):
        self.at.children.append(Element(tag, attrs, self.at))

    def handle_endtag(self, tag):
        assert tag == self.at.tag, f"</{tag}> ends <{self.at.tag}>"
        self.at = self.at.parent

    def handle_data(self, data):
        self.at.children.append(data)


def read(text):
    """The root of a page. AssertionError where a tag is not balanced."""
    parser = _Parser()
    parser.feed(text)
    parser.close()
    assert parser.at is parser.root
    return parser.root


def sound(text):
    """A page that loads nothing, whose ids are unique, and whose links lead to anchors of its own."""
    root = read(text)
    ids = [found.attributes["id"] for found in root.every() if "id" in found.attributes]
    assert len(ids) == len(set(ids))
    links = {found.attributes["href"] for found in root.every("a")}
    assert links <= {f"#{name}" for name in ids}, links - {f"#{name}" for name in ids}
    assert not [found for found in root.every() if "src" in found.attributes]
    assert "default-src 'none'" in text
    return root
