import os

import hypothesis

hypothesis.settings.register_profile("hecon", deadline=None, max_examples=40, derandomize="CI" in os.environ)
hypothesis.settings.load_profile("hecon")
