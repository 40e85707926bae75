"""The thread whose calls have a deadline, apart from what is sampled."""

from __future__ import annotations

import threading

import pytest

from ant_tui.monitor.deadline import AbandonedError, WatchedThread

PATIENCE_S = 30.0


def test_a_call_that_comes_back_too_late_hands_over_its_result_and_ends_its_thread() -> None:
    """``late`` gets the result while the target is still stuck; the code after the call never runs in that thread."""
    gate, restarted, late, returned = (threading.Event() for _ in range(4))
    results: list[tuple[int, bool]] = []
    starts: list[int] = []

    def come_late(result: int) -> None:
        with watched.changed:
            results.append((result, "it" in watched.stuck))
        late.set()

    def hang() -> int:
        gate.wait(PATIENCE_S)
        return 42

    def body() -> None:
        starts.append(threading.get_ident())
        if len(starts) == 1:
            watched.call("it", hang, come_late)
            raise AssertionError("this must not be reached")
        restarted.set()
        watched.wait(PATIENCE_S)

    watched = WatchedThread(body, deadline_s=0.05, name="ant-test", on_return=returned.set)
    watched.start()
    assert restarted.wait(PATIENCE_S)
    gate.set()
    assert late.wait(PATIENCE_S)
    assert returned.wait(PATIENCE_S)
    assert results == [(42, True)]
    assert not watched.stuck
    assert watched.stop(PATIENCE_S)
    assert len(set(starts)) == 2


def test_a_call_in_time_returns_or_raises_as_any_call_does() -> None:
    """Results and exceptions go to the caller, and nothing is stuck."""
    done = threading.Event()
    seen: list[object] = []

    def fail() -> int:
        raise KeyError("x")

    def body() -> None:
        seen.append(watched.call("a", lambda: 1))
        with pytest.raises(KeyError):
            watched.call("b", fail)
        seen.append(set(watched.stuck))
        done.set()

    watched = WatchedThread(body, deadline_s=PATIENCE_S, name="ant-test", on_return=lambda: None)
    watched.start()
    assert done.wait(PATIENCE_S)
    assert seen == [1, set()]
    assert watched.stop(PATIENCE_S)


def test_an_error_that_comes_too_late_is_told_and_frees_the_target(caplog: pytest.LogCaptureFixture) -> None:
    """The caller is gone, so the log gets it."""
    gate, restarted, returned = (threading.Event() for _ in range(3))

    def fail() -> None:
        gate.wait(PATIENCE_S)
        raise OSError("too late")

    def body() -> None:
        with watched.changed:
            stuck = "it" in watched.stuck
        if stuck:
            restarted.set()
            watched.wait(PATIENCE_S)
        else:
            watched.call("it", fail)

    watched = WatchedThread(body, deadline_s=0.05, name="ant-test", on_return=returned.set)
    watched.start()
    assert restarted.wait(PATIENCE_S)
    gate.set()
    assert returned.wait(PATIENCE_S)
    assert watched.stop(PATIENCE_S)
    assert "too late" in caplog.text


def test_no_thread_keeps_the_interpreter_from_exiting() -> None:
    """All threads are daemon threads."""
    begun = threading.Event()

    def body() -> None:
        begun.set()
        watched.wait(PATIENCE_S)

    watched = WatchedThread(body, deadline_s=1.0, name="ant-test", on_return=lambda: None)
    watched.start()
    assert begun.wait(PATIENCE_S)
    ours = [thread for thread in threading.enumerate() if thread.name.startswith("ant-test")]
    assert len(ours) == 2
    assert all(thread.daemon for thread in ours)
    assert watched.stop(PATIENCE_S)


def test_it_starts_once_and_may_be_stopped_unstarted() -> None:
    """A second start is a programming error; a stop before any start does no harm."""
    unstarted = WatchedThread(lambda: None, deadline_s=1.0, name="ant-test", on_return=lambda: None)
    assert unstarted.stop(0.0)
    started = WatchedThread(lambda: None, deadline_s=1.0, name="ant-test", on_return=lambda: None)
    started.start()
    with pytest.raises(RuntimeError):
        started.start()
    assert started.stop(PATIENCE_S)
    assert issubclass(AbandonedError, BaseException)
    assert not issubclass(AbandonedError, Exception)
