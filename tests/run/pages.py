"""Finds faults in a folder of HTML pages, with only the standard library."""

import html.parser
import pathlib
import urllib.parse

VOID = {"meta", "link", "br", "img", "input", "hr"}
ADDRESSES = {"href", "src"}
# Addresses that need no file: the empty icon, and the link to the method's paper.
HARMLESS = ("data:,", "#")


class Page(html.parser.HTMLParser):
    """One page: its elements, addresses, ids and texts; faults of its markup."""

    def __init__(self, path):
        super().__init__()
        self.path = path
        self.open, self.faults, self.elements, self.texts = [], [], [], []
        self.feed(path.read_text(encoding="utf-8"))
        self.close()
        if self.open:
            self.faults.append(f"not closed: {self.open}")

    def handle_starttag(self, tag, attributes):
        names = [name for name, _ in attributes]
        if len(names) != len(set(names)):
            self.faults.append(f"<{tag}> has an attribute twice: {names}")
        self.elements.append((tag, dict(attributes)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        if not self.open or self.open[-1] != tag:
            self.faults.append(f"</{tag}> closes {self.open[-1:]} in line {self.getpos()[0]}")
        else:
            self.open.pop()

    def handle_data(self, data):
        self.texts.append(data)

    def text(self):
        return " ".join(" ".join(self.texts).split())

    def all(self, tag, **wanted):
        return [a for t, a in self.elements
                if t == tag and all(a.get(k) == v for k, v in wanted.items())]

    def addresses(self):
        return [v for _, a in self.elements for k, v in a.items() if k in ADDRESSES]


def faults_of_page(page, root):
    faults = list(page.faults)
    ids = [a["id"] for _, a in page.elements if "id" in a]
    faults += [f"id {i} twice" for i in set(ids) if ids.count(i) > 1]
    for address in page.addresses():
        if address == "data:," or (address.startswith("#") and address[1:] in ids):
            continue
        target = (page.path.parent / urllib.parse.unquote(address)).resolve()
        if ":" in address or not target.is_file() or root.resolve() not in target.parents:
            faults.append(f"address {address} leads to nothing in the folder")
    for image in page.all("img"):
        if not image.get("alt"):
            faults.append(f"picture without alt text: {image}")
    if not page.all("title") or not page.all("h1") or not page.all("html", lang="en"):
        faults.append("no title, heading or language")
    return faults


def pages_of(folder):
    return {path: Page(path) for path in sorted(pathlib.Path(folder).rglob("*.html"))}


def faults_of_folder(folder):
    """Faults as "page: fault"; pages that no link from index.html reaches are faults too."""
    folder = pathlib.Path(folder)
    pages = pages_of(folder)
    faults = [f"{path}: {fault}" for path, page in pages.items()
              for fault in faults_of_page(page, folder)]
    reached, todo = set(), [folder / "index.html"]
    while todo:
        path = todo.pop().resolve()
        if path in reached or path.suffix != ".html" or not path.is_file():
            continue
        reached.add(path)
        todo += [path.parent / a for a in pages_of_one(pages, path).addresses() if a[0] != "#"]
    faults += [f"{p}: no link leads there" for p in pages if p.resolve() not in reached]
    return faults


def pages_of_one(pages, path):
    return next(page for p, page in pages.items() if p.resolve() == path)
