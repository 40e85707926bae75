"""A command inside a conda environment: the whole of it, with its output live, and every value passed as data."""

from __future__ import annotations

from ant_tui.executors.wrapper import shell_quote

__all__ = ["inside_conda"]


def inside_conda(command: str, shell: str, *, env: str, env_path: str, conda: str) -> str:
    """Wrap a shell text so that all of it runs in an environment.

    Args:
        command: the shell text.
        shell: absolute path of the shell that reads it.
        env: name of the environment; empty for none.
        env_path: its directory, which wins over the name; empty for none.
        conda: the conda executable; empty for ``conda`` from the search path.

    Returns:
        The text to run; the command itself where no environment is named.
    """
    if not env and not env_path:
        return command
    where = f"-p {shell_quote(env_path)}" if env_path else f"-n {shell_quote(env)}"
    return f"{shell_quote(conda or 'conda')} run --live-stream {where} {shell_quote(shell)} -c {shell_quote(command)}"
