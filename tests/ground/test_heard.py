"""What libraries log is heard by the thread that listens, and by no other."""

from __future__ import annotations

import logging
import threading

import pytest

from similij.ground.heard import heard


def test_a_thread_hears_its_own(caplog: pytest.LogCaptureFixture) -> None:
    logger = logging.getLogger("a.library")
    with heard("a.library") as outer:
        logger.warning("one")
        with heard("a.library") as inner:
            logger.warning("two")
        with heard("another") as other:
            logger.warning("three")
    logger.warning("four")
    assert [r.getMessage() for r in outer] == ["one", "three"]
    assert [r.getMessage() for r in inner] == ["two"]
    assert other == []
    assert [r.getMessage() for r in caplog.records] == ["four"]


def test_two_threads_in_turns_leave_the_logger_as_it_was(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Saved and restored in turns, a switch of the logger itself stayed off."""
    logger = logging.getLogger("in.turns")
    both_in, first_out = threading.Barrier(2, timeout=30), threading.Event()
    records: dict[str, list[str]] = {}

    def listen(name: str) -> None:
        with heard("in.turns") as mine:
            both_in.wait()
            if name == "second":
                first_out.wait(30)
            logger.warning(name)
        records[name] = [record.getMessage() for record in mine]
        first_out.set()

    threads = [threading.Thread(target=listen, args=(n,)) for n in ("first", "second")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert records == {"first": ["first"], "second": ["second"]}
    logger.warning("after")
    assert [r.getMessage() for r in caplog.records] == ["after"]
