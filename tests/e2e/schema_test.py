"""`scaleset config schema` against what `scaleset config show` reads: an editor must not call a good file wrong."""

import copy
import json
import pathlib
import re
import tomllib
import unittest

from e2e import EndToEndTest

ROOT = pathlib.Path(__file__).resolve().parents[2]
TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "integer": int, "number": (int, float)}


def is_of(type_name, value):
    if isinstance(value, bool) != (type_name == "boolean"):
        return False
    return isinstance(value, TYPES[type_name])


def mistakes(schema, value, path="file"):
    """Where the value is not what the schema says. Knows the words that our schema has, and no others."""
    unknown = set(schema) - {"$schema", "title", "description", "type", "properties", "required", "additionalProperties", "items", "anyOf", "enum",
                             "minimum", "maximum", "minLength", "pattern"}
    assert not unknown, unknown
    if "anyOf" in schema and all(mistakes(one, value, path) for one in schema["anyOf"]):
        return [path]
    if "type" in schema and not is_of(schema["type"], value):
        return [path]
    found = []
    wrong = [
        "enum" in schema and value not in schema["enum"],
        "minimum" in schema and value < schema["minimum"],
        "maximum" in schema and value > schema["maximum"],
        "minLength" in schema and len(value) < schema["minLength"],
        "pattern" in schema and not re.search(schema["pattern"], value),
    ]
    if any(wrong):
        found.append(path)
    if isinstance(value, list) and "items" in schema:
        for number, one in enumerate(value):
            found += mistakes(schema["items"], one, f"{path}[{number}]")
    if isinstance(value, dict) and schema.get("type") == "object":
        found += [f"{path}.{key}" for key in schema.get("required", []) if key not in value]
        rest = schema.get("additionalProperties", True)
        for key, one in value.items():
            rule = schema.get("properties", {}).get(key, rest)
            if rule is False:
                found.append(f"{path}.{key}")
            elif rule is not True:
                found += mistakes(rule, one, f"{path}.{key}")
    return found


def examples():
    text = (ROOT / "docs/configuration.md").read_text() + (ROOT / "README.md").read_text()
    return re.findall(r"```toml\n(.*?)```", text, re.S)


class SchemaTest(EndToEndTest):
    def setUp(self):
        super().setUp()
        self.schema = json.loads(self.call("config", "schema").stdout)

    def test_the_schema_takes_what_can_be_read(self):
        sample = self.call("config", "init").stdout
        texts = [*examples(), sample]
        self.assertGreater(len(texts), 3)
        for number, text in enumerate(texts):
            self.assertEqual(mistakes(self.schema, tomllib.loads(text)), [], text)
            # All keys with their defaults, too.
            file = self.folder / f"{number}.toml"
            file.write_text(text)
            shown = self.call("config", "show", file)
            self.assertEqual(shown.returncode, 0, shown.stderr)
            self.assertEqual(mistakes(self.schema, tomllib.loads(shown.stdout)), [], shown.stdout)

    def test_the_schema_refuses_what_cannot_be_read(self):
        good = tomllib.loads(max(examples(), key=len))
        budget = next(iter(good["budget"]))
        changes = {
            "file.on_stop": lambda file: file.update(on_stop="never"),
            "file.credentials": lambda file: file.update(credentials={}),
            "file.drain_timeout": lambda file: file.update(drain_timeout="1 hour"),
            "file.scale_set[0].max_runners": lambda file: file["scale_set"][0].update(max_runners=10001),
            "file.scale_set[0].min_idle": lambda file: file["scale_set"][0].update(min_idle="1"),
            "file.scale_set[0].weight": lambda file: file["scale_set"][0].update(weight=0),
            "file.scale_set[0].adopt": lambda file: file["scale_set"][0].update(adopt=1),
            "file.scale_set[0].labels[1]": lambda file: file["scale_set"][0].update(labels=["a", ""]),
            "file.scale_set[0].credential": lambda file: file["scale_set"][0].update(credential=5),
            "file.scale_set[0].name": lambda file: file["scale_set"][0].pop("name"),
            "file.scale_set[0].schedule[0].cron": lambda file: file["scale_set"][0]["schedule"][0].pop("cron"),
            f"file.budget.{budget}.memory": lambda file: file["budget"][budget].update(memory="8 GiB"),
            f"file.budget.{budget}.overcommit": lambda file: file["budget"][budget].update(overcommit=0),
        }
        self.assertEqual(mistakes(self.schema, good), [])
        for place, change in changes.items():
            file = copy.deepcopy(good)
            change(file)
            self.assertEqual(mistakes(self.schema, file), [place])


if __name__ == "__main__":
    unittest.main()
