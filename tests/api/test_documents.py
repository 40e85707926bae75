"""The words and forms of the command-line contract, field by field."""

from __future__ import annotations

import typing
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ant_tui.api.dispatcher import METHODS
from ant_tui.api.documents import (
    RESULTS,
    GpuDocument,
    GpuProcessDocument,
    GpusDocument,
    QueueDocument,
    ResourcesDocument,
    TaskDocument,
    iso,
    looks_secret,
)


class TestTimes:
    @pytest.mark.parametrize(
        ("at", "text"),
        [
            (0.0, "1970-01-01T00:00:00.000Z"),
            (1_700_000_000.123, "2023-11-14T22:13:20.123Z"),
            (1_700_000_000.9996, "2023-11-14T22:13:21.000Z"),
            (951_827_696.5, "2000-02-29T12:34:56.500Z"),
            (-0.001, "1969-12-31T23:59:59.999Z"),
        ],
    )
    def test_iso(self, at: float, text: str) -> None:
        """Times are ISO-8601 UTC with milliseconds, rounded as a whole."""
        assert iso(at) == text

    def test_no_time(self) -> None:
        """What has not happened has no time."""
        assert iso(None) is None

    @example(1_700_000_000.999_999_9)
    @given(st.floats(0, 4e9))
    def test_the_nearest_millisecond(self, at: float) -> None:
        """Whatever the time, its text is less than a millisecond away from it."""
        told = datetime.fromisoformat(iso(at))
        assert abs(told - (datetime.fromtimestamp(0, UTC) + timedelta(seconds=at))) <= timedelta(microseconds=501)


class TestSecrets:
    @pytest.mark.parametrize(
        "name", ["API_KEY", "wandb_api_key", "HF_TOKEN", "Password", "AWS_SECRET", "GOOGLE_APPLICATION_CREDENTIALS"]
    )
    def test_names_that_look_secret(self, name: str) -> None:
        """Names that people give to secrets are recognised, whatever their case."""
        assert looks_secret(name)

    @pytest.mark.parametrize("name", ["LR", "CUDA_HOME", "PATH", "SEED"])
    def test_names_that_do_not(self, name: str) -> None:
        """Ordinary names are left alone."""
        assert not looks_secret(name)


_NUMBER, _TEXT, _FLAG, _WORDS, _REAL = {"integer"}, {"string"}, {"boolean"}, {"array"}, {"number"}
_OR_NULL = {"null"}

TASK = {
    "id": _TEXT,
    "number": _NUMBER,
    "state": _TEXT,
    "reason": _TEXT,
    "command": _TEXT,
    "resolved_command": _TEXT,
    "workdir": _TEXT,
    "env": {"object"},
    "priority": _NUMBER,
    "tags": _WORDS,
    "resources": {"object"},
    "machine": _TEXT,
    "gpu_ids": _WORDS,
    "gpu_uuids": _WORDS,
    "pid": _NUMBER | _OR_NULL,
    "attempt": _NUMBER,
    "attempts": _WORDS,
    "submitted_at": _TEXT,
    "started_at": _TEXT | _OR_NULL,
    "finished_at": _TEXT | _OR_NULL,
    "runtime_s": _REAL | _OR_NULL,
    "exit_code": _NUMBER | _OR_NULL,
    "signal": _NUMBER | _OR_NULL,
    "log_path": _TEXT | _OR_NULL,
    "session_id": _TEXT,
}
"""The fields that the contract promises of a task, and what JSON has in them."""

RESOURCES = {
    "gpus": _NUMBER,
    "gpu_ids": _WORDS,
    "gpu_memory": _NUMBER | _OR_NULL,
    "gpu_utilization": _REAL | _OR_NULL,
    "share": _FLAG,
    "cpus": _NUMBER | _OR_NULL,
    "memory": _NUMBER | _OR_NULL,
    "exclusive": _FLAG,
}

GPU = {
    "index": _NUMBER,
    "uuid": _TEXT,
    "name": _TEXT,
    "state": _TEXT,
    "task_ids": _WORDS,
    "enabled": _FLAG,
    "utilization": _REAL | _OR_NULL,
    "memory_used": _NUMBER | _OR_NULL,
    "memory_total": _NUMBER | _OR_NULL,
    "power_w": _REAL | _OR_NULL,
    "power_limit_w": _REAL | _OR_NULL,
    "temperature_c": _REAL | _OR_NULL,
    "processes": _WORDS,
}

PROCESS = {"pid": _NUMBER, "user": _TEXT, "memory": _NUMBER | _OR_NULL, "task_id": _TEXT | _OR_NULL}


def _types(schema: dict[str, typing.Any], definitions: dict[str, typing.Any]) -> set[str]:
    """What JSON may hold where a schema stands."""
    if "anyOf" in schema:
        return {word for part in schema["anyOf"] for word in _types(part, definitions)}
    if "$ref" in schema:
        return _types(definitions[schema["$ref"].rsplit("/", 1)[1]], definitions)
    return {schema["type"]}


@pytest.mark.parametrize(
    ("document", "promised"),
    [
        (TaskDocument, TASK),
        (ResourcesDocument, RESOURCES),
        (GpuDocument, GPU),
        (GpuProcessDocument, PROCESS),
        (QueueDocument, {"schema": _NUMBER, "tasks": _WORDS, "counts": {"object"}, "paused": _FLAG}),
        (GpusDocument, {"schema": _NUMBER, "gpus": _WORDS}),
    ],
)
def test_the_contract_holds(document: type[msgspec.Struct], promised: dict[str, set[str]]) -> None:
    """Every field that the contract promises is there, always, and has the promised type (row 283)."""
    _, definitions = msgspec.json.schema_components([document], ref_template="#/{name}")
    properties = definitions[document.__name__]["properties"]
    assert {field: _types(properties[field], definitions) for field in promised} == promised
    assert not document.__struct_config__.omit_defaults


def test_every_method_names_its_document() -> None:
    """The table of results is complete: a client can read every answer as a typed value."""
    assert RESULTS.keys() == METHODS.keys() | {"subscribe", "stop"}


def test_every_document_names_its_schema() -> None:
    """Every answer says which version of the contract it follows."""
    for document in RESULTS.values():
        fields = {field.name: field.default for field in msgspec.structs.fields(document)}
        assert fields["schema"] == 1
