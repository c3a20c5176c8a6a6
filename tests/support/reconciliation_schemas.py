"""JSON schemas of what the Reconciliation Service API 0.2 sends, written after its text.

Sections 3.1 (manifest), 4.1 and 4.2 (queries and results), 6.3 (suggestions), 7 (data extension).
Where the text names a member, nothing else is allowed beside it, except `error` of a result.
"""

from typing import Any, Final

import jsonschema_rs

_TEXT: Final = {"type": "string", "minLength": 1}
_URL: Final = {"type": "string", "pattern": "^https?://"}
_TEMPLATE: Final = {"type": "string", "pattern": r"^https?://.*\{\{id\}\}"}


def _object(required: dict[str, Any], optional: dict[str, Any] | None = None) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": required | (optional or {}),
        "required": [*required],
        "additionalProperties": False,
    }


def _array(items: dict[str, Any], least: int = 0) -> dict[str, Any]:
    return {"type": "array", "items": items, "minItems": least}


_TYPE: Final = _object(
    {"id": _TEXT, "name": _TEXT},
    {"description": _TEXT, "broader": _array({"type": "object", "required": ["id", "name"]})},
)
_PROPERTY: Final = _object({"id": _TEXT, "name": _TEXT}, {"description": _TEXT})
_SERVICE: Final = _object({"service_url": _URL, "service_path": {"type": "string"}})
_FEATURE: Final = _object({"id": _TEXT, "value": {"type": ["boolean", "number"]}})
_CANDIDATE: Final = _object(
    {"id": _TEXT, "name": _TEXT, "type": _array(_TYPE), "score": {"type": "number"}},
    {
        "description": _TEXT,
        "match": {"type": "boolean"},
        "features": _array(_FEATURE),
    },
)
_VALUE: Final = {
    "oneOf": [
        _object({"id": _TEXT, "name": _TEXT}, {"description": _TEXT}),
        _object({"str": {"type": "string"}}),
        _object({"int": {"type": "integer"}}),
        _object({"float": {"type": "number"}}),
        _object(
            {
                "date": {
                    "type": "string",
                    "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?$",
                }
            }
        ),
    ]
}


def _suggestions(item: dict[str, Any]) -> dict[str, Any]:
    return _object({"result": _array(item)})


SCHEMAS: Final = {
    "manifest": _object(
        {
            "versions": {**_array(_TEXT, 1), "contains": {"const": "0.2"}},
            "name": _TEXT,
            "identifierSpace": _URL,
            "schemaSpace": _URL,
        },
        {
            "defaultTypes": {**_array(_TYPE), "uniqueItems": True},
            "documentation": _URL,
            "logo": _URL,
            "serviceVersion": _TEXT,
            "view": _object({"url": _TEMPLATE}),
            "preview": _object(
                {"url": _TEMPLATE, "width": {"type": "integer"}, "height": {"type": "integer"}}
            ),
            "suggest": _object({}, dict.fromkeys(("entity", "type", "property"), _SERVICE)),
            "extend": _object({}, {"propose_properties": _SERVICE}),
            "batchSize": {"type": "integer", "minimum": 1},
        },
    ),
    "results": {
        "type": "object",
        "additionalProperties": _object({"result": _array(_CANDIDATE)}, {"error": _TEXT}),
    },
    "suggest entity": _suggestions(
        _object({"id": _TEXT, "name": _TEXT}, {"description": _TEXT, "notable": _array(_TYPE)})
    ),
    "suggest type": _suggestions(_TYPE),
    "suggest property": _suggestions(_PROPERTY),
    "proposals": _object(
        {"properties": _array(_PROPERTY), "type": {"type": "string"}},
        {"limit": {"type": "integer"}},
    ),
    "extension": _object(
        {
            "meta": _array(_object({"id": _TEXT, "name": _TEXT}, {"type": _TYPE})),
            "rows": {
                "type": "object",
                "additionalProperties": {"type": "object", "additionalProperties": _array(_VALUE)},
            },
        }
    ),
}
"""The schema of each kind of answer."""


def check(kind: str, answer: object) -> None:
    """Validate an answer; raises `jsonschema_rs.ValidationError`."""
    jsonschema_rs.validate(SCHEMAS[kind], answer)
