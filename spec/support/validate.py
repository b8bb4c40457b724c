"""Judges lines of JSON by a schema: validate.py SCHEMA <LINES

A line for each that does not conform; exit status 1 when there is one.
"""
import json
import sys

from jsonschema import Draft202012Validator

with open(sys.argv[1], encoding="utf-8") as file:
    schema = json.load(file)
Draft202012Validator.check_schema(schema)
validator = Draft202012Validator(schema)
wrong = 0
for line in sys.stdin.buffer:
    errors = list(validator.iter_errors(json.loads(line)))
    for error in errors:
        wrong += 1
        reasons = [e.message for e in error.context or () if "was expected" not in e.message]
        print(line.decode().strip(), error.message[-80:], *reasons, sep="\n  ")
sys.exit(wrong > 0)
