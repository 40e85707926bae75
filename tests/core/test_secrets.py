"""Which values are hidden."""

from __future__ import annotations

import pytest

from ant_tui.core.secrets import MASK, looks_secret, masked


@pytest.mark.parametrize(
    "name", ["API_KEY", "wandb_api_key", "HF_TOKEN", "MY_SECRET", "PGPASSWORD", "SMTP_PASSWD", "AWS_CREDENTIALS"]
)
def test_names_that_look_secret(name: str) -> None:
    """Keys, tokens, passwords and their like are secrets in any spelling."""
    assert looks_secret(name)


@pytest.mark.parametrize("name", ["LR", "PATH", "CUDA_VISIBLE_DEVICES", ""])
def test_names_that_do_not(name: str) -> None:
    """What a user wants to see of a task stays visible."""
    assert not looks_secret(name)


def test_masking_hides_only_secrets() -> None:
    """Each name stays; of a secret not even the length is told."""
    assert masked({"HF_TOKEN": "hf_abc", "LR": "0.1"}) == {"HF_TOKEN": MASK, "LR": "0.1"}
