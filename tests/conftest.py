"""What holds for all tests."""

from hypothesis import settings

# How long one example takes says more about the machine than about the code; time is measured where it matters.
settings.register_profile("house", deadline=None)
settings.load_profile("house")
