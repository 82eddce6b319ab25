"""Jobs: work that outlives a request. Each kind and each state is described by one row."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

# A worker says this often that it is alive, and is taken for dead after this silence.
BEAT = timedelta(seconds=10)
SILENCE = timedelta(seconds=60)
# When the database cannot answer, the job is not at fault: it is tried again after this pause.
PAUSE = timedelta(seconds=5)
MAX_ERROR = 1000
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


class WorkState(StrEnum):
    """How far a job is."""

    WAITING = "waiting"
    WORKING = "working"
    DONE = "done"
    FAILED = "failed"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class WorkFacts:
    """What is said about a state of a job.

    :param can_run: whether an admin may have it run now, or take it out of the line.
    """

    label: str
    tone: str
    can_run: bool = False


WORK_STATES = {
    WorkState.WAITING: WorkFacts("Waiting", "note", can_run=True),
    WorkState.WORKING: WorkFacts("Running", "accent"),
    WorkState.DONE: WorkFacts("Done", "good"),
    WorkState.FAILED: WorkFacts("Failed", "bad", can_run=True),
    WorkState.DROPPED: WorkFacts("Dropped", "idle"),
}


class JobKind(StrEnum):
    """What a job does. Its number (`row_id`) is that of the row which tells the rest."""

    IMPORT = "import"
    PRINT = "print"
    RETENTION = "retention"
    NOTICE_SWEEP = "notice_sweep"
    READER_WATCH = "reader_watch"
    SWEEP = "sweep"
    NOTICE_SEND = "notice_send"
    MAIL = "mail"
    MAIL_DIGEST = "mail_digest"
    WEBHOOK = "webhook"
    PLANS = "plans"
    DAILY_CHECK = "daily_check"
    PROGRAMMES = "programmes"
    MADE_FILE = "made_file"
    SEAL_LOG = "seal_log"
    DEVICE_CHECK = "device_check"
    WITNESS = "witness"
    TALLIES = "tallies"


@dataclass(frozen=True, slots=True)
class KindFacts:
    """What is said about a kind of job.

    :param label: what people read, such as "Import".
    :param at_once: how many of the kind one worker runs at the same time.
    :param retries: the pauses before each further try after an error; then it has failed.
    :param every: how often it runs by itself; None for a job that somebody puts in line.
    :param page: where people see what a job is about; `{}` stands for its number.
    """

    label: str
    at_once: int = 1
    retries: tuple[timedelta, ...] = ()
    every: timedelta | None = None
    page: str = ""


_MINUTES = tuple(timedelta(minutes=pause) for pause in (1, 5, 15))

JOB_KINDS = {
    # The number of an import; of a printer, whose jobs are printed one after the other.
    JobKind.IMPORT: KindFacts("Import", retries=_MINUTES[:1], page="/imports/{}"),
    JobKind.PRINT: KindFacts("Print labels", at_once=4, retries=_MINUTES, page="/labels/jobs"),
    JobKind.RETENTION: KindFacts("Delete what is older than set", every=timedelta(hours=1)),
    JobKind.NOTICE_SWEEP: KindFacts("Tell what is due, late or ends", every=timedelta(minutes=10)),
    JobKind.READER_WATCH: KindFacts("Look for silent readers", every=timedelta(minutes=1)),
    JobKind.SWEEP: KindFacts("Look for forgotten jobs", every=timedelta(minutes=1)),
    JobKind.NOTICE_SEND: KindFacts("Address a notice", retries=(MINUTE, HOUR)),
    # Messages count their tries themselves: these pauses are for what goes wrong on our side.
    JobKind.MAIL: KindFacts("E-mail", at_once=4, retries=(MINUTE, HOUR)),
    JobKind.MAIL_DIGEST: KindFacts("Collected e-mail", retries=(MINUTE, HOUR)),
    # Once a day would do: a worker that was off then opens it within the hour.
    JobKind.PLANS: KindFacts("Open planned maintenance", every=HOUR),
    # Each hour somebody asks whether today was looked at; the first takes the day.
    JobKind.DAILY_CHECK: KindFacts("Look at contracts and devices, once a day", every=HOUR),
    # Missed while every worker was off, it is made within the hour, and says that it is late.
    JobKind.PROGRAMMES: KindFacts("Set up the audits of programmes", every=HOUR),
    JobKind.MADE_FILE: KindFacts("File", at_once=2, retries=_MINUTES[:1], page="/files/{}"),
    # Its handler says when the next window is due, as the settings do; this is for one that failed.
    JobKind.SEAL_LOG: KindFacts("Seal what was recorded", every=MINUTE),
    # After a file of lifecycles or vulnerabilities, or a change of what a name means.
    JobKind.DEVICE_CHECK: KindFacts("Look at all devices", retries=_MINUTES[:1]),
    JobKind.WITNESS: KindFacts("Take checkpoints outside", every=MINUTE),
    JobKind.TALLIES: KindFacts("Keep the counts of audits", every=MINUTE),
    JobKind.WEBHOOK: KindFacts("Webhook", at_once=8, retries=(MINUTE, HOUR)),
}


_UNKNOWN = KindFacts("Job of another version")


def facts_of(kind: str) -> KindFacts:
    """Return what is said about a kind. A newer version may have put in line an unknown one."""
    return JOB_KINDS[JobKind(kind)] if kind in JOB_KINDS else _UNKNOWN


def next_tick(every: timedelta, now: datetime) -> datetime:
    """Return the next moment at which a job of this period is due: the same on each machine."""
    seconds = every.total_seconds()
    return datetime.fromtimestamp((now.timestamp() // seconds + 1) * seconds, UTC)


def next_try(kind: JobKind, *, attempts: int, now: datetime) -> datetime | None:
    """Return when a job that was tried this often is tried again; None if it has failed for good.

    A job that runs by itself never fails for good: its next turn comes anyway.
    """
    facts = JOB_KINDS[kind]
    if attempts <= len(facts.retries):
        return now + facts.retries[max(attempts, 1) - 1]
    return next_tick(facts.every, now) if facts.every else None
