"""One change of an endpoint at a time, whoever asks for it.

SageMaker rejects an update during an update, but a deployment is many calls. Its lock is an object
in S3, which only conditional writes change (If-None-Match, If-Match), so one of several wins. The
holder renews it four times a lease. Others may take it once it has not changed for a whole lease by
their own clocks. So a deployment that was killed blocks the next one for a lease, clocks need not
agree, and nobody has to remove anything.
"""

import json
import threading
import time
from contextlib import suppress
from types import TracebackType
from typing import Any, Self
from uuid import uuid4

from botocore.exceptions import BotoCoreError, ClientError

from next_song.errors import EndpointError
from next_song.serving.endpoint.store import MISSING, Store, place

LEASE_SECONDS = 60.0
TAKEN = ("PreconditionFailed", "ConditionalRequestConflict", "412", "409", *MISSING)


class Lock:
    """The lock of an endpoint, held during a `with` block.

    patience: seconds to wait for a holder that is alive. Entering raises EndpointError after that.
    """

    def __init__(self, store: Store, endpoint: str, patience: float = 0) -> None:
        self._bucket, self._key = place(f"{store.url}/locks/{endpoint}.json")
        self._endpoint, self._s3, self._patience = endpoint, store.s3, patience
        self._me, self._count, self._etag, self._renewed = uuid4().hex, 0, "", 0.0
        self._end = threading.Event()
        self._writing = threading.Lock()
        self._keeper = threading.Thread(target=self._keep, daemon=True)

    def __enter__(self) -> Self:
        deadline, seen, since = time.monotonic() + self._patience, "", 0.0
        while True:
            etag, holder = self._read()
            now = time.monotonic()
            if etag != seen and seen and holder and now > deadline:  # it is renewed: alive
                raise EndpointError(
                    f"endpoint {self._endpoint}: found another deployment, rollback or deletion "
                    "under way; expected none: try again when it has ended"
                )
            if etag != seen:
                seen, since = etag, now
            if (not holder or now - since > LEASE_SECONDS) and self._write(etag, self._me):
                self._keeper.start()
                return self
            time.sleep(LEASE_SECONDS / 20)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end.set()
        self._keeper.join()
        with suppress(ClientError, BotoCoreError):  # then it runs out
            self._write(self._etag, "")

    def check(self) -> None:
        """Renews the lock if that is late; raises EndpointError if it cannot, or if it is lost."""
        with self._writing:
            late = time.monotonic() - self._renewed > LEASE_SECONDS / 2
            if late and not self._renew():
                raise EndpointError(
                    f"endpoint {self._endpoint}: found that S3 did not renew this deployment's "
                    "lock; expected access to it for the whole deployment: try again"
                )

    def _keep(self) -> None:
        while not self._end.wait(LEASE_SECONDS / 4):
            with self._writing:
                self._renew()  # `check` notices if it does not succeed

    def _renew(self) -> bool:
        try:
            return self._write(self._etag, self._me)
        except (ClientError, BotoCoreError):
            return False

    def _read(self) -> tuple[str, str]:
        """Returns the ETag, and who holds the lock; both empty if nobody ever did."""
        try:
            found = self._s3.get_object(Bucket=self._bucket, Key=self._key)
        except ClientError as error:
            if error.response["Error"]["Code"] in MISSING:
                return "", ""
            raise
        try:
            holder: str = json.loads(found["Body"].read())["holder"]
        except (ValueError, KeyError, TypeError):
            holder = "unknown"  # cut short: it is taken when the lease has passed
        return found["ETag"], holder

    def _write(self, etag: str, holder: str, *, again: bool = True) -> bool:
        """Writes who holds the lock, unless another has changed it since it had this ETag."""
        self._count += 1
        started = time.monotonic()
        body = json.dumps({"holder": holder, "by": self._me, "count": self._count})
        condition = {"IfMatch": etag} if etag else {"IfNoneMatch": "*"}
        try:
            put: Any = self._s3.put_object
            self._etag = put(Bucket=self._bucket, Key=self._key, Body=body.encode(), **condition)[
                "ETag"
            ]
        except ClientError as error:
            if error.response["Error"]["Code"] not in TAKEN:
                raise
            now, found = self._read()
            if found != self._me:
                return False
            self._etag = now
            if found != holder:  # an earlier response was lost, and this is not written
                return again and self._write(now, holder, again=False)
        self._renewed = started
        return True
