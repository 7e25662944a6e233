"""A run of the pipeline whose conversation with the server ends behind a chosen byte; the run after it must bring the database
to where an undisturbed run brings it."""
import contextlib
import os
import random
import shutil
from concurrent.futures import ThreadPoolExecutor

import workspace
from resume_story import contents, difference, settled
from rig import CutFront

AT_ONCE = 2
# A commit for every two messages, and an end at the first loss of the connection.
SETTINGS = ("source.imap.batch={messages: 2, bytes: 1MiB}", "limits.commit={bytes: 1}", "source.imap.reconnects=0",
            "retry={attempts: 1}")


class CutStory:
    """`start` is the signed-in Workspace that each run begins from a copy of. Any thread may cut()."""

    def __init__(self, server, account, start):
        self._server, self._account, self._start = server, account, start
        with self.begin() as work, self.front() as front:
            outcome = self.run(work, front.port)
            if outcome.code != 0:
                raise AssertionError(outcome.words())
            self.end = contents(work.database)
        self.size = front.seen  # bytes of each side
        with self.begin() as work, self.front(encrypted=True) as front:
            self.run(work, front.port)
        self.encrypted_size = front.seen

    def front(self, **where):
        return CutFront(self._server.authority, self._server.server, **where)

    @contextlib.contextmanager
    def begin(self):
        with workspace.Workspace(workspace.IN_MEMORY) as work:
            shutil.copytree(self._start.folder, work.folder, dirs_exist_ok=True)
            work.environment.update(HAULIER_USER=self._account, HAULIER_IMAP_HOST=self._server.server.host,
                                    HAULIER_DATABASE=work.database)
            yield work

    def run(self, work, port=None):
        return work.run("imap_to_sqlite.yaml", settings=self._server.settings(port, *SETTINGS), timeout_s=60)

    def cut(self, **where):
        """Returns (was cut, what is wrong or None)."""
        with self.begin() as work:
            with self.front(**where) as front:
                outcome = self.run(work, front.port)
            # The last bytes of a server come when everything is done: nobody waits for them.
            if outcome.code not in ((75, 0) if front.was_cut else (0,)):
                return front.was_cut, f"{where}: {outcome.words()}"
            if settled(work.database) is None:
                return front.was_cut, f"{where}: what is stored is not what the state says"
            if outcome.code == 75:
                resumed = self.run(work)
                if resumed.code != 0:
                    return front.was_cut, f"{where}: {resumed.words()}"
            wrong = difference(self.end, contents(work.database))
            return front.was_cut, wrong and f"{where} (code {outcome.code}): {wrong}"

    def cut_each(self, places):
        """places: the arguments of cut(). Returns (how many were cut, everything that is wrong)."""
        with ThreadPoolExecutor(AT_ONCE) as pool:
            results = list(pool.map(lambda where: self.cut(**where), places))
        return sum(was_cut for was_cut, _ in results), [wrong for _, wrong in results if wrong]


def sample(size, count):
    """Every offset of a conversation of `size` bytes when HAULIER_CUT_EVERYWHERE is set; else `count` of them, evenly, from a
    start that differs each time (HAULIER_CUT_START=N makes it the same again)."""
    if os.environ.get("HAULIER_CUT_EVERYWHERE") or size <= count:
        return range(1, size + 1)
    stride = size // count
    start = int(os.environ.get("HAULIER_CUT_START", random.randrange(stride)))
    return range(1 + start % stride, size + 1, stride)
