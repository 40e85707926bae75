"""Tasks whose output goes to a file of the user, from the submission to the removal of what is ours."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec
import pytest

from ant_tui.api.schema import Retry, Submission, Submit, SubmitText
from ant_tui.core import events as ev
from ant_tui.core.task import TaskSpec
from ant_tui.errors import AntError, Refused, SubmissionError
from ant_tui.executors.local import LocalExecutor
from ant_tui.journal.format import encode_events
from ant_tui.scheduler import log_keeper
from ant_tui.scheduler.log_retention import LogLimits
from ant_tui.scheduler.options import LogOptions
from ant_tui.scheduler.recovery import RecoveryChoices
from tests.scheduler.conftest import MakeWorld
from tests.scheduler.story import Story
from tests.scheduler.test_log_keeper import only, working
from tests.scheduler.test_recovery import again, reboot
from tests.scheduler.world import World

MIB = 1 << 20


async def refused(world: World, *tasks: Submission) -> AntError:
    """How a submission is refused; nothing of it is queued."""
    before = world.scheduler.state.next_number
    with pytest.raises((SubmissionError, Refused)) as caught:
        await world.ask("submit", Submit(tasks))
    assert world.scheduler.state.next_number == before
    return caught.value


async def test_output_is_in_the_file_and_wherever_a_log_is_looked_for(world: World) -> None:
    """Row 185: the task's document names the file, and the path of its log leads there."""
    number = await world.run("echo out; echo err >&2", output="result.txt")
    told = await world.end_of(number)
    assert told.output == str(world.place / "result.txt")
    assert (world.place / "result.txt").read_text() == world.output(number) == "out\nerr\n"
    assert os.path.realpath(told.log_path or "") == os.path.realpath(world.place / "result.txt")
    assert (await world.end_of(await world.run("true"))).output is None


async def test_a_submission_is_refused_with_every_reason(world: World) -> None:
    """Row 185: all or nothing; what is there, what is taken and what occurs twice is told at once."""
    (world.place / "there").write_text("precious")
    await world.pause()
    await world.run("true", id="owner", output="taken")
    tasks = [
        world.submission("true", id=name, output=output)
        for name, output in (("a", "there"), ("b", "new"), ("c", "no/x"), ("d", "taken"), ("e", "new"), ("f", ""))
    ]
    reasons = (await refused(world, *tasks)).reasons
    assert len(reasons) == 4
    for said, part in zip(reasons, ["there' exists", "no' does not exist", "task 1, owner", "of task 2"], strict=True):
        assert part in said
    assert not (world.place / "new").exists()
    assert (world.place / "there").read_text() == "precious"
    lines = "ant_output=x true\nant_output=there true\nant_output=./x true"
    text = SubmitText(lines, Submission("", str(world.place)))
    with pytest.raises((SubmissionError, Refused)) as caught:
        await world.ask("submit_text", text)
    assert [reason.partition(":")[0] for reason in caught.value.reasons] == ["line 2", "line 3"]
    assert caught.value.reasons[1].endswith("is that of line 1 already; give each task its own.")


async def test_a_key_brings_back_the_first_task(world: World) -> None:
    """Row 185: the file that is there by then is the task's own, and no reason to refuse."""
    number = await world.run("echo x", key="k", output="out")
    await world.end_of(number)
    assert await world.run("echo x", key="k", output="out") == number


async def test_a_file_that_came_meanwhile_fails_the_task_with_the_reason(world: World) -> None:
    """Row 185: between submission and start somebody made it; it is not touched, the others run."""
    await world.pause()
    number, other = await world.run("echo x", output="out"), await world.run("echo y")
    (world.place / "out").write_text("precious")
    await world.unpause()
    told = await world.end_of(number)
    assert told.state == "failed"
    file = world.place / "out"
    assert told.detail == f"could not be started: the output file {file} exists already, and nothing is written over"
    assert (await world.end_of(other)).state == "completed"
    assert file.read_text() == "precious"


