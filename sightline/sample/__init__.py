"""A small simulated NHS with a known truth: it publishes as the real one does, and goes through the same code."""

from __future__ import annotations

from sightline.sample.ae import TRUTH
from sightline.sample.rtt import TRUTH as RTT_TRUTH
from sightline.sample.site import SampleSource, sample_source, write_site

__all__ = ["RTT_TRUTH", "TRUTH", "SampleSource", "sample_source", "write_site"]
