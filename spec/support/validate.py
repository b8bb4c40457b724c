"""Judges lines of JSON by a schema: validate.py SCHEMA <LINES

A line for each that does not conform; exit status 1 when there is one.
"""
import json
import sys

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

with open(sys.argv[1], encoding="utf-8") as file:
    schema = json.load(file)
Draft202012Validator.check_schema(schema)
validator = Draft202012Validator(schema)
wrong = 0
for line in sys.stdin.buffer:
    error = best_match(validator.iter_errors(json.loads(line)))
    if error:
        wrong += 1
        print(line.decode().strip(), error.message, sep="\n  ")
sys.exit(wrong > 0)
