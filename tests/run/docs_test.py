"""Everything that the pages name exists: linked files, options of the commands, functions."""

import functools
import re
import subprocess
import unittest

from rfmap_case import RFMAP, ROOT

PAGES = sorted([ROOT / "README.md", ROOT / "data/README.md", *(ROOT / "docs").glob("*.md")])


@functools.lru_cache
def options_of(command):
    """Long options that the command's --help lists; empty if there is no such command."""
    answer = subprocess.run([RFMAP, command, "--help"], capture_output=True, text=True, check=False)
    return set(re.findall(r"--[a-z][a-z0-9-]+", answer.stdout)) if answer.returncode == 0 else set()


def commands(text):
    """(command, [options]) of each `rfmap COMMAND ...` in blocks and in `...`; lines that end with
    a backslash continue."""
    text = text.replace("\\\n", " ")
    code = re.findall(r"^```\w*\n(.*?)^```$", text, re.M | re.S) + re.findall(r"`([^`\n]+)`", text)
    code += re.findall(r"^ {4}(.*)$", text, re.M)
    lines = [line for block in code for line in block.splitlines()]
    found = []
    for line in lines:
        for part in re.split(r"[|;]|&&", line):
            match = re.match(r"\s*(?:\S*/)?rfmap ([a-z]+)\b(.*)", part)
            if match:
                words = match.group(2).split(" #")[0]
                found.append((match.group(1), re.findall(r"(?<!\S)--[a-z][a-z0-9-]+", words)))
    return found


def wrong_options(text):
    return [f"rfmap {command} {option}" for command, options in commands(text)
            for option in (options or ["--help"]) if option not in options_of(command)]


def links(path):
    text = re.sub(r"^```.*?^```$", "", path.read_text(encoding="utf-8"), flags=re.M | re.S)
    return [a for a in re.findall(r"\]\(([^)\s]+)\)", text) if "://" not in a]


def anchors(path):
    """Headings as GitHub names them."""
    heads = re.findall(r"^#+ (.*)$", path.read_text(encoding="utf-8"), re.M)
    return {re.sub(r"[^\w -]", "", h.lower()).replace(" ", "-") for h in heads}


class Pages(unittest.TestCase):
    def test_the_checks_see_what_is_wrong(self):
        text = "```\nrfmap estimate --model a \\\n    --modle b\n```\nand `rfmap paint --out x`\n"
        self.assertEqual(wrong_options(text), ["rfmap estimate --modle", "rfmap paint --out"])

    def test_commands_and_their_options_exist(self):
        seen = 0
        for page in PAGES:
            text = page.read_text(encoding="utf-8")
            self.assertEqual(wrong_options(text), [], page.name)
            seen += len(commands(text))
        self.assertGreater(seen, 40)

    def test_links_lead_somewhere(self):
        for page in PAGES:
            for address in links(page):
                name, _, anchor = address.partition("#")
                target = page.parent / name if name else page
                self.assertTrue(target.exists(), f"{page.name}: {address}")
                if anchor:
                    self.assertIn(anchor, anchors(target), f"{page.name}: {address}")

    def test_readme_leads_to_every_page(self):
        wanted = {f"docs/{page.name}" for page in (ROOT / "docs").glob("*.md")}
        self.assertEqual(wanted - set(links(ROOT / "README.md")), set())


class Method(unittest.TestCase):
    """The table of docs/method.md: step, options, functions."""

    def rows(self):
        page = (ROOT / "docs/method.md").read_text(encoding="utf-8")
        table = page.split("| step of the method |", 1)[1].split("\n\n", 1)[0]
        rows = [[cell.strip() for cell in line.strip("|").split("|")]
                for line in table.splitlines()[2:]]
        self.assertGreaterEqual(len(rows), 10)
        return rows

    def test_options_exist(self):
        known = options_of("estimate")
        for _, options, functions in self.rows():
            for option in re.findall(r"`(--[a-z-]+)", options + functions):
                self.assertIn(option, known)

    def test_functions_stand_where_the_table_says(self):
        count = 0
        for step, _, cell in self.rows():
            for names, places in re.findall(r"((?:`[\w:]+`(?:, )?)+) \(([^)]*)\)", cell):
                files = re.findall(r"src/[\w/]+(?:\.cpp)?", places)
                self.assertEqual(len(files), 1, cell)
                place = ROOT / files[0]
                sources = [place] if place.is_file() else sorted(place.glob("*.cpp"))
                text = "\n".join(s.read_text(encoding="utf-8") for s in sources)
                for name in re.findall(r"`([\w:]+)`", names):
                    self.assertRegex(text, rf"\b{name}\b", f"{step}: {files[0]}")
                    count += 1
                for further in re.findall(r"(?<![\w/])(\w+\.cpp)", places):
                    self.assertTrue((place.parent / further).is_file(), further)
        self.assertGreater(count, 14)

    def test_the_recorded_choices_are_told(self):
        """Every option of the method (an attribute of the results) is described on the page."""
        page = (ROOT / "docs/method.md").read_text(encoding="utf-8")
        for option in ("occluder", "stride", "fill", "seed", "overhang", "response", "discrepancy",
                       "deposit", "upsample", "normalize", "border", "size-rule", "size-cut", "top-k",
                       "bottom-k", "keep-maps", "before-activation"):
            self.assertIn("--" + option, options_of("estimate"))
            self.assertIn("`--" + option, page)


class Architecture(unittest.TestCase):
    """docs/architecture.md and docs/windows.md name existing files, functions and types."""

    def test_files_exist(self):
        for name in ("architecture", "windows"):
            page = (ROOT / f"docs/{name}.md").read_text(encoding="utf-8")
            files = re.findall(r"(?:src|include|cuda|tests|docs)/[\w./]+\w", page)
            self.assertGreater(len(files), 8)
            for file in files:
                self.assertTrue((ROOT / file).exists(), f"{name}: {file}")

    def test_tables_name_what_their_files_hold(self):
        """step | function | file, and type | is | file."""
        page = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
        checked = 0
        for line in page.splitlines():
            cells = line.strip("|").split("|")
            place = re.search(r"(?:src|include|cuda)/[\w./]+", cells[-1])
            if len(cells) != 3 or not place:
                continue
            text = (ROOT / place.group()).read_text(encoding="utf-8")
            for name in re.findall(r"`(\w+)`", cells[0]) or re.findall(r"`(\w+)`", cells[1]):
                self.assertRegex(text, rf"\b{name}\b", place.group())
                checked += 1
        self.assertGreater(checked, 30)

    def test_every_room_is_listed(self):
        page = (ROOT / "docs/development.md").read_text(encoding="utf-8")
        for room in (ROOT / "src").iterdir():
            self.assertIn(f"`src/{room.name}/`", page)


if __name__ == "__main__":
    unittest.main()
