"""Run the soak: `python bench/soak`."""

import os
import sys
from pathlib import Path

if __name__ == "__main__":
    # Libraries that start threads of their own would share two processors with us.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    bench = Path(__file__).resolve().parents[1]
    sys.path[:0] = [str(bench), str(bench.parent / "tests")]
    from soak.run import main

    main()
