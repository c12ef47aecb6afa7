"""How much script the room's page can load, as it travels: gzipped."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

STATIC = Path(__file__).parent.parent / "src" / "conclave" / "web" / "static" / "room"
ENTRY = "src/pages/meeting.tsx"
SHARED_ENTRY = "src/pages/site.ts"  # every page of the site has it


def script_bytes(static: Path = STATIC) -> dict[str, int]:
    """Return the gzipped size of each script that the room's page, its workers and what they import may load."""
    manifest = json.loads((static / "manifest.json").read_text())
    found: set[str] = set()
    waiting = [file for entry in (ENTRY, SHARED_ENTRY) for file in _named(manifest, entry)]
    scripts = {path.name: path for path in (static / "assets").glob("*.js")}
    while waiting:
        name = Path(waiting.pop()).name
        if name not in scripts or name in found:
            continue
        found.add(name)
        # Chunks of a worker are in no manifest, only in its text.
        text = scripts[name].read_text()
        waiting += [other for other in scripts if other in text]
    return {name: len(gzip.compress(scripts[name].read_bytes(), mtime=0)) for name in sorted(found)}


def _named(manifest: dict[str, dict[str, object]], entry: str) -> list[str]:
    """Return the files that the manifest gives for `entry` and for what it imports."""
    seen: set[str] = set()
    waiting, files = [entry], []
    while waiting:
        key = waiting.pop()
        if key in seen:
            continue
        seen.add(key)
        chunk = manifest[key]
        files.append(str(chunk["file"]))
        for field, into in {"assets": files, "imports": waiting, "dynamicImports": waiting}.items():
            listed = chunk.get(field, [])
            assert isinstance(listed, list)
            into += listed
    return files
