import atexit
import os
import shutil
import tempfile

# What hecon remembers of a user, it remembers of these tests elsewhere.
os.environ["HECON_CONFIG"] = tempfile.mkdtemp(prefix="hecon-config-")
atexit.register(shutil.rmtree, os.environ["HECON_CONFIG"], ignore_errors=True)

# Tests run in parallel processes: more threads inside each would only stand in each other's way.
for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ.setdefault(name, "1")

# The numbers of the tests are those of everyone's installation; what the extra ``fast`` changes has its own tests.
os.environ.setdefault("HECON_KERNELS", "numpy")

import hypothesis  # noqa: E402  (after the environment is set)

hypothesis.settings.register_profile("hecon", deadline=None, max_examples=40, derandomize="CI" in os.environ)
hypothesis.settings.load_profile("hecon")

#: Scripts for the type checker, which are read and not run here.
collect_ignore = ["typing"]
