"""What the tests of the three database engines share: the mail, an engine of their own, what an undisturbed run leaves."""
import os
import tempfile

import resume_story
import store_story


class StoreCase:
    """Beside unittest.TestCase; a subclass names the engine."""
    engine_name = None

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="haulier-store-")
        cls.addClassCleanup(folder.cleanup)
        os.chmod(folder.name, 0o755)  # PostgreSQL may run as another user
        cls.mail = os.path.join(folder.name, "mail")
        store_story.write_mail(cls.mail)
        cls.engine = store_story.Engine(cls.engine_name, folder.name)
        cls.addClassCleanup(cls.engine.stop)
        place = cls.engine.place()
        with store_story.Run(cls.mail, place) as run:
            outcome = run.run()
            if outcome.code != 0:
                raise AssertionError(outcome.words())
        cls.expected = place.contents()
        cls.messages = len(cls.expected["email_locations"])

    def check(self, place, *outcomes, codes):
        """Each run ended with its code, and the place holds what an undisturbed run leaves."""
        self.assertEqual([outcome.code for outcome in outcomes], list(codes),
                         "\n".join(outcome.words() for outcome in outcomes))
        self.assertIsNone(self.wrong(place))

    def wrong(self, place):
        return resume_story.difference(self.expected, place.contents())