async def test_a_retry_has_a_file_of_its_own(world: World) -> None:
    """Row 185: it repeats what was asked for, next to what the first one wrote; with another name, that is checked."""
    number = await world.run('echo "$ANT_TASK_NUMBER"', output="out")
    await world.end_of(number)
    (result,) = await world.do("retry", number)
    assert (await world.end_of(result.number or 0)).state == "completed"
    assert (world.place / "out").read_text() == "1\n"
    assert (world.place / "out~2").read_text() == world.output(result.number or 0) == "2\n"
    taken = Retry(tasks=(str(number),), values={"output": "out~2"})
    (outcome,) = (await world.ask("retry", taken)).results
    assert not outcome.ok
    assert "out~2' exists already" in outcome.message
    (outcome,) = (await world.ask("retry", Retry(tasks=(str(number),), values={"output": "third"}))).results
    await world.end_of(outcome.number)
    assert (world.place / "third").read_text() == "3\n"


async def test_an_interrupted_task_goes_on_beside_its_first_file(
    make_world: MakeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Row 185: what an earlier session left keeps its file, and its next attempt takes the next name."""
    world = await make_world(recovery=RecoveryChoices("restore", "restore", "restore")).open()
    number = await world.run('echo "$ANT_TASK_ATTEMPT"; echo up > "$SAID"; read line < "$GO"', output="out")
    assert await world.said.next() == "up"
    await reboot(world, monkeypatch)
    assert await world.said.next() == "up"
    world.go.say()
    told = await world.end_of(number)
    assert (told.state, told.attempt, told.output) == ("completed", 2, str(world.place / "out"))
    assert (world.place / "out").read_text() == "1\n"
    assert (world.place / "out~2").read_text() == world.output(number, 2) == "2\n"


@pytest.mark.parametrize("written", ["", "precious"])
async def test_a_start_that_came_to_nothing_gives_its_file_back(story: Story, written: str) -> None:
    """Row 185: the scheduler dies between the file and the process; only what has come into it since then stays."""
    story.begin("before ant_tui.executors.local spawn_detached")
    story.submit_and_die('echo "$ANT_TASK_ATTEMPT"', output="out")
    out = story.world.place / "out"
    assert out.read_text() == ""
    if written:
        out.write_text(written)
    world = await story.goes_on()
    told = await world.end_of(1)
    assert told.state == "completed"
    later = world.place / "out~2" if written else out
    assert later.read_text() == world.output(1, 2) == "2\n"
    assert [path.name for path in world.place.glob("out*")].count("out~2") == bool(written)
    if written:
        assert out.read_text() == written


@pytest.mark.parametrize("moment", ["after {} _link_to_file", "before {} _lead_to", "after {} _lead_to"])
async def test_a_death_while_the_file_is_made_costs_nothing(story: Story, moment: str) -> None:
    """Wherever the scheduler dies between the name and the process, the next start writes to the name asked for."""
    story.begin(moment.format("ant_tui.executors.output_file"))
    story.submit_and_die('echo "$ANT_TASK_ATTEMPT"', output="out")
    world = await story.goes_on()
    assert (await world.end_of(1)).state == "completed"
    assert [path.name for path in world.place.glob("out*")] == ["out"]
    assert (world.place / "out").read_text() == world.output(1, 2) == "2\n"


@pytest.mark.parametrize("text", ["", "precious"])
@pytest.mark.parametrize("moment", ["after {} _link_to_file", "before {} _lead_to", "after {} _lead_to"])
async def test_what_the_user_puts_there_after_a_death_stays(story: Story, moment: str, text: str) -> None:
    """A file of that name that is not the one which was made is the user's, also an empty one."""
    story.begin(moment.format("ant_tui.executors.output_file"))
    theirs = story.world.place / "theirs"
    theirs.write_text(text)
    story.submit_and_die("echo x", output="out")
    theirs.rename(story.world.place / "out")
    world = await story.goes_on()
    assert (await world.end_of(1)).state == "completed"
    assert (world.place / "out").read_text() == text
    assert (world.place / "out~2").read_text() == "x\n"


async def test_a_second_death_costs_nothing_either(story: Story) -> None:
    """A scheduler died after it had taken the attempt back, before it had removed the file."""
    story.begin("before ant_tui.executors.local spawn_detached")
    story.submit_and_die("echo x", output="out")
    assert LocalExecutor(story.world.options.jobs_dir, "whoever").directory(1, 1).void()
    world = await story.goes_on()
    assert (await world.end_of(1)).state == "completed"
    assert [path.name for path in world.place.glob("out*")] == ["out"]


async def test_a_file_that_cannot_be_given_back_stays(story: Story, caplog: pytest.LogCaptureFixture) -> None:
    """Row 185: what is in its place by now is no file of ours; the task goes on beside it."""
    story.begin("before ant_tui.executors.local spawn_detached")
    story.submit_and_die("echo x", output="out")
    link = Path(story.world.options.jobs_dir, "1.1", "output.file")
    link.unlink()
    link.write_text("no link")
    world = await story.goes_on()
    assert (await world.end_of(1)).state == "completed"
    assert (world.place / "out~2").read_text() == "x\n"
    assert "attempt 1 stays" in caplog.text


async def test_a_survivor_writes_on(world: World) -> None:
    """Row 185: the scheduler ends, the task goes on writing to its file, the next scheduler knows both."""
    number = await world.run('echo one; echo up > "$SAID"; read line < "$GO"; echo two', output="out")
    assert await world.said.next() == "up"
    await again(world)
    world.go.say()
    assert (await world.end_of(number)).output == str(world.place / "out")
    assert (world.place / "out").read_text() == world.output(number) == "one\ntwo\n"


async def test_a_queued_task_gets_another_file_or_none(world: World) -> None:
    """``edit``: checked as at the submission; a relative path begins at its directory, as it is to be."""
    (world.place / "sub").mkdir()
    (world.place / "there").touch()
    await world.pause()
    number, other = await world.run("true", output="a"), await world.run("true", output="b")
    assert (await world.edit(number, output="c")).output == str(world.place / "c")
    assert (await world.edit(number, output="d", workdir=str(world.place / "sub"))).output == f"{world.place}/sub/d"
    assert (await world.edit(number, output="")).output is None
    for wrong in ("there", "b", "no/x", "x\n"):
        with pytest.raises((SubmissionError, Refused)):
            await world.edit(number, output=f"{world.place}/{wrong}")
    assert (await world.edit(number, output=f"{world.place}/a")).output == f"{world.place}/a"
    assert (await world.edit(other, output="b", priority="3")).output == str(world.place / "b")
    await world.unpause()
    await world.ended(number, other)
    assert {path.name for path in world.place.iterdir() if path.is_file()} >= {"a", "b", "there"}


async def test_no_two_that_wait_have_one_file_however_it_is_written(world: World) -> None:
    """Row 185: by a link to the directory or without, after an edit, after a restart; until it is over."""
    (world.place / "real").mkdir()
    (world.place / "way").symlink_to("real")
    await world.pause()
    number = await world.run("true", output="way/x")
    for name in ("real/x", "way/x", "way/../real/x"):
        assert f"is that of task {number}," in (await refused(world, world.submission("true", output=name))).sentence
    assert (await world.edit(number, output="real/y")).output == f"{world.place}/real/y"
    other = await world.run("true", output="real/x")
    with pytest.raises(Refused, match=f"is that of task {number},"):
        await world.edit(other, output="way/y")
    assert (await world.edit(number, output="way/y")).output == f"{world.place}/way/y"
    await again(world)
    assert "is that of task" in (await refused(world, world.submission("true", output="real/y"))).sentence
    await world.edit(number, output="")
    await world.edit(other, output="way/y")
    (outcome,) = await world.do("cancel", other)
    assert outcome.ok
    assert await world.run("true", output="real/y") == other + 1
    assert world.scheduler.state.invariants() == []


async def test_a_path_that_can_be_none_is_refused_by_every_way_in(world: World) -> None:
    """Blank, without end, a home of nobody's: a sentence of a line, and no error of ours."""
    number = await world.run("true", output="first")
    await world.ended(number)
    await world.pause()
    waiting = await world.run("true")
    for output in (" ", "sub/ ", "~\0", "~/x\0y", "a/" * 300_000 + "x", "x" * 256):
        told = [await refused(world, world.submission("true", output=output))]
        with pytest.raises(SubmissionError) as caught:
            await world.edit(waiting, output=output)
        told.append(caught.value)
        with pytest.raises(SubmissionError) as caught:
            await world.ask("submit_text", SubmitText("true", world.submission("", output=output, verbatim=False)))
        told.append(caught.value)
        (outcome,) = await world.do("retry", number, values={"output": output})
        assert not outcome.ok
        for sentence in [*(error.sentence for error in told), outcome.message]:
            assert len(sentence) < 400
            assert "output" in sentence.lower(), sentence


@pytest.mark.parametrize("second", ["a.txt", "./a.txt"])
async def test_jobs_of_one_text_have_files_of_their_own(world: World, second: str) -> None:
    """Row 078: a file that comes twice is refused as one of two tasks, however it is written."""
    text = f"one;;a.txt;;true;;;two;;{second};;true;;;"
    with pytest.raises(Refused) as caught:
        await world.ask("submit_text", SubmitText(text, Submission("", str(world.place)), mode="gpupeasy"))
    assert "is that of line 1, job one already" in caught.value.reasons[0]
    assert caught.value.exit_code == 5


async def test_what_is_removed_is_ours(make_world: MakeWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    """Row 185: neither ``forget --logs`` nor a limit of [logs] takes or shortens the user's file."""
    monkeypatch.setattr(log_keeper, "_SIZES_S", 0.0)
    limits = LogLimits(max_age_s=3600, max_count=1, max_total=MIB, max_size=MIB)
    world = await make_world(**only(LogLimits(max_size=MIB), root=str(make_world().place / "logs"))).open()
    text = f"head -c {4 * MIB} /dev/zero | tr '\\0' x"
    numbers = []
    for place in (1, 2, 3):
        numbers.append(await world.run(text, output=f"out{place}"))
        await world.end_of(numbers[-1])  # the limits go by the order of the ends
    await world.do("forget", numbers[0], logs=True)
    await world.close()
    world.options = msgspec.structs.replace(world.options, logs=LogOptions(limits=limits))
    await world.open()
    jobs = Path(world.options.jobs_dir)
    await working(lambda: sorted(path.name for path in jobs.iterdir()) == [f"{numbers[2]}.1"], world)
    for place in (1, 2, 3):
        assert (world.place / f"out{place}").read_bytes() == b"x" * (4 * MIB)
    assert not (world.place / "logs").exists()


async def test_the_directory_of_the_file_may_go(world: World) -> None:
    """The task ends as it ends, its output is gone with the directory, and the scheduler is well."""
    (world.place / "d").mkdir()
    number = await world.run('echo up > "$SAID"; read line < "$GO"; echo x; exit 3', output="d/out")
    assert await world.said.next() == "up"
    (world.place / "d" / "out").unlink()
    (world.place / "d").rmdir()
    world.go.say()
    assert (await world.end_of(number)).exit_code == 3
    (outcome,) = await world.do("forget", number, logs=True)
    assert outcome.ok
    assert (await world.end_of(await world.run("true"))).state == "completed"


def test_a_journal_that_knows_no_output_is_read() -> None:
    """Records of versions before this one lack the field; records of tasks without a file do so still."""
    event = ev.TaskSubmitted(at=1.0, number=1, id="a", spec=TaskSpec(command="true", workdir="/"))
    (record,) = encode_events([event])
    assert b'"output"' not in record
    decoded = msgspec.json.decode(b'{"command":"true","workdir":"/"}', type=TaskSpec)
    assert decoded == event.spec
    assert decoded.output == ""
