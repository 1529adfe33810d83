"""The one error tree of heiso, drawn here; every layer hangs its own branches on it.

HeisoError                      message and hint; the doors catch only this
├─ UserError                    the user can mend it: exit code 2, one line, no traceback
│  ├─ BadQuestion               empty, or longer than a question may be
│  ├─ BadSettings               a setting that cannot be read
│  ├─ UnknownModel              no such profile (carries a suggestion)
│  ├─ MissingKey                the profile needs a key that is not set
│  ├─ BadWeights                weights of the wrong size or hash
│  ├─ NoSpace, NotWritable      the disk is full, or the folder cannot be written
│  └─ BadDocument               a document that cannot be read
├─ IndexTrouble                 the index cannot answer
│  ├─ IndexMismatch             built by another embedder or another version
│  └─ IndexUnavailable          cannot be opened (retry may help)
└─ RunError                     a run went wrong on the way; carries role and attempts
   ├─ ModelUnavailable          no connection, time-out, 5xx, 429 (retry helps)
   ├─ ModelRejected             the endpoint refused the request (key, quota, model id)
   └─ UnparsableReply           the reply is not what was asked for (one retry, reason fed back)

This file knows no vendor and no library: the layer that calls one maps its errors to these.
"""

from __future__ import annotations

from typing import ClassVar

__all__ = [
    "BadDocument",
    "BadQuestion",
    "BadSettings",
    "BadWeights",
    "HeisoError",
    "IndexMismatch",
    "IndexTrouble",
    "IndexUnavailable",
    "MissingKey",
    "ModelRejected",
    "ModelUnavailable",
    "NoSpace",
    "NotWritable",
    "RunError",
    "UnknownModel",
    "UnparsableReply",
    "UserError",
]


class HeisoError(Exception):
    """Base of every error that heiso raises on purpose.

    `hint` says what the user can do; `retryable` says whether the same call may succeed later.
    """

    retryable: ClassVar[bool] = False
    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class UserError(HeisoError):
    """The user can mend it. The doors print one line and leave with exit code 2."""

    exit_code: ClassVar[int] = 2


class BadQuestion(UserError):
    """The question is empty or too long."""


class BadSettings(UserError):
    """A setting cannot be read or has a value outside its range."""


class UnknownModel(UserError):
    """No profile of that name."""


class MissingKey(UserError):
    """The profile needs a key, and none of its variables is set."""


class BadWeights(UserError):
    """Weights whose size or sha256 is not the registered one."""


class NoSpace(UserError):
    """The disk has no room for what is to be written."""


class NotWritable(UserError):
    """A folder that heiso must write to refuses it."""


class BadDocument(UserError):
    """A document that cannot be read."""


class IndexTrouble(HeisoError):
    """The index cannot answer."""


class IndexMismatch(IndexTrouble):
    """The index was built by another embedder or another version of its format."""

    exit_code: ClassVar[int] = 2


class IndexUnavailable(IndexTrouble):
    """The index cannot be opened just now."""

    retryable: ClassVar[bool] = True


class RunError(HeisoError):
    """A run went wrong on the way. `role` names the agent, `attempts` how often it was tried."""

    def __init__(self, message: str, *, hint: str = "", role: str = "", attempts: int = 1) -> None:
        super().__init__(message, hint=hint)
        self.role = role
        self.attempts = attempts


class ModelUnavailable(RunError):
    """The endpoint cannot be reached, does not answer in time, or is overloaded."""

    retryable: ClassVar[bool] = True


class ModelRejected(RunError):
    """The endpoint answered and refused: wrong key, no quota, unknown model id, bad request."""


class UnparsableReply(RunError):
    """The model's reply is not in the form that was asked for."""

    retryable: ClassVar[bool] = True
