"""What every test file has in common."""

import os

# Compiled code of other builds and runs is none of a test's business.
os.environ["TENSORNET_CACHE"] = "off"
